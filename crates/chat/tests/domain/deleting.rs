//! A workspace that is deleted, seen from its groups.

use http::header::AUTHORIZATION;
use parlance_base::Role;
use serde_json::{Value, json};

use super::support::{World, on_both, refusal};
use crate::live::client::Client;

on_both! {
    what_goes_is_counted_before,
    a_deleted_workspaces_groups_are_read_by_nobody_and_its_sockets_are_closed,
}

async fn what_goes_is_counted_before(world: World) {
    let [one, two, _] = world.people().await;
    let (group, gone) = (world.group("group", one, &[two]).await, world.group("channel", one, &[]).await);
    world.must(one, "POST", &format!("/direct/{two}"), Value::Null).await;
    for number in 0..3 {
        world.say(one, &group, &format!("message {number}")).await;
    }
    world.say(one, &gone, "gone already").await;
    world.must(one, "DELETE", &gone, Value::Null).await;
    let preview = world.workspaces.delete_preview(&world.caller(world.owner(), Role::Owner)).await.unwrap();
    let count = |count: usize| json!({ "count": count, "capped": false });
    let expected = json!({ "members": count(4), "groups": count(2), "messages": count(3) });
    assert_eq!(serde_json::to_value(preview).unwrap(), expected);
}

async fn a_deleted_workspaces_groups_are_read_by_nobody_and_its_sockets_are_closed(mut world: World) {
    let [one, two, _] = world.people().await;
    let group = world.group("group", one, &[two]).await;
    let stranger = world.join(world.elsewhere, Role::Member).await;
    let url = world.node.listen().await;
    let caller = format!("{two} {}", world.workspace);
    let mut client = Client::open(&url, &[(AUTHORIZATION, &caller)]).await.unwrap();
    client.ready().await;
    world.workspaces.delete(&world.caller(world.owner(), Role::Owner)).await.unwrap();
    for who in [one, two] {
        let asked = world.ask(who, "GET", &format!("{group}/messages"), Value::Null).await;
        assert_eq!(refusal(&asked), (404, "workspace.not_found"));
    }
    assert_eq!(client.closed().await, 4003);
    let elsewhere = world.ask_in(world.elsewhere, stranger, "GET", "/groups", Value::Null).await;
    assert_eq!(elsewhere.0, 200, "nobody else is concerned");
}
