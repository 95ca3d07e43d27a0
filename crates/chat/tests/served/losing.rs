//! Who loses a right is sent nothing that is committed afterwards, on the node where they lost it.

use http::header::AUTHORIZATION;
use parlance_base::{Role, StreamId, UserId, WorkspaceId};
use serde_json::{Value, json};

use crate::{
    domain::support::{World, on_both},
    live::client::Client,
};

on_both! {
    nothing_committed_after_a_removal_reaches_who_was_removed,
    who_becomes_something_else_connects_again_as_that,
    guests_learn_of_nobody_from_the_workspaces_stream,
    who_came_later_is_not_told_what_was_said_before_when_it_is_edited,
}

/// A socket of theirs.
async fn open(url: &str, user: UserId, workspace: WorkspaceId) -> Client {
    let caller = format!("{user} {workspace}");
    let mut client = Client::open(url, &[(AUTHORIZATION, &caller)]).await.unwrap();
    client.ready().await;
    client
}

async fn nothing_committed_after_a_removal_reaches_who_was_removed(mut world: World) {
    let url = world.node.listen().await;
    let [owner, ..] = world.people().await;
    for round in 0..10 {
        let leaver = world.join(world.workspace, Role::Member).await;
        let group = world.group("group", owner, &[leaver]).await;
        let mut client = open(&url, leaver, world.workspace).await;
        world.say(owner, &group, "before").await;
        world.remove(leaver).await;
        // Said at once: whatever tells of the removal had no more time than this took.
        world.say(owner, &group, "after").await;
        let mut seen = Vec::new();
        let code = loop {
            match client.next().await {
                Ok(frame) => seen.extend(frame["data"]["message"]["content"].as_str().map(str::to_owned)),
                Err(code) => break code,
            }
        };
        assert_eq!(code, 4003, "round {round}");
        assert!(!seen.contains(&"after".to_owned()), "round {round}: {seen:?}");
    }
}

async fn who_becomes_something_else_connects_again_as_that(mut world: World) {
    let url = world.node.listen().await;
    let user = world.join(world.workspace, Role::Member).await;
    let mut client = open(&url, user, world.workspace).await;
    for role in [Role::Admin, Role::Guest, Role::Member] {
        world.workspaces.set_role(&world.caller(world.owner(), Role::Owner), user, role).await.unwrap();
        assert_eq!(client.closed().await, 4012);
        client = open(&url, user, world.workspace).await;
    }
}

async fn guests_learn_of_nobody_from_the_workspaces_stream(mut world: World) {
    let url = world.node.listen().await;
    let guest = world.join(world.workspace, Role::Guest).await;
    let member = world.join(world.workspace, Role::Member).await;
    let mut guests = open(&url, guest, world.workspace).await;
    let mut members = open(&url, member, world.workspace).await;
    let new = world.join(world.workspace, Role::Member).await;

    let told = members.until("member.joined").await;
    assert_eq!(told["data"]["user_id"], json!(new));
    let seq = told["seq"].as_u64().unwrap();
    let skipped = guests.until("entry.skipped").await;
    assert_eq!((&skipped["seq"], &skipped["data"]), (&json!(seq), &json!({})));
    assert!(!skipped.to_string().contains(&new.to_string()));

    // The same without a socket.
    let body = json!({ "cursors": { world.workspace.to_string(): seq - 1 } });
    let kinds = async |user| {
        let changes: Value = world.must(user, "POST", "/changes", body.clone()).await;
        let entries = changes["streams"][world.workspace.to_string()]["entries"].clone();
        (entries[0]["type"].clone(), entries.to_string().contains(&new.to_string()))
    };
    assert_eq!(kinds(guest).await, (json!("entry.skipped"), false));
    assert_eq!(kinds(member).await, (json!("member.joined"), true));
}

async fn who_came_later_is_not_told_what_was_said_before_when_it_is_edited(mut world: World) {
    let url = world.node.listen().await;
    let [one, two, three] = world.people().await;
    let body = json!({ "kind": "group", "name": "us", "member_ids": [two], "history": "since_join" });
    let group = world.must(one, "POST", "/groups", body).await;
    let stream: StreamId = group["id"].as_str().unwrap().parse().unwrap();
    let group = format!("/groups/{stream}");
    let before = world.say(one, &group, "before").await;
    world.must(one, "POST", &format!("{group}/members"), json!({ "user_ids": [three] })).await;
    let mut old = open(&url, two, world.workspace).await;
    let caller = format!("{three} {}", world.workspace);
    let mut new = Client::open(&url, &[(AUTHORIZATION, &caller)]).await.unwrap();
    let epoch = new.ready().await["epoch"].clone();

    let message = format!("{group}/messages/{}", before["id"].as_str().unwrap());
    world.must(one, "PATCH", &message, json!({ "content": "edited" })).await;
    let after = world.say(one, &group, "after").await;
    assert_eq!(old.until("message.edited").await["data"]["message"]["content"], "edited");
    // Live, and again when it is replayed.
    for _ in 0..2 {
        let skipped = new.until("entry.skipped").await;
        assert_eq!((&skipped["group_id"], &skipped["data"]), (&json!(stream), &json!({})));
        assert_eq!(skipped["seq"].as_i64(), after["seq"].as_i64().map(|seq| seq - 1));
        assert_eq!(new.until("message.new").await["data"]["message"]["content"], "after");
        new.resume(&epoch, stream, after["seq"].as_u64().unwrap() - 2).await;
    }
}
