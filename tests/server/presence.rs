//! Who is there, who has read what, and who is told of it.

use std::net::SocketAddr;

use parlance_base::UserId;
use parlance_client::{Client, NewGroup, NewMessage, Role};
use serde_json::{Value, json};

use crate::{
    raw::Raw,
    world::{On, PASSWORD, Person, World, on_both},
};

on_both! {
    who_watches_somebody_is_told_whether_they_are_there,
    who_is_not_to_be_disturbed_is_seen_so_on_all_devices,
    nobody_sees_who_they_share_nothing_with,
    a_watch_list_has_a_bound,
    who_reads_is_told_of_to_the_group_at_most_once_a_second,
}

/// A socket of this person, at the node that listens there.
async fn socket(person: &Person, address: SocketAddr) -> Raw {
    let token = person.here.client().access_token().await.unwrap().unwrap();
    let query = format!("?workspace={}&token={token}", person.here.named());
    let mut socket = Raw::open_at(address, &query, &[]).await.unwrap();
    socket.until("ready").await;
    socket
}

/// Sends the frame; what it is answered with.
async fn ask(socket: &mut Raw, kind: &str, data: Value) -> Value {
    socket.send(json!({ "type": kind, "id": kind, "data": data })).await;
    loop {
        let frame = socket.next().await.unwrap();
        if frame["id"] == kind {
            return frame;
        }
    }
}

async fn watch(socket: &mut Raw, users: &[UserId]) {
    socket.send(json!({ "type": "presence.watch", "data": { "user_ids": users } })).await;
}

/// What is told next of this user.
async fn status(socket: &mut Raw, user: UserId) -> String {
    loop {
        let frame = socket.until("presence").await;
        let changes = frame["data"]["changes"].as_array().unwrap().clone();
        if let Some(change) = changes.iter().find(|change| change["user_id"] == json!(user)) {
            return change["status"].as_str().unwrap().to_owned();
        }
    }
}

async fn who_watches_somebody_is_told_whether_they_are_there(world: World) {
    let address = world.config.listen;
    let ann = world.founder("ann", "acme").await;
    let bob = world.colleague(&ann, "bob").await;
    let (mut anns, mut other) = (socket(&ann, address).await, socket(&ann, address).await);
    watch(&mut anns, &[bob.id, ann.id]).await;
    assert_eq!(status(&mut anns, ann.id).await, "online", "oneself, who is there already");
    let mut phone = socket(&bob, address).await;
    assert_eq!(status(&mut anns, bob.id).await, "online");
    assert_eq!(ask(&mut phone, "presence.update", json!({ "status": "away" })).await["type"], "ok");
    assert_eq!(status(&mut anns, bob.id).await, "away");
    let laptop = socket(&bob, address).await;
    assert_eq!(status(&mut anns, bob.id).await, "online", "on one device or another");
    drop(laptop);
    assert_eq!(status(&mut anns, bob.id).await, "away");
    for (data, code) in [
        (json!({ "status": "offline" }), "request.invalid"),
        (json!({ "status": "online", "for": 3 }), "request.unknown_field"),
        (json!({}), "request.invalid"),
    ] {
        let answer = ask(&mut phone, "presence.update", data.clone()).await;
        assert_eq!(answer["error"]["code"], code, "{data}");
    }
    // Who asks for others is told of nobody else.
    watch(&mut anns, &[ann.id]).await;
    assert_eq!(status(&mut anns, ann.id).await, "online");
    ask(&mut phone, "presence.update", json!({ "status": "online" })).await;
    let mut again = socket(&ann, address).await;
    watch(&mut again, &[bob.id]).await;
    assert_eq!(status(&mut again, bob.id).await, "online", "the word has gone round by now");
    // What one device watches, another one of the same person is not told of.
    for socket in [&mut anns, &mut other] {
        socket.send(json!({ "type": "ping", "id": "after" })).await;
        assert_eq!(socket.next().await.unwrap()["id"], "after");
    }
}

async fn who_is_not_to_be_disturbed_is_seen_so_on_all_devices(world: World) {
    let address = world.config.listen;
    let ann = world.founder("ann", "acme").await;
    let bob = world.colleague(&ann, "bob").await;
    let mut anns = socket(&ann, address).await;
    watch(&mut anns, &[bob.id]).await;
    let (mut phone, mut laptop) = (socket(&bob, address).await, socket(&bob, address).await);
    assert_eq!(status(&mut anns, bob.id).await, "online");
    assert_eq!(ask(&mut phone, "presence.update", json!({ "status": "dnd" })).await["type"], "ok");
    assert_eq!(status(&mut anns, bob.id).await, "dnd");
    assert_eq!(laptop.until("settings.updated").await["data"], json!({ "dnd": true }));
    let get = async || bob.here.request(http::Method::GET, "/api/chat/me", None).await.unwrap().2;
    assert_eq!(get().await, json!({ "dnd": true }));
    // It is a setting: who comes again is still not to be disturbed.
    let mut again = socket(&ann, address).await;
    drop(phone);
    let mut phone = socket(&bob, address).await;
    watch(&mut again, &[bob.id]).await;
    assert_eq!(status(&mut again, bob.id).await, "dnd");
    ask(&mut phone, "ping", json!({})).await;
    let body = json!({ "dnd": false });
    bob.here.request(http::Method::PATCH, "/api/chat/me", Some(&body)).await.unwrap();
    assert_eq!(status(&mut again, bob.id).await, "online");
    assert_eq!(laptop.until("settings.updated").await["data"], json!({ "dnd": false }));
}

