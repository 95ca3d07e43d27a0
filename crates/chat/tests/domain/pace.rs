//! How fast users may do things: each kind on its own, each user on their own.

use std::num::NonZeroU32;

use futures::{StreamExt as _, stream::FuturesUnordered};
use http::header::AUTHORIZATION;
use parlance_base::UserId;
use parlance_chat::{Rate, Rates};
use parlance_trial::eventually;
use serde_json::{Value, json};

use super::support::{On, World, refusal};
use crate::live::client::Client;

/// A few at once, and then one a second.
const FEW: Rate = Rate { per_second: NonZeroU32::new(1), burst: NonZeroU32::MIN.saturating_add(4) };

/// More than can come back while they are asked for.
const MANY: usize = 100;

#[tokio::test(flavor = "multi_thread")]
async fn sends_have_a_rate_of_their_own() {
    let world = World::with(On::Sqlite, Rates { sends: FEW, ..Rates::UNLIMITED }).await;
    let [one, two, _] = world.people().await;
    let group = world.group("group", one, &[two]).await;
    is_limited(&world, [one, two], &format!("{group}/messages"), json!({ "content": "hello" })).await;
    world.must(one, "POST", &format!("{group}/typing"), json!({})).await;
    world.group("group", one, &[]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn typing_has_a_rate_of_its_own() {
    let world = World::with(On::Sqlite, Rates { typing: FEW, ..Rates::UNLIMITED }).await;
    let [one, two, _] = world.people().await;
    let group = world.group("group", one, &[two]).await;
    is_limited(&world, [one, two], &format!("{group}/typing"), json!({})).await;
    world.say(one, &group, "hello").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn making_groups_and_changing_them_have_one_rate() {
    let world = World::with(On::Sqlite, Rates { groups: FEW, ..Rates::UNLIMITED }).await;
    let [one, two, three] = world.people().await;
    let [group, other] = [world.group("group", one, &[two]).await, world.group("group", two, &[]).await];
    let new = json!({ "kind": "group", "name": "one of many" });
    is_limited(&world, [one, two], "/groups", new).await;
    let exhausted: FuturesUnordered<_> =
        (0..MANY).map(|_| world.ask(one, "PATCH", &group, json!({ "name": "again" }))).collect();
    assert!(exhausted.any(|answer| async move { refusal(&answer) == (429, "rate.limited") }).await);
    // Whatever else would change a group is refused as well, and what changes none is not.
    let rights = format!("{group}/members/{two}");
    for (method, path, body) in [
        ("POST", format!("{group}/members"), json!({ "user_ids": [three] })),
        ("PATCH", rights.clone(), json!({ "can_pin": true })),
        ("DELETE", rights, Value::Null),
        ("POST", format!("/direct/{three}"), Value::Null),
        ("POST", format!("{other}/join"), Value::Null),
        ("POST", format!("{group}/leave"), Value::Null),
        ("POST", format!("{group}/archive"), Value::Null),
        ("POST", format!("{group}/restore"), Value::Null),
        ("DELETE", group.clone(), Value::Null),
    ] {
        let asked: FuturesUnordered<_> =
            (0..MANY / 10).map(|_| world.ask(one, method, &path, body.clone())).collect();
        let refused = asked.any(|answer| async move { refusal(&answer) == (429, "rate.limited") }).await;
        assert!(refused, "{method} {path}");
    }
    world.must(two, "GET", "/groups", Value::Null).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sockets_and_http_have_one_rate_of_sends() {
    let mut world = World::with(On::Sqlite, Rates { sends: FEW, ..Rates::UNLIMITED }).await;
    let [one, ..] = world.people().await;
    let group = world.group("group", one, &[]).await;
    let url = world.node.listen().await;
    let caller = format!("{one} {}", world.workspace);
    let mut client = Client::open(&url, &[(AUTHORIZATION, &caller)]).await.unwrap();
    client.ready().await;
    let id = group.rsplit_once('/').unwrap().1;
    let refused = loop {
        client
            .send(json!({ "type": "message.send", "id": "1", "data": { "group_id": id, "content": "hi" } }))
            .await;
        let answer = loop {
            let frame = client.next().await.unwrap();
            if frame["id"] == "1" {
                break frame;
            }
        };
        if answer["type"] == "error" {
            break answer;
        }
    };
    assert_eq!(refused["error"]["code"], "rate.limited");
    assert!((1..=1_000).contains(&refused["error"]["retry_after_ms"].as_u64().unwrap()), "{refused}");
    let path = format!("{group}/messages");
    let asked: FuturesUnordered<_> =
        (0..FEW.burst.get()).map(|_| world.ask(one, "POST", &path, json!({ "content": "hi" }))).collect();
    let refused = asked.any(|answer| async move { refusal(&answer) == (429, "rate.limited") }).await;
    assert!(refused, "what was sent over the socket counts");
}

/// The first user is refused what is too much, and told when to come back; the second is not concerned, and what was refused
/// is taken later.
async fn is_limited(world: &World, [one, two]: [UserId; 2], path: &str, body: Value) {
    let caller = format!("{one} {}", world.workspace);
    let asked: FuturesUnordered<_> =
        (0..MANY).map(|_| world.call(&world.node, &caller, "POST", path, body.clone())).collect();
    let answers: Vec<_> = asked.collect().await;
    let refused: Vec<_> = answers.iter().filter(|answer| answer.status() == 429).collect();
    assert!((1..MANY).contains(&refused.len()), "{} of {MANY} were refused", refused.len());
    for answer in refused {
        assert_eq!(answer.headers()["retry-after"], "1");
    }
    world.must(two, "POST", path, body.clone()).await;
    let is_taken = async || world.ask(one, "POST", path, body.clone()).await.0 != 429;
    eventually("it is taken later", is_taken).await;
}
