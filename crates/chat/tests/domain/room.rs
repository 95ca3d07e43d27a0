//! As many groups as somebody may be in.

use http::header::AUTHORIZATION;
use parlance_base::{StreamId, UserId};
use parlance_store::{Batch, Field, Find, Findings, MAX_OPS};
use parlance_stream::Head;
use parlance_trial::eventually;
use serde_json::{Value, json};

use super::support::{World, on_both, refusal};
use crate::live::client::Client;

on_both! {
    nobody_is_in_more_groups_than_are_listed,
    the_memberships_of_a_deleted_group_end,
    what_two_said_to_each_other_is_deleted_by_nobody,
    somebody_put_into_many_groups_can_still_begin_their_own,
    who_is_there_is_told_that_the_group_was_deleted_and_nothing_after_it,
}

/// How many groups somebody is put into.
const MOST: usize = 4_900;

async fn nobody_is_in_more_groups_than_are_listed(world: World) {
    let [one, two, _] = world.people().await;
    let group = world.group("group", one, &[two]).await;
    let other = world.group("group", one, &[]).await;
    in_more_groups(&world, two, MOST - 2).await;
    world.must(one, "POST", &format!("{other}/members"), json!({ "user_ids": [two] })).await;
    let listed = world.must(two, "GET", "/groups", Value::Null).await;
    assert_eq!(listed["items"].as_array().unwrap().len(), 2, "the others are nowhere");
    let full = (409, "member.too_many_groups");
    let third = world.group("group", one, &[]).await;
    let body = json!({ "kind": "channel", "name": "public", "visibility": "public" });
    let public = world.must(world.owner(), "POST", "/groups", body).await;
    let public = format!("/groups/{}", public["id"].as_str().unwrap());
    for (who, path, body) in [
        (one, format!("{third}/members"), json!({ "user_ids": [two] })),
        (one, "/groups".to_owned(), json!({ "kind": "group", "name": "more", "member_ids": [two] })),
        (one, format!("/direct/{two}"), Value::Null),
    ] {
        assert_eq!(refusal(&world.ask(who, "POST", &path, body).await), full, "{path}");
    }
    // Who is in a group may be added to it again.
    world.must(one, "POST", &format!("{group}/members"), json!({ "user_ids": [two] })).await;
    world.must(one, "DELETE", &format!("{other}/members/{two}"), Value::Null).await;
    world.must(two, "POST", &format!("{public}/join"), Value::Null).await;
}

async fn the_memberships_of_a_deleted_group_end(world: World) {
    let [one, two, three] = world.people().await;
    let group = world.group("group", one, &[two, three]).await;
    in_more_groups(&world, two, MOST - 1).await;
    let add = json!({ "kind": "group", "name": "more", "member_ids": [two] });
    let refused = world.ask(one, "POST", "/groups", add.clone()).await;
    assert_eq!(refusal(&refused), (409, "member.too_many_groups"));
    world.must(one, "DELETE", &group, Value::Null).await;
    eventually("they have room for another one", async || {
        world.ask(one, "POST", "/groups", add.clone()).await.0 == 201
    })
    .await;
    let scope = world.node.store.workspace(world.workspace);
    let id = group.rsplit_once('/').unwrap().1;
    let head = async || scope.get::<Head>(id).await.unwrap().unwrap();
    eventually("nobody is in it", async || head().await.details["members"] == 0).await;
    let mut findings = Findings::new(|_| {});
    parlance_chat::check_group(&scope, &head().await, &mut findings).await.unwrap();
    assert_eq!(findings.into_wrong(), (Vec::new(), 0));
}

