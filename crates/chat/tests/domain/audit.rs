//! What chat leaves in the workspace's audit log: what takes a privilege, and what was denied, through either door.

use http::header::AUTHORIZATION;
use parlance_base::{Role, StreamId, UserId};
use parlance_store::{Find, ID};
use parlance_trial::eventually;
use parlance_workspace::{AuditEntry, audit::Outcome};
use serde_json::{Value, json};

use super::support::{World, on_both, refusal};
use crate::live::client::Client;

on_both! {
    what_takes_a_privilege_in_a_group_is_audited,
    what_is_denied_is_audited_over_http_and_over_a_socket_and_what_does_not_exist_is_not,
}

impl World {
    async fn audited(&self, by: UserId, outcome: Outcome) -> Vec<AuditEntry> {
        let all = Find::new([]).ascending(ID).limit(1_000);
        let mut log = self.node.store.workspace(self.workspace).find::<AuditEntry>(all).await.unwrap();
        log.retain(|entry| entry.actor_id == by.to_string() && entry.outcome == outcome);
        log
    }
}

async fn what_takes_a_privilege_in_a_group_is_audited(world: World) {
    let [one, two, three] = world.people().await;
    let group = world.group("group", one, &[two, three]).await;
    let own = world.say(one, &group, "mine").await;
    let theirs = world.say(two, &group, "theirs").await;
    for message in [&own, &theirs] {
        let path = format!("{group}/messages/{}", message["id"].as_str().unwrap());
        world.must(one, "DELETE", &path, Value::Null).await;
    }
    world.must(one, "PATCH", &format!("{group}/members/{two}"), json!({ "can_pin": true })).await;
    world.must(one, "DELETE", &format!("{group}/members/{two}"), Value::Null).await;
    world.must(three, "POST", &format!("{group}/leave"), Value::Null).await;
    world.must(one, "POST", &format!("{group}/archive"), Value::Null).await;
    world.must(one, "POST", &format!("{group}/restore"), Value::Null).await;
    world.must(one, "DELETE", &group, Value::Null).await;
    let log = world.audited(one, Outcome::Done).await;
    let mut actions: Vec<_> = log.iter().map(|entry| entry.action.as_str()).collect();
    actions.sort_unstable();
    let expected = [
        "group.archived",
        "group.deleted",
        "group.member_removed",
        "group.restored",
        "group.rights_changed",
        "message.deleted",
    ];
    assert_eq!(actions, expected);
    let deleted = log.iter().find(|entry| entry.action == "message.deleted").unwrap();
    assert_eq!(deleted.target.as_deref(), theirs["id"].as_str());
    assert!(!serde_json::to_string(&log).unwrap().contains("theirs"));
    assert_eq!(world.audited(three, Outcome::Done).await, []);
}

async fn what_is_denied_is_audited_over_http_and_over_a_socket_and_what_does_not_exist_is_not(
    mut world: World,
) {
    let [one, two, _] = world.people().await;
    let channel = world.group("channel", one, &[two]).await;
    let hidden = world.group("group", one, &[]).await;
    let id = channel.trim_start_matches("/groups/");
    // Over HTTP: what is forbidden, what is there and hidden, and what is not there.
    let posted = world.ask(two, "POST", &format!("{channel}/messages"), json!({ "content": "hi" })).await;
    assert_eq!(refusal(&posted), (403, "group.read_only"));
    assert_eq!(refusal(&world.ask(two, "GET", &hidden, Value::Null).await), (404, "group.not_found"));
    let nowhere = format!("/groups/{}", world.ids.next::<StreamId>());
    for (method, path) in [("GET", nowhere.clone()), ("DELETE", nowhere)] {
        assert_eq!(world.ask(two, method, &path, Value::Null).await.0, 404);
    }
    let guest = world.join(world.workspace, Role::Guest).await;
    let made = world.ask(guest, "POST", "/groups", json!({ "kind": "group", "name": "x" })).await;
    assert_eq!(refusal(&made), (403, "workspace.insufficient_role"));
    // Over a socket: the same, twice.
    let url = world.node.listen().await;
    let caller = format!("{two} {}", world.workspace);
    let mut client = Client::open(&url, &[(AUTHORIZATION, &caller)]).await.unwrap();
    client.ready().await;
    for _ in 0..2 {
        let data = json!({ "group_id": id, "content": "hi" });
        client.send(json!({ "type": "message.send", "id": "x", "data": data })).await;
        assert_eq!(client.until("error").await["error"]["code"], "group.read_only");
    }
    let expected = [("group.post".to_owned(), 3), ("group.read".to_owned(), 1)];
    let is_logged = async || {
        let log = world.audited(two, Outcome::Denied).await;
        let mut seen: Vec<_> = log.into_iter().map(|entry| (entry.action, entry.count)).collect();
        seen.sort();
        seen == expected
    };
    eventually("every denial is in the log", is_logged).await;
    let log = world.audited(guest, Outcome::Denied).await;
    assert_eq!(log.iter().map(|entry| entry.action.as_str()).collect::<Vec<_>>(), ["group.create"]);
}
