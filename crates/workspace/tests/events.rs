//! What the workspace's stream tells.

use parlance_base::{Revocation, Role, WorkspaceId};
use parlance_workspace::{Event, revocations};
use serde_json::{Value, json};

use crate::support::{World, on_both};

on_both! {
    every_change_is_an_entry_with_ids_and_small_deltas,
    what_changes_nothing_is_no_entry,
    who_loses_something_is_named_to_the_host,
}

async fn log(world: &World, id: WorkspaceId) -> Vec<(String, Value)> {
    let slice = world.streams.read(id, id.uuid().into(), 0, 100).await.unwrap().unwrap();
    assert!(slice.entries.iter().all(|entry| Event::of(entry).is_some()));
    slice.entries.into_iter().map(|entry| (entry.kind, entry.data)).collect()
}

async fn every_change_is_an_entry_with_ids_and_small_deltas(world: World) {
    let ana = world.person("ana").await;
    let id = world.workspace(ana, "acme").await;
    let ben = world.member(ana, id, "ben", "member").await;
    let path = format!("/{id}/members/{ben}");
    world.patch(ana, &path, json!({ "role": "admin" })).await.with(200);
    world.patch(ben, "/acme", json!({ "name": "Acme 2" })).await.with(200);
    world.patch(ben, "/acme", json!({ "slug": "acme-2" })).await.with(200);
    world.delete(ana, &path).await.with(204);
    let told = [
        ("member.joined", json!({ "user_id": ana, "role": "owner" })),
        ("member.joined", json!({ "user_id": ben, "role": "member" })),
        ("role.updated", json!({ "user_id": ben, "role": "admin", "previous": "member" })),
        ("workspace.updated", json!({ "name": "Acme 2" })),
        ("workspace.updated", json!({ "slug": "acme-2" })),
        ("member.left", json!({ "user_id": ben })),
    ];
    let log = log(&world, id).await;
    assert_eq!(log, told.map(|(kind, data)| (kind.to_owned(), data)));
}

async fn what_changes_nothing_is_no_entry(world: World) {
    let ana = world.person("ana").await;
    let id = world.workspace(ana, "acme").await;
    let ben = world.member(ana, id, "ben", "member").await;
    world.patch(ana, &format!("/{id}/members/{ben}"), json!({ "role": "member" })).await.with(200);
    world.post(ana, &format!("/{id}/members"), json!({ "user_id": ben })).await.with(200);
    world.patch(ana, "/acme", json!({ "name": "acme", "slug": "acme" })).await.with(200);
    world.patch(ana, &format!("/{id}/members/{ana}"), json!({ "role": "guest" })).await.with(409);
    assert_eq!(log(&world, id).await.len(), 2);
}

async fn who_loses_something_is_named_to_the_host(world: World) {
    let mut news = world.streams.committed();
    let ana = world.person("ana").await;
    let id = world.workspace(ana, "acme").await;
    let ben = world.member(ana, id, "ben", "member").await;
    let path = format!("/{id}/members/{ben}");
    for role in ["admin", "member", "guest"] {
        world.patch(ana, &path, json!({ "role": role })).await.with(200);
    }
    world.delete(ana, &path).await.with(204);
    let mut named: Vec<Revocation> = Vec::new();
    while let Ok(committed) = news.try_recv() {
        named.extend(revocations(&committed));
    }
    let [admin, member, guest] =
        [Role::Admin, Role::Member, Role::Guest].map(|role| Revocation::Role(id, ben, role));
    assert_eq!(named, [admin, member, guest, Revocation::Member(id, ben)]);
}