async fn who_is_there_is_told_that_the_group_was_deleted_and_nothing_after_it(mut world: World) {
    let [one, two, _] = world.people().await;
    let [group, other] = [world.group("group", one, &[two]).await, world.group("group", one, &[two]).await];
    let url = world.node.listen().await;
    let caller = format!("{two} {}", world.workspace);
    let mut client = Client::open(&url, &[(AUTHORIZATION, &caller)]).await.unwrap();
    let ready = client.ready().await;
    let id = group.rsplit_once('/').unwrap().1;
    let before = world.must(one, "GET", &group, Value::Null).await["seq"].as_u64().unwrap();
    world.must(one, "DELETE", &group, Value::Null).await;
    assert_eq!(client.until("group.deleted").await["stream_id"], id);
    let scope = world.node.store.workspace(world.workspace);
    eventually("nobody is in it", async || {
        scope.get::<Head>(id).await.unwrap().unwrap().details["members"] == 0
    })
    .await;
    world.say(one, &other, "elsewhere").await;
    loop {
        let frame = client.next().await.unwrap();
        assert!(frame["type"] == "resumed" || frame["stream_id"] != id, "{frame}");
        if frame["type"] == "message.new" {
            break;
        }
    }
    client.resume(&ready["epoch"], id.parse().unwrap(), before).await;
    let verdict = client.verdict().await;
    assert_eq!((&verdict["id"], &verdict["status"]), (&json!(id), &json!("gone")));
}

async fn what_two_said_to_each_other_is_deleted_by_nobody(world: World) {
    let [one, two, _] = world.people().await;
    let direct = world.must(one, "POST", &format!("/direct/{two}"), Value::Null).await;
    let path = format!("/groups/{}", direct["id"].as_str().unwrap());
    world.say(one, &path, "between us").await;
    let refused = world.ask(world.owner(), "DELETE", &path, Value::Null).await;
    assert_eq!(refusal(&refused), (422, "group.is_direct"));
    for who in [one, two] {
        assert_eq!(world.ask(who, "DELETE", &path, Value::Null).await.0, 403);
    }
    let again = world.must(two, "POST", &format!("/direct/{one}"), Value::Null).await;
    assert_eq!(again["id"], direct["id"]);
    // A group that was made under a name, and deleted, is not made again, and has no members.
    let body = json!({ "kind": "group", "name": "once", "client_id": "once", "member_ids": [two] });
    let group = world.must(one, "POST", "/groups", body.clone()).await;
    world.must(one, "DELETE", &format!("/groups/{}", group["id"].as_str().unwrap()), Value::Null).await;
    assert_eq!(refusal(&world.ask(one, "POST", "/groups", body).await), (404, "group.not_found"));
}

async fn somebody_put_into_many_groups_can_still_begin_their_own(world: World) {
    let [one, two, three] = world.people().await;
    world.group("group", one, &[two]).await;
    in_more_groups(&world, two, MOST - 1).await;
    let by_another = world.ask(one, "POST", &format!("/direct/{two}"), Value::Null).await;
    assert_eq!(refusal(&by_another), (409, "member.too_many_groups"));
    world.must(two, "POST", &format!("/direct/{three}"), Value::Null).await;
    world.group("group", two, &[]).await;
    in_more_groups(&world, two, 48).await;
    let one_more = world.ask(two, "POST", "/groups", json!({ "kind": "group", "name": "more" })).await;
    assert_eq!(refusal(&one_more), (409, "member.too_many_groups"));
}

/// Has somebody be a member of so many groups more, which there are not.
async fn in_more_groups(world: &World, user: UserId, groups: usize) {
    let scope = world.node.store.workspace(world.workspace);
    let collections = parlance_chat::collections();
    let members = collections.into_iter().find(|held| held.name == "group_members").unwrap();
    let find = Find::new([Field::text("user_id").is(user.to_string()), Field::bool("active").is(true)]);
    let found = scope.find_documents(members, find).await.unwrap();
    let numbers: Vec<usize> = (0..groups).collect();
    for some in numbers.chunks(MAX_OPS) {
        let mut batch = Batch::new();
        for _ in some {
            let mut another = found[0].clone();
            another.insert("id".to_owned(), json!(world.ids.next::<StreamId>()));
            another.insert("group_id".to_owned(), json!(world.ids.next::<StreamId>()));
            batch.insert_document(members, another);
        }
        scope.commit(batch).await.unwrap();
    }
}
