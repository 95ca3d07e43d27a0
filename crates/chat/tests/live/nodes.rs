//! Two nodes on one store.

use std::time::Duration;

use mongodb::{
    Client as Mongo,
    bson::{Document, doc},
};
use parlance_base::StreamId;
use parlance_chat::realtime::StreamKey;
use serde_json::json;
use tokio::time::{sleep, timeout};

use super::{
    client::Client,
    node::{Node, On, World, mongodb},
};

#[tokio::test(flavor = "multi_thread")]
async fn what_is_said_on_one_node_is_heard_on_the_other() {
    let world = World::new(On::Mongo).await;
    let nodes = [world.node().await, world.node().await];
    let ada = world.member(&nodes[0], "ada").await;
    let bob = world.member(&nodes[1], "bob").await;
    let mut clients = [nodes[0].client("ada").await, nodes[1].client("bob").await];
    for number in 0..40 {
        nodes[number % 2].say(if number % 3 == 0 { ada } else { bob }, "hello").await;
    }
    for client in &mut clients {
        client.follow(world.group, 2, 42).await;
    }
    let [mut here, mut there] = clients;
    hear(&nodes[0], &world, world.group, &mut there).await;
    here.send(json!({ "type": "typing.start", "data": { "group_id": world.group } })).await;
    assert_eq!(there.until("typing").await["data"]["user_id"], json!(ada));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_added_through_the_other_node_hears_of_it() {
    let world = World::new(On::Mongo).await;
    let nodes = [world.node().await, world.node().await];
    world.member(&nodes[0], "ada").await;
    let (bob, credential) = world.user("bob");
    let mut client = nodes[1].client("bob").await;
    hear(&nodes[0], &world, StreamId::from(bob.uuid()), &mut client).await;
    nodes[0].admit(bob, true).await;
    assert_eq!(client.verdict().await, json!({ "id": world.group, "status": "reset", "seq": 2 }));
    nodes[0].revoke(credential);
    assert_eq!(client.closed().await, 4010);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_bus_loses_is_found_by_looking_at_the_heads() {
    let world = World::new(On::Mongo).await;
    let nodes = [world.node().await, world.deaf_node().await];
    let ada = world.member(&nodes[0], "ada").await;
    let mut client = nodes[1].client("ada").await;
    for _ in 0..3 {
        nodes[0].say(ada, "can you hear me?").await;
    }
    client.follow(world.group, 1, 4).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bus_that_is_interrupted_goes_on() {
    let world = World::new(On::Mongo).await;
    let nodes = [world.node().await, world.node().await];
    let ada = world.member(&nodes[0], "ada").await;
    let mut client = nodes[1].client("ada").await;
    let mut heard = 1;
    for _ in 0..3 {
        kill_cursors(&world.database).await;
        let seq = nodes[0].say(ada, "once more").await;
        client.follow(world.group, heard, seq).await;
        heard = seq;
    }
    hear(&nodes[0], &world, world.group, &mut client).await;
}

/// Waits until a client that follows the stream hears what the node says there and stores nowhere. That comes by the bus
/// alone, and is lost until both ends have joined it: a node that has just started, or lost its cursor, hears nothing yet.
async fn hear(node: &Node, world: &World, stream: StreamId, client: &mut Client) {
    let key = StreamKey { workspace: world.workspace, stream };
    let saying = async {
        loop {
            node.signals.pass_on(key, None, r#"{"type":"hello"}"#.to_owned().into());
            sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::select! {
        () = saying => {}
        hello = client.until("hello") => assert_eq!(hello, json!({ "type": "hello" })),
    }
}

/// Kills the cursors that wait on the announcements in the database.
async fn kill_cursors(database: &str) {
    let client = Mongo::with_uri_str(mongodb()).await.unwrap();
    let waiting = [
        doc! { "$currentOp": { "allUsers": true, "idleCursors": true } },
        doc! { "$match": { "ns": format!("{database}._announcements"), "cursor.cursorId": { "$exists": true } } },
    ];
    let kill = async {
        let mut ids = Vec::new();
        while ids.is_empty() {
            let mut cursors = client.database("admin").aggregate(waiting.clone()).await.unwrap();
            while cursors.advance().await.unwrap() {
                let operation: Document = cursors.deserialize_current().unwrap();
                ids.push(operation.get_document("cursor").unwrap().get_i64("cursorId").unwrap());
            }
        }
        let kill = doc! { "killCursors": "_announcements", "cursors": ids };
        client.database(database).run_command(kill).await.unwrap();
    };
    timeout(Duration::from_secs(30), kill).await.expect("cursors that wait");
}
