//! The audit log, as it is in the store.

use parlance_base::{UserId, WorkspaceId};
use parlance_workspace::{AuditEntry, audit::Outcome};
use serde_json::json;

use crate::support::{World, eventually, on_both};

on_both! {
    every_privileged_change_is_audited_with_the_change_itself,
    denials_are_audited_and_repetitions_counted,
    the_log_of_a_workspace_is_its_own_and_holds_no_names,
}

fn short(entry: &AuditEntry) -> (&str, &str, Option<&str>) {
    (&entry.action, &entry.actor_id, entry.target.as_deref())
}

async fn every_privileged_change_is_audited_with_the_change_itself(world: World) {
    let ana = world.person("ana").await;
    let id = world.workspace(ana, "acme").await;
    let ben = world.member(ana, id, "ben", "member").await;
    let cleo = world.member(ana, id, "cleo", "member").await;
    let path = format!("/{id}/members/{ben}");
    world.patch(ana, &path, json!({ "role": "admin" })).await.with(200);
    world.patch(ana, &path, json!({ "role": "admin" })).await.with(200);
    world.patch(ana, "/acme", json!({ "settings": { "keep_events_days": 3 } })).await.with(200);
    world.delete(ana, &format!("/{id}/members/{cleo}")).await.with(204);
    world.post(ana, &format!("/{id}/transfer"), json!({ "user_id": ben })).await.with(200);
    world.call(ana, "POST", &format!("/{id}/leave"), None).await.with(204);
    world.delete(ben, "/acme").await.with(204);
    let log = world.audited(id).await;
    let [by, ben, cleo] = [ana, ben, cleo].map(|user| user.to_string());
    let mut told: Vec<_> = log.iter().map(short).collect();
    let mut expected = vec![
        ("member.added", by.as_str(), Some(ben.as_str())),
        ("member.added", by.as_str(), Some(cleo.as_str())),
        ("role.updated", by.as_str(), Some(ben.as_str())),
        ("workspace.updated", by.as_str(), None),
        ("member.removed", by.as_str(), Some(cleo.as_str())),
        ("workspace.transferred", by.as_str(), Some(ben.as_str())),
        ("member.left", by.as_str(), None),
        ("workspace.deleted", ben.as_str(), None),
    ];
    // The clock of these tests stands still, so ids of one moment are in no order.
    told.sort();
    expected.sort();
    assert_eq!(told, expected);
    for entry in &log {
        assert_eq!((entry.outcome, entry.count), (Outcome::Done, 1));
        assert_eq!(entry.credential_kind.as_deref(), Some("sign_in"));
        assert!(entry.credential_id.is_some());
    }
}

async fn denied(world: &World, id: WorkspaceId, by: UserId) -> Vec<(String, i64)> {
    let log = world.audited(id).await;
    let denied = log.into_iter().filter(|entry| entry.outcome == Outcome::Denied);
    let mut denied: Vec<_> = denied
        .filter(|entry| entry.actor_id == by.to_string())
        .map(|entry| (entry.action, entry.count))
        .collect();
    denied.sort();
    denied
}

async fn denials_are_audited_and_repetitions_counted(world: World) {
    let ana = world.person("ana").await;
    let id = world.workspace(ana, "acme").await;
    let ben = world.member(ana, id, "ben", "member").await;
    let admin = world.member(ana, id, "admin", "admin").await;
    let auditing = world.workspaces.audit();
    for _ in 0..20 {
        assert_eq!(world.delete(ben, "/acme").await.status, 403);
    }
    assert_eq!(world.post(ben, &format!("/{id}/members"), json!({ "user_id": ben })).await.status, 403);
    let reach = world.patch(admin, &format!("/{id}/members/{ben}"), json!({ "role": "owner" })).await;
    assert_eq!(reach.status, 403);
    let expected = [("workspace.delete".to_owned(), 20), ("workspace.manage_members".to_owned(), 1)];
    eventually("the denials are logged", async || denied(&world, id, ben).await == expected).await;
    // What has no row of its own has its code.
    let expected = [("workspace.insufficient_role".to_owned(), 1)];
    eventually("the other's are logged", async || denied(&world, id, admin).await == expected).await;
    assert_eq!(world.delete(ben, "/acme").await.status, 403);
    auditing.end().await;
    assert_eq!(denied(&world, id, ben).await[0].1, 21, "what waits is written before the end");
}

async fn the_log_of_a_workspace_is_its_own_and_holds_no_names(world: World) {
    let (ana, eve) = (world.person("ana").await, world.person("eve").await);
    let (id, other) = (world.workspace(ana, "acme").await, world.workspace(eve, "other").await);
    let auditing = world.workspaces.audit();
    let ben = world.member(ana, id, "benjamin", "member").await;
    world.patch(ana, "/acme", json!({ "name": "Secret Plans" })).await.with(200);
    assert_eq!(world.patch(ben, "/acme", json!({ "name": "Secret Plans" })).await.status, 403);
    assert_eq!(world.patch(eve, &format!("/{id}"), json!({ "name": "Mine" })).await.status, 404);
    auditing.end().await;
    let log = world.audited(id).await;
    assert_eq!(log.len(), 3, "{log:?}");
    let text = serde_json::to_string(&log).unwrap();
    for name in ["benjamin", "Secret", "example.org"] {
        assert!(!text.contains(name), "{text}");
    }
    assert_eq!(world.audited(other).await, []);
}
