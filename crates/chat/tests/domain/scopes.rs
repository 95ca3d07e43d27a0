//! What an API key may over HTTP: every route with a key that has just the scope it takes, and with one that has all others.

use parlance_base::Scope::{self, Admin, ChatRead, ChatSend, GroupsManage, MembersInvite};
use serde_json::{Value, json};

use super::support::{World, on_both, refusal};

on_both! {
    every_route_takes_its_scope_from_a_key_and_no_other,
    what_a_key_may_not_know_of_stays_unknown_whatever_its_scopes,
    a_key_deletes_what_others_said_only_where_it_runs_groups,
    a_key_forwards_only_what_it_may_read_and_where_it_may_send,
}

/// What stands for what in paths and bodies: the group, a message of the key's user, a member, somebody who is in none, a public
/// group, a group to be cleared, a folder of the key's user, and a record.
const PLACES: [&str; 10] = [
    "{id}",
    "{message_id}",
    "{user_id}",
    "{other}",
    "{public}",
    "{cleared}",
    "{folder_id}",
    "{scheduled_id}",
    "{record_type}",
    "{record_id}",
];

/// Every route, with what it is asked with and the scope that it takes.
fn cases() -> Vec<(&'static str, &'static str, Value, Scope)> {
    let said = json!({ "content": "hello" });
    vec![
        ("GET", "/groups", Value::Null, ChatRead),
        ("GET", "/groups/discover", Value::Null, ChatRead),
        ("GET", "/groups/all", Value::Null, Admin),
        ("GET", "/groups/{id}", Value::Null, ChatRead),
        ("GET", "/groups/{id}/members", Value::Null, ChatRead),
        ("GET", "/groups/{id}/messages", Value::Null, ChatRead),
        ("GET", "/groups/{id}/messages/{message_id}", Value::Null, ChatRead),
        ("GET", "/groups/{id}/messages/{message_id}/history", Value::Null, ChatRead),
        ("GET", "/groups/{id}/changes?since=0", Value::Null, ChatRead),
        ("GET", "/groups/{id}/pins", Value::Null, ChatRead),
        ("GET", "/groups/{id}/messages/{message_id}/thread", Value::Null, ChatRead),
        ("GET", "/groups/{id}/threads", Value::Null, ChatRead),
        ("GET", "/groups/{id}/receipts", Value::Null, ChatRead),
        ("GET", "/groups/{id}/mentions/suggest?q=", Value::Null, ChatRead),
        ("PUT", "/groups/{id}/threads/{message_id}/follow", Value::Null, ChatSend),
        ("DELETE", "/groups/{id}/threads/{message_id}/follow", Value::Null, ChatSend),
        ("POST", "/groups/{id}/threads/{message_id}/close", json!({ "closed": true }), ChatSend),
        ("POST", "/changes", json!({ "cursors": { "{id}": 0 } }), ChatRead),
        ("GET", "/unread", Value::Null, ChatRead),
        ("POST", "/groups/{id}/read", json!({ "seq": 2 }), ChatSend),
        ("POST", "/groups/{id}/unread", json!({ "seq": 1 }), ChatSend),
        ("POST", "/groups/{id}/typing", json!({ "active": true }), ChatSend),
        ("POST", "/groups/{id}/messages", said.clone(), ChatSend),
        ("PATCH", "/groups/{id}/messages/{message_id}", said, ChatSend),
        ("POST", "/groups/{id}/messages/{message_id}/pin", json!({ "pinned": true }), ChatSend),
        (
            "POST",
            "/groups/{id}/messages/{message_id}/reactions",
            json!({ "emoji": "x", "on": true }),
            ChatSend,
        ),
        ("GET", "/groups/{id}/messages/{message_id}/reactions", Value::Null, ChatRead),
        ("DELETE", "/groups/{id}/messages/{message_id}", Value::Null, ChatSend),
        ("PATCH", "/groups/{id}/me", json!({ "pinned": true }), ChatSend),
        ("PUT", "/groups/{id}/draft", json!({ "content": "well" }), ChatSend),
        ("GET", "/groups/{id}/draft", Value::Null, ChatRead),
        ("DELETE", "/groups/{id}/draft", Value::Null, ChatSend),
        ("GET", "/groups/{id}/scheduled", Value::Null, ChatRead),
        ("DELETE", "/groups/{id}/scheduled/{scheduled_id}", Value::Null, ChatSend),
        ("GET", "/me", Value::Null, ChatRead),
        ("PATCH", "/me", json!({ "dnd": true }), ChatSend),
        ("GET", "/folders", Value::Null, ChatRead),
        ("POST", "/folders", json!({ "name": "new" }), ChatSend),
        ("PATCH", "/folders/{folder_id}", json!({ "name": "renamed" }), ChatSend),
        ("DELETE", "/folders/{folder_id}", Value::Null, ChatSend),
        ("POST", "/groups/{public}/join", Value::Null, ChatSend),
        ("POST", "/groups/{public}/leave", Value::Null, ChatSend),
        ("POST", "/groups", json!({ "kind": "group", "name": "new" }), GroupsManage),
        ("POST", "/direct/{other}", Value::Null, GroupsManage),
        ("PUT", "/records/{record_type}/{record_id}", json!({}), GroupsManage),
        ("PATCH", "/groups/{id}", json!({ "name": "renamed" }), GroupsManage),
        ("PATCH", "/groups/{id}/members/{user_id}", json!({ "can_pin": true }), GroupsManage),
        ("POST", "/groups/{id}/members", json!({ "user_ids": ["{other}"] }), MembersInvite),
        ("POST", "/groups/{id}/transfer", json!({ "user_id": "{other}" }), GroupsManage),
        ("DELETE", "/groups/{id}/members/{user_id}", Value::Null, GroupsManage),
        ("POST", "/groups/{cleared}/clear", Value::Null, GroupsManage),
        ("POST", "/groups/{id}/archive", Value::Null, GroupsManage),
        ("POST", "/groups/{id}/restore", Value::Null, GroupsManage),
        ("DELETE", "/groups/{id}", Value::Null, GroupsManage),
    ]
}

