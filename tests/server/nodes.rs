//! Two servers on one MongoDB.

use std::net::SocketAddr;

use futures::future::join_all;
use parlance_client::{NewGroup, NewMessage, Position};
use serde_json::json;

use crate::{
    raw::Raw,
    world::{On, PASSWORD, World},
};

#[tokio::test(flavor = "multi_thread")]
async fn what_happens_on_one_node_is_seen_on_the_other() {
    let mut world = World::new(On::Mongo).await;
    let ann = world.founder("ann", "acme").await;
    let bob = world.colleague(&ann, "bob").await;
    let other = world.second().await;
    let there = parlance_client::Client::new(&format!("http://{}", other.address())).unwrap();
    there.login(&bob.email, PASSWORD).await.unwrap();
    let bobs = there.in_workspace(bob.here.named());

    let token = there.access_token().await.unwrap().unwrap();
    let mut socket = Raw::open_at(other.address(), &format!("?token={token}"), &[]).await.unwrap();
    socket.until("ready").await;

    let group = ann.here.create_group(&NewGroup::named("General").with_members([bob.id])).await.unwrap().id;
    let joined = socket.until("group.joined").await;
    assert_eq!(joined["data"]["group_id"], json!(group));
    let mut sent = Vec::new();
    for number in 0..20 {
        let by = if number % 2 == 0 { &ann.here } else { &bobs };
        sent.push(by.send(group, NewMessage::text(number.to_string())).await.unwrap().seq());
    }
    for seq in &sent {
        assert_eq!(socket.until("message.new").await["seq"], json!(seq));
    }
    // What goes from node to node is where to look, and not what was said: it may be as long as a message can be.
    let longest = "\u{1}".repeat(10_000);
    ann.here.send(group, NewMessage::text(longest.clone())).await.unwrap();
    assert_eq!(socket.until("message.new").await["data"]["message"]["content"], longest);
    assert_eq!(
        ann.here.messages(group, Position::Newest, 100).await.unwrap(),
        bobs.messages(group, Position::Newest, 100).await.unwrap()
    );
    // The sign-in was made there, and is ended here.
    bob.here.client().set_tokens(there.tokens());
    bob.here.client().logout().await.unwrap();
    assert_eq!(socket.closed().await, 4010);
    other.shutdown().await;
    world.stop().await;
}

/// How often a message is sent over each of two sockets, and over HTTP to each node.
const OVER_SOCKETS: usize = 25;
const OVER_HTTP: usize = 75;

#[tokio::test(flavor = "multi_thread")]
async fn a_message_sent_two_hundred_times_at_once_is_there_once_on_one_node() {
    let world = World::new(On::Sqlite).await;
    let listen = world.config.listen;
    sent_two_hundred_times(&world, [listen, listen]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_sent_two_hundred_times_at_once_is_there_once_on_two_nodes() {
    let mut world = World::new(On::Mongo).await;
    let other = world.second().await;
    sent_two_hundred_times(&world, [world.config.listen, other.address()]).await;
    other.shutdown().await;
    world.stop().await;
}

async fn sent_two_hundred_times(world: &World, nodes: [SocketAddr; 2]) {
    let ann = world.founder("ann", "acme").await;
    let group = ann.here.create_group(&NewGroup::named("General")).await.unwrap().id;
    let token = ann.here.client().access_token().await.unwrap().unwrap();
    let message = json!({ "group_id": group, "content": "once", "client_id": "the one" });
    let over_socket = nodes.map(|node| {
        let (token, message) = (&token, &message);
        async move {
            let mut socket = Raw::open_at(node, &format!("?token={token}"), &[]).await.unwrap();
            socket.until("ready").await;
            for number in 0..OVER_SOCKETS {
                let frame = json!({ "type": "message.send", "id": number.to_string(), "data": message });
                socket.send(frame).await;
            }
            let mut ids = Vec::new();
            for _ in 0..OVER_SOCKETS {
                ids.push(socket.until("ok").await["data"]["id"].clone());
            }
            ids
        }
    });
    let over_http = nodes.map(|node| {
        let there = parlance_client::Client::new(&format!("http://{node}")).unwrap();
        there.set_tokens(ann.here.client().tokens());
        let there = there.in_workspace(ann.here.named());
        async move {
            let sends = (0..OVER_HTTP).map(|_| there.send(group, NewMessage::text("once").named("the one")));
            let sent = join_all(sends).await;
            sent.into_iter().map(|sent| json!(sent.unwrap().id())).collect::<Vec<_>>()
        }
    });
    let (over_socket, over_http) = tokio::join!(join_all(over_socket), join_all(over_http));
    let ids = [over_socket.concat(), over_http.concat()].concat();
    assert_eq!(ids.len(), 2 * (OVER_SOCKETS + OVER_HTTP));
    let page = ann.here.messages(group, Position::Newest, 100).await.unwrap();
    assert_eq!(page.items.len(), 1);
    assert!(ids.iter().all(|id| *id == json!(page.items[0].id)), "the same id to all");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_sockets_with_one_ticket_at_both_nodes_one_gets_in() {
    let mut world = World::new(On::Mongo).await;
    let ann = world.founder("ann", "acme").await;
    let other = world.second().await;
    for _ in 0..5 {
        let query = format!("?ticket={}", ann.here.ticket().await.unwrap().ticket);
        let addresses = [world.config.listen, other.address()].into_iter().cycle().take(20);
        let openings = addresses.map(async |address| {
            let mut socket = Raw::open_at(address, &query, &[]).await.unwrap();
            loop {
                match socket.next().await {
                    Ok(frame) if frame["type"] == "ready" => return Ok(socket),
                    Ok(_) => {}
                    Err(code) => return Err(code),
                }
            }
        });
        let outcomes = join_all(openings).await;
        let refused = outcomes.iter().filter_map(|outcome| outcome.as_ref().err());
        assert_eq!(refused.copied().collect::<Vec<_>>(), [4001; 19]);
    }
    other.shutdown().await;
    world.stop().await;
}
