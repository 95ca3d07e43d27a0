//! Frames that are too large, not text, or nonsense.

use parlance_chat::realtime::limits::{BAD_FRAMES, FRAME_BYTES};
use serde_json::json;
use tokio_tungstenite::tungstenite::Message;

use super::node::{On, World};

#[tokio::test(flavor = "multi_thread")]
async fn a_frame_may_be_as_large_as_promised_and_no_larger() {
    let world = World::new(On::Sqlite).await;
    let node = world.node().await;
    world.user("ada");
    let mut client = node.client("ada").await;
    client.send_raw(Message::text("x".repeat(FRAME_BYTES))).await.unwrap();
    assert_eq!(client.next().await.unwrap()["error"]["code"], "frame.malformed");
    client.send_raw(Message::text("x".repeat(FRAME_BYTES + 1))).await.unwrap();
    assert_eq!(client.closed().await, 1009);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_frame_that_is_far_too_large_is_not_taken_in() {
    let world = World::new(On::Sqlite).await;
    let node = world.node().await;
    world.user("ada");
    let mut client = node.client("ada").await;
    // Whether it can be sent to its end is up to the network's buffers.
    let _ = client.send_raw(Message::text("x".repeat(1 << 20))).await;
    assert_eq!(client.closed().await, 1009);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_binary_frame_closes() {
    let world = World::new(On::Sqlite).await;
    let node = world.node().await;
    world.user("ada");
    let mut client = node.client("ada").await;
    client.send_raw(Message::binary(vec![1, 2, 3])).await.unwrap();
    assert_eq!(client.closed().await, 1003);
}

#[tokio::test(flavor = "multi_thread")]
async fn nonsense_is_answered_until_it_is_too_much() {
    let world = World::new(On::Sqlite).await;
    let node = world.node().await;
    world.user("ada");
    let mut client = node.client("ada").await;
    for _ in 0..BAD_FRAMES {
        client.send_raw(Message::text("nonsense")).await.unwrap();
        assert_eq!(client.next().await.unwrap()["error"]["code"], "frame.malformed");
    }
    client.send(json!({ "type": "ping", "id": "1" })).await;
    assert_eq!(client.next().await.unwrap(), json!({ "type": "ok", "id": "1", "data": {} }));
    client.send_raw(Message::text("nonsense")).await.unwrap();
    assert_eq!(client.closed().await, 1008);
}