async fn nobody_sees_who_they_share_nothing_with(world: World) {
    let address = world.config.listen;
    let ann = world.founder("ann", "acme").await;
    let bob = world.colleague(&ann, "bob").await;
    let cleo = world.colleague(&ann, "cleo").await;
    let eve = world.founder("eve", "elsewhere").await;
    ann.here.set_role(cleo.id, Role::Guest).await.unwrap();
    let group = ann.here.create_group(&NewGroup::named("us").with_members([cleo.id])).await.unwrap().id;
    ann.here.send(group, NewMessage::text("hello")).await.unwrap();
    let _there = [socket(&ann, address).await, socket(&bob, address).await];
    let everybody = [ann.id, bob.id, cleo.id, eve.id];
    let seen = async |who: &Person| {
        let mut theirs = socket(who, address).await;
        watch(&mut theirs, &everybody).await;
        let told = theirs.until("presence").await["data"]["changes"].as_array().unwrap().clone();
        let mut told: Vec<UserId> =
            told.iter().map(|change| serde_json::from_value(change["user_id"].clone()).unwrap()).collect();
        told.retain(|user| *user != who.id);
        told
    };
    assert_eq!(seen(&eve).await, [], "in another workspace");
    assert_eq!(seen(&cleo).await, [ann.id], "a guest sees who is in a group with them");
    let of_bob = seen(&bob).await;
    assert!(of_bob.contains(&ann.id) && of_bob.contains(&cleo.id) && !of_bob.contains(&eve.id), "{of_bob:?}");
}

async fn a_watch_list_has_a_bound(world: World) {
    let ann = world.founder("ann", "acme").await;
    let mut anns = socket(&ann, world.config.listen).await;
    let many = |count: usize| -> Vec<UserId> {
        (0..count).map(|at| UserId::derived(&["nobody", &at.to_string()])).collect()
    };
    let refused = ask(&mut anns, "presence.watch", json!({ "user_ids": many(501) })).await;
    assert_eq!(refused["error"]["code"], "presence.too_many");
    let watched = ask(&mut anns, "presence.watch", json!({ "user_ids": many(500) })).await;
    assert_eq!(watched["type"], "ok", "nobody there is not told of");
}

async fn who_reads_is_told_of_to_the_group_at_most_once_a_second(world: World) {
    let address = world.config.listen;
    let ann = world.founder("ann", "acme").await;
    let bob = world.colleague(&ann, "bob").await;
    let group = ann.here.create_group(&NewGroup::named("us").with_members([bob.id])).await.unwrap().id;
    let mut last = 0;
    for number in 0..6 {
        last = ann.here.send(group, NewMessage::text(number.to_string())).await.unwrap().seq();
    }
    let (mut anns, mut bobs) = (socket(&ann, address).await, socket(&bob, address).await);
    for seq in last - 5..=last {
        let state = ask(&mut bobs, "read.ack", json!({ "group_id": group, "seq": seq })).await;
        assert_eq!(state["data"]["unread"], json!(last - seq));
    }
    let mut told = Vec::new();
    while told.last() != Some(&json!(last)) {
        let receipt = anns.until("read.receipt").await["data"].clone();
        assert_eq!([&receipt["group_id"], &receipt["user_id"]], [&json!(group), &json!(bob.id)]);
        told.push(receipt["seq"].clone());
    }
    assert!(told.len() < 6, "six acknowledgements, and receipts of {told:?}");
    // Who reads is told of their own devices' reading by their own stream, and not like this.
    let mut seen = Vec::new();
    bobs.send(json!({ "type": "ping", "id": "after" })).await;
    loop {
        let frame = bobs.next().await.unwrap();
        if frame["id"] == "after" {
            break;
        }
        seen.push(frame["type"].clone());
    }
    assert!(!seen.contains(&json!("read.receipt")), "{seen:?}");
    let listed = ann.here.receipts(group).await.unwrap();
    let of = |who: UserId| listed.iter().find(|receipt| receipt.user_id == who).unwrap().seq;
    assert_eq!((of(bob.id), of(ann.id), listed.len()), (last, last, 2), "who sent something has read it");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_there_is_seen_from_the_other_node() {
    let mut world = World::new(On::Mongo).await;
    let ann = world.founder("ann", "acme").await;
    let bob = world.colleague(&ann, "bob").await;
    let other = world.second().await;
    let there = Client::new(&format!("http://{}", other.address())).unwrap();
    there.login(&bob.email, PASSWORD).await.unwrap();
    let mut anns = socket(&ann, world.config.listen).await;
    watch(&mut anns, &[bob.id]).await;
    let mut bobs = socket(&bob, other.address()).await;
    assert_eq!(status(&mut anns, bob.id).await, "online");
    ask(&mut bobs, "presence.update", json!({ "status": "dnd" })).await;
    assert_eq!(status(&mut anns, bob.id).await, "dnd");
    // What is set here is seen there: it is one person.
    let body = json!({ "dnd": false });
    bob.here.request(http::Method::PATCH, "/api/chat/me", Some(&body)).await.unwrap();
    assert_eq!(status(&mut anns, bob.id).await, "online");
    // A receipt crosses over too.
    let group = ann.here.create_group(&NewGroup::named("us").with_members([bob.id])).await.unwrap().id;
    let seq = ann.here.send(group, NewMessage::text("hello")).await.unwrap().seq();
    there.in_workspace(bob.here.named()).read(group, seq, None).await.unwrap();
    let receipt = anns.until("read.receipt").await;
    assert_eq!([&receipt["data"]["user_id"], &receipt["data"]["seq"]], [&json!(bob.id), &json!(seq)]);
    // A node that goes takes its people along, in half a minute at most.
    drop(bobs);
    other.shutdown().await;
    assert_eq!(status(&mut anns, bob.id).await, "offline");
    world.stop().await;
}