async fn every_route_takes_its_scope_from_a_key_and_no_other(world: World) {
    let cases = cases();
    let mut known: Vec<String> = cases
        .iter()
        .map(|(method, path, ..)| {
            let template = path.split('?').next().unwrap();
            let template = template.replace("{public}", "{id}").replace("{cleared}", "{id}");
            let template = template.replace("{other}", "{user_id}");
            format!("{} {template}", method.to_lowercase())
        })
        .collect();
    known.sort();
    let mut routes = world.node.described.names();
    // Forwarding takes two scopes.
    routes.retain(|route| !route.starts_with("get /ws") && !route.ends_with("/forward"));
    assert_eq!(known, routes, "each route is asked with a key");

    let (owner, [member, other, _]) = (world.owner(), world.people().await);
    let path = world.group("group", owner, &[member]).await;
    let message = world.say(owner, &path, "one").await;
    let reply = json!({ "content": "to that", "thread_id": message["id"] });
    world.must(owner, "POST", &format!("{path}/messages"), reply).await;
    let public = json!({ "kind": "group", "name": "open", "visibility": "public" });
    let admin = world.join(world.workspace, parlance_base::Role::Admin).await;
    let public = world.must(admin, "POST", "/groups", public).await;
    let cleared = world.group("group", owner, &[]).await;
    world.say(owner, &cleared, "gone").await;
    let folder = world.must(owner, "POST", "/folders", json!({ "name": "a folder" })).await;
    let later = json!({ "content": "later", "send_at": super::scheduled::hours(1) });
    let (_, scheduled) = world.ask(owner, "POST", &format!("{path}/messages"), later).await;
    let values = [
        path.trim_start_matches("/groups/").to_owned(),
        message["id"].as_str().unwrap().to_owned(),
        member.to_string(),
        other.to_string(),
        public["id"].as_str().unwrap().to_owned(),
        cleared.trim_start_matches("/groups/").to_owned(),
        folder["id"].as_str().unwrap().to_owned(),
        scheduled["id"].as_str().unwrap().to_owned(),
        "deal".to_owned(),
        "42".to_owned(),
    ];
    let filled = |text: &str| {
        PLACES.iter().zip(&values).fold(text.to_owned(), |text, (place, value)| text.replace(place, value))
    };
    let changes = format!("{path}/changes?since=0");
    for (method, path, body, needed) in cases {
        let (path, body) = (filled(path), serde_json::from_str(&filled(&body.to_string())).unwrap());
        let case = format!("{method} {path}");
        let others: Vec<Scope> = Scope::ALL.into_iter().filter(|scope| *scope != needed).collect();
        let before = world.must(owner, "GET", &changes, Value::Null).await;
        for scopes in [&others[..], &[]] {
            let refused = world.ask_by_key(owner, scopes, method, &path, Value::clone(&body)).await;
            assert_eq!(refusal(&refused), (403, "key.missing_scope"), "{case}");
            assert!(refused.1["error"]["message"].as_str().unwrap().ends_with(needed.name()), "{case}");
        }
        assert_eq!(world.must(owner, "GET", &changes, Value::Null).await, before, "{case}");
        let (status, answer) = world.ask_by_key(owner, &[needed], method, &path, body).await;
        assert!((200..300).contains(&status), "{case}: {status} {answer}");
    }
}

