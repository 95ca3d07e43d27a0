//! What is said arrives, once and in order, whatever happens to the connection.

use std::sync::Arc;

use serde_json::{Value, json};

use super::node::{On, World, on_both_and_one_thread};

on_both_and_one_thread! {
    what_is_said_arrives_and_a_resume_brings_what_was_missed,
    what_many_missed_is_read_for_all_of_them_at_once,
    a_connection_that_dies_in_mid_replay_is_replaced_by_another,
    members_who_come_and_go_hear_what_they_may,
    a_message_sent_over_the_socket_twice_is_there_once,
    typing_reaches_the_others_and_is_stored_nowhere,
}

fn send(group: impl serde::Serialize, text: &str) -> Value {
    let data = json!({ "group_id": group, "text": text, "client_id": text });
    json!({ "type": "message.send", "id": text, "data": data })
}

async fn what_is_said_arrives_and_a_resume_brings_what_was_missed(world: World) {
    let node = world.node().await;
    let ada = world.member(&node, "ada").await;
    let bob = world.member(&node, "bob").await;
    let mut clients = [node.client("ada").await, node.client("bob").await];
    for number in 0..20 {
        node.say(if number % 2 == 0 { ada } else { bob }, "hello").await;
    }
    for client in &mut clients {
        client.follow(world.group, 2, 22).await;
    }
    let [mut gone, mut here] = clients;
    gone.send_raw(tokio_tungstenite::tungstenite::Message::Close(None)).await.unwrap();
    gone.closed().await;
    for _ in 0..250 {
        node.say(bob, "are you there?").await;
    }
    let mut back = super::client::Client::with_token(&node.url, "ada").await;
    let ready = back.ready().await;
    back.resume(&ready["epoch"], world.group, 22).await;
    back.follow(world.group, 22, 272).await;
    let resumed = back.until("resumed").await;
    assert_eq!(resumed["data"]["streams"], json!([{ "id": world.group, "status": "replayed", "seq": 272 }]));
    here.follow(world.group, 22, 272).await;
    let seq = node.say(ada, "back").await;
    back.follow(world.group, 272, seq).await;
    here.follow(world.group, 272, seq).await;
}

#[tokio::test]
async fn where_one_thread_does_everything_what_is_said_is_sent_past_who_waits() {
    let world = World::new(On::Sqlite).await;
    let node = world.node().await;
    let ada = world.member(&node, "ada").await;
    let mut clients = [node.client("ada").await, node.client("ada").await];
    for last in 1..=20 {
        assert_eq!(node.say(ada, "hello").await, last + 1);
        for client in &mut clients {
            client.follow(world.group, last, last + 1).await;
        }
    }
    // The first one has to wake them.
    assert_eq!(node.past.count(), 2 * 19);
    // What is other for some is not sent past anybody.
    world.member(&node, "bob").await;
    for client in &mut clients {
        client.follow(world.group, 21, 22).await;
    }
    assert_eq!(node.past.count(), 2 * 19);
    assert_eq!(node.say(ada, "hello").await, 23);
    for client in &mut clients {
        client.follow(world.group, 22, 23).await;
    }
    assert_eq!(node.past.count(), 2 * 20);
}

async fn what_many_missed_is_read_for_all_of_them_at_once(world: World) {
    let node = world.node().await;
    let ada = world.member(&node, "ada").await;
    let mut last = 2;
    while last < 10 {
        last = node.say(ada, "hello").await;
    }
    let turn = Arc::clone(&node.turn).acquire_owned().await.unwrap();
    let mut clients = Vec::new();
    for _ in 0..8 {
        let mut client = super::client::Client::with_token(&node.url, "ada").await;
        let ready = client.ready().await;
        client.resume(&ready["epoch"], world.group, 2).await;
        clients.push(client);
    }
    drop(turn);
    for client in &mut clients {
        client.follow(world.group, 2, last).await;
    }
    // The last of them may have asked just when it was read.
    assert!(node.told.pages() <= 2, "{} pages were read", node.told.pages());
}

async fn a_connection_that_dies_in_mid_replay_is_replaced_by_another(world: World) {
    let node = world.node().await;
    let ada = world.member(&node, "ada").await;
    for number in 0..400 {
        node.say(ada, &format!("{number} {}", "x".repeat(1_000))).await;
    }
    let mut client = super::client::Client::with_token(&node.url, "ada").await;
    let ready = client.ready().await;
    client.resume(&ready["epoch"], world.group, 0).await;
    client.follow(world.group, 0, 150).await;
    drop(client);
    let mut client = node.client("ada").await;
    client.resume(&ready["epoch"], world.group, 150).await;
    client.follow(world.group, 150, 401).await;
}

async fn members_who_come_and_go_hear_what_they_may(world: World) {
    let node = world.node().await;
    let ada = world.member(&node, "ada").await;
    let (bob, _) = world.user("bob");
    let mut client = node.client("bob").await;
    node.say(ada, "without bob").await;
    node.admit(bob, true).await;
    assert_eq!(client.verdict().await, json!({ "id": world.group, "status": "reset", "seq": 3 }));
    node.say(ada, "with bob").await;
    node.admit(bob, false).await;
    node.say(ada, "without bob again").await;
    client.follow(world.group, 3, 5).await;
    let verdict = client.next().await.unwrap()["data"]["streams"][0].take();
    assert_eq!(verdict, json!({ "id": world.group, "status": "gone" }));
    client.send(json!({ "type": "ping", "id": "last" })).await;
    assert_eq!(client.next().await.unwrap()["id"], "last");
}

async fn a_message_sent_over_the_socket_twice_is_there_once(world: World) {
    let node = world.node().await;
    world.member(&node, "ada").await;
    let mut client = node.client("ada").await;
    client.send(send(world.group, "once")).await;
    let first = client.until("ok").await;
    client.send(send(world.group, "once")).await;
    assert_eq!(client.until("ok").await["data"], first["data"]);
    client.send(send(world.ids.next::<parlance_base::StreamId>(), "nowhere")).await;
    assert_eq!(client.until("error").await["error"]["code"], "group.not_found");
    assert_eq!(node.streams.head(world.workspace, world.group).await.unwrap().unwrap().seq, 2);
}

async fn typing_reaches_the_others_and_is_stored_nowhere(world: World) {
    let node = world.node().await;
    let ada = world.member(&node, "ada").await;
    world.member(&node, "bob").await;
    let (mut typist, mut reader) = (node.client("ada").await, node.client("bob").await);
    typist.send(json!({ "type": "typing.start", "id": "t", "data": { "group_id": world.group } })).await;
    assert_eq!(typist.next().await.unwrap()["type"], "ok");
    let typing = reader.next().await.unwrap();
    assert_eq!(typing["data"], json!({ "group_id": world.group, "user_id": ada, "active": true }));
    assert!(typing.get("seq").is_none());
    let seq = node.say(ada, "said").await;
    // What comes next is the message: the typist does not hear of their own typing.
    assert_eq!(typist.next().await.unwrap()["seq"], seq);
}
