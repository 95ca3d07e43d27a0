//! Why the server ends connections that did nothing wrong.

use std::{pin::pin, sync::Arc, time::Duration};

use serde_json::json;
use tokio::{sync::Notify, time::timeout};

use super::{
    client::Client,
    node::{On, World},
};

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_shuts_down_says_so_and_takes_nobody_in() {
    let world = World::new(On::Sqlite).await;
    let node = world.node().await;
    world.member(&node, "ada").await;
    let mut clients = [node.client("ada").await, node.client("ada").await];
    let stranger = Client::open(&node.url, &[]).await.unwrap();
    let told = async {
        for client in &mut clients {
            let goodbye = client.until("server.shutdown").await;
            assert!(goodbye["data"]["reconnect_after_ms"].as_u64().unwrap() >= 1_000);
            assert_eq!(client.closed().await, 4011);
        }
        let mut stranger = stranger;
        assert_eq!(stranger.closed().await, 4011);
    };
    tokio::join!(node.realtime.shutdown(), told);
    let answer = Client::open(&node.url, &[]).await.err().unwrap();
    assert_eq!(answer.status(), 503);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_socket_that_is_being_opened_at_a_shutdown_is_told_so_too() {
    let world = World::new(On::Sqlite).await;
    let node = world.node().await;
    world.member(&node, "ada").await;
    let (asked, answer) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    *world.host.slow.lock().unwrap() = Some((Arc::clone(&asked), Arc::clone(&answer)));
    let shutdown = async {
        asked.notified().await;
        let mut shutdown = pin!(node.realtime.shutdown());
        // It has begun, and finds no socket but the one that is being opened.
        assert!(timeout(Duration::from_millis(100), &mut shutdown).await.is_err());
        answer.notify_one();
        shutdown.await;
    };
    let closed = async { Client::with_token(&node.url, "ada").await.closed().await };
    let (code, ()) = tokio::join!(closed, shutdown);
    assert_eq!(code, 4011);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_sent_before_a_shutdown_is_answered() {
    let world = World::new(On::Sqlite).await;
    let node = world.node().await;
    world.member(&node, "ada").await;
    let mut client = node.client("ada").await;
    for number in 0..8 {
        let data = json!({ "group_id": world.group, "text": "x" });
        client.send(json!({ "type": "message.send", "id": number.to_string(), "data": data })).await;
    }
    let answers = async {
        let mut done = 0;
        while let Ok(frame) = client.next().await {
            done += i64::from(frame["type"] == "ok");
        }
        done
    };
    // Some were refused, and some not even read; but nothing was done without saying so.
    let ((), done) = tokio::join!(node.realtime.shutdown(), answers);
    let head = node.streams.head(world.workspace, world.group).await.unwrap().unwrap();
    assert_eq!(head.seq - 1, done);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_that_ends_closes_its_connections_and_no_others() {
    let world = World::new(On::Sqlite).await;
    let node = world.node().await;
    let user = world.member(&node, "ada").await;
    let phone = world.host.sign_in("phone", world.workspace, user);
    let (mut desk, mut pocket) = (node.client("ada").await, node.client("phone").await);
    world.host.revoke(phone);
    node.revoke(phone);
    assert_eq!(pocket.closed().await, 4010);
    let seq = node.say(user, "still here").await;
    desk.follow(world.group, seq - 1, seq).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_that_ends_in_silence_is_found_out() {
    let world = World::new(On::Sqlite).await;
    let node = world.node().await;
    let (_, credential) = world.user("ada");
    let mut client = node.client("ada").await;
    world.host.revoke(credential);
    assert_eq!(client.closed().await, 4010);
}