async fn what_a_key_may_not_know_of_stays_unknown_whatever_its_scopes(world: World) {
    let [owner, outsider, member] = world.people().await;
    let path = world.group("group", owner, &[member]).await;
    let message = world.say(owner, &path, "one").await;
    let said = json!({ "content": "hello" });
    for scopes in [&Scope::ALL[..], &[ChatRead], &[]] {
        for (method, path, body) in [
            ("POST", format!("{path}/messages"), said.clone()),
            ("POST", format!("{path}/read"), json!({ "seq": 1 })),
            ("POST", format!("{path}/join"), Value::Null),
            ("PATCH", path.clone(), json!({ "name": "mine" })),
            ("DELETE", format!("{path}/messages/{}", message["id"].as_str().unwrap()), Value::Null),
            ("POST", format!("{path}/members"), json!({ "user_ids": [outsider] })),
            ("GET", path.clone(), Value::Null),
        ] {
            let refused = world.ask_by_key(outsider, scopes, method, &path, body).await;
            assert_eq!(refusal(&refused), (404, "group.not_found"), "{method} {path} {scopes:?}");
        }
    }
    // What its user may not, a key may not either.
    let refused = world.ask_by_key(member, &Scope::ALL, "PATCH", &path, json!({ "name": "mine" })).await;
    assert_eq!(refusal(&refused), (403, "group.not_admin"));
}

async fn a_key_forwards_only_what_it_may_read_and_where_it_may_send(world: World) {
    let [owner, ..] = world.people().await;
    let path = world.group("group", owner, &[]).await;
    let said = world.say(owner, &path, "one").await;
    let forward = format!("{path}/messages/{}/forward", said["id"].as_str().unwrap());
    let to = json!({ "group_id": path.trim_start_matches("/groups/") });
    for (scopes, missing) in [(&[ChatRead][..], ChatSend), (&[ChatSend], ChatRead), (&[], ChatSend)] {
        let refused = world.ask_by_key(owner, scopes, "POST", &forward, to.clone()).await;
        assert_eq!(refusal(&refused), (403, "key.missing_scope"));
        assert!(refused.1["error"]["message"].as_str().unwrap().ends_with(missing.name()), "{refused:?}");
    }
    assert_eq!(world.ask_by_key(owner, &[ChatRead, ChatSend], "POST", &forward, to).await.0, 201);
}

async fn a_key_deletes_what_others_said_only_where_it_runs_groups(world: World) {
    let [owner, member, _] = world.people().await;
    let path = world.group("group", owner, &[member]).await;
    let theirs = world.say(member, &path, "theirs").await["id"].as_str().unwrap().to_owned();
    let own = world.say(owner, &path, "own").await["id"].as_str().unwrap().to_owned();
    for (id, enough, lacking) in [(theirs, GroupsManage, ChatSend), (own, ChatSend, GroupsManage)] {
        let path = format!("{path}/messages/{id}");
        let refused = world.ask_by_key(owner, &[lacking], "DELETE", &path, Value::Null).await;
        assert_eq!(refusal(&refused), (403, "key.missing_scope"));
        assert_eq!(world.ask_by_key(owner, &[enough], "DELETE", &path, Value::Null).await.0, 204);
    }
}
