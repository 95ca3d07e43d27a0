//! Somebody who erases themselves: their sockets close, their name is gone from what they said, and what they said stays.

use http::Method;
use parlance_client::{NewGroup, NewMessage};
use parlance_trial::eventually;
use serde_json::{Value, json};

use crate::{
    raw::Raw,
    world::{PASSWORD, World, on_both},
};

on_both! {
    who_erases_themselves_leaves_what_they_said_and_not_their_name,
}

async fn who_erases_themselves_leaves_what_they_said_and_not_their_name(world: World) {
    let ann = world.founder("ann", "acme").await;
    let bob = world.colleague(&ann, "bob-builder").await;
    let group = ann.here.create_group(&NewGroup::named("us").with_members([bob.id])).await.unwrap();
    bob.here.send(group.id, NewMessage::text("can we fix it")).await.unwrap();
    let token = bob.here.client().access_token().await.unwrap().unwrap();
    let mut socket = Raw::open(&world, &format!("?token={token}"), &[]).await.unwrap();
    socket.until("ready").await;
    let named = told(&ann.here, group.id.to_string()).await;
    assert!(named.contains("bob-builder"));

    let proof = json!({ "password": PASSWORD });
    let (status, ..) = bob.here.request(Method::DELETE, "/api/auth/me", Some(&proof)).await.unwrap();
    assert_eq!(status, 204);

    assert_eq!(socket.closed().await, 4010);
    let is_nameless = async || !told(&ann.here, group.id.to_string()).await.contains("bob-builder");
    eventually("nobody is told the name", is_nameless).await;
    let seen = told(&ann.here, group.id.to_string()).await;
    assert!(seen.contains("can we fix it") && seen.contains("author.forgotten"), "{seen}");
    let (status, ..) = bob.here.request(Method::GET, "/api/auth/me", None).await.unwrap();
    assert_eq!(status, 401);
    let (again, _) = world.user("bob-builder").await;
    assert_ne!(again, bob.id);
}

/// All that the owner is told of the group and of the workspace's members.
async fn told(owner: &parlance_client::InWorkspace, group: String) -> String {
    let mut all = Vec::new();
    for path in [
        format!("/api/chat/groups/{group}/messages"),
        format!("/api/chat/groups/{group}/members"),
        format!("/api/chat/groups/{group}/changes?since=0"),
        format!("/api/workspaces/{}/members", owner.named()),
        "/api/chat/groups".to_owned(),
    ] {
        let (status, _, body) = owner.request(Method::GET, &path, None).await.unwrap();
        assert_eq!(status, 200, "{path}");
        all.push(body);
    }
    Value::from(all).to_string()
}
