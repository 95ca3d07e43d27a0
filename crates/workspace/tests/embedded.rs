//! Embedded users as members, and what API keys may in a workspace.

use futures::future::join_all;
use parlance_base::{Caller, Credential, Grant, Role, Scope, UserId, WorkspaceId};
use parlance_workspace::{DisplayName, Ending, Event, Slug, WorkspaceChange, audit::Outcome};
use serde_json::json;

use crate::support::{World, on_both};

on_both! {
    an_embedded_user_joins_once_is_renamed_and_takes_no_seat,
    who_runs_the_workspace_brings_users_in_and_makes_no_admins_of_them,
    a_key_runs_the_workspace_with_its_scope_and_hears_what_it_did,
    an_embedded_user_inherits_no_workspace,
    an_embedded_user_is_found_by_what_they_are_called_now,
    nobody_is_present_in_a_deleted_workspace,
}

fn name(text: &str) -> DisplayName {
    DisplayName::parse(text).unwrap()
}

async fn caller(world: &World, workspace: WorkspaceId, user: UserId, grant: Grant) -> Caller {
    let role = world.workspaces.role_of(workspace, user).await.unwrap();
    let credential = Credential::Key(world.ids.next());
    Caller { workspace, user, credential, grant, role, email: None, backer: None }
}

async fn an_embedded_user_joins_once_is_renamed_and_takes_no_seat(world: World) {
    let ana = world.person("ana").await;
    let id = world.workspace(ana, "acme").await;
    let key = caller(&world, id, ana, Grant::Master).await;
    let (uma, ugo): (UserId, UserId) = (world.ids.next(), world.ids.next());
    let nodes = [world.workspaces.clone(), world.other_node()];
    let joins = (0..20).map(|at| nodes[at % 2].embed(&key, uma, name("Uma U.")));
    let joined = join_all(joins).await;
    assert!(joined.iter().all(|member| member.as_ref().unwrap().handle == "uma-u."), "{joined:?}");
    let other = world.workspaces.embed(&key, ugo, name("Uma U.")).await.unwrap();
    assert_eq!((other.handle.as_str(), other.role, other.embedded), ("uma-u.2", Role::Member, true));
    let renamed = world.workspaces.embed(&key, uma, name("Uma Ude")).await.unwrap();
    assert_eq!((renamed.display_name.as_str(), renamed.handle.as_str()), ("Uma Ude", "uma-u."));
    world.workspaces.remove(&key, uma).await.unwrap();
    assert_eq!(world.gate.seats().await.unwrap().used, 1);
    let again = world.workspaces.embed(&key, uma, name("Uma Ude")).await.unwrap();
    assert!(again.joined_seq > renamed.joined_seq);
    let slice = world.streams.read(id, id.uuid().into(), 1, 100).await.unwrap().unwrap();
    let told: Vec<_> = slice.entries.iter().map(|entry| Event::of(entry).unwrap()).collect();
    let joined = |user_id| Event::MemberJoined { user_id, role: Role::Member };
    let renamed = Event::MemberUpdated { user_id: uma, changed: vec!["display_name".to_owned()] };
    let left = Event::MemberLeft { user_id: uma, successor_id: None };
    assert_eq!(told, [joined(uma), joined(ugo), renamed, left, joined(uma)]);
    assert_eq!(world.gate.seats().await.unwrap().used, 1);
}

async fn who_runs_the_workspace_brings_users_in_and_makes_no_admins_of_them(world: World) {
    let ana = world.person("ana").await;
    let id = world.workspace(ana, "acme").await;
    let ben = world.member(ana, id, "ben", "member").await;
    let uma: UserId = world.ids.next();
    let member = caller(&world, id, ben, Grant::Full).await;
    let refused = world.workspaces.embed(&member, uma, name("Uma")).await.unwrap_err();
    assert_eq!(refused.code(), "workspace.insufficient_role");
    let owner = caller(&world, id, ana, Grant::Full).await;
    world.workspaces.embed(&owner, uma, name("Uma")).await.unwrap();
    for role in ["admin", "owner"] {
        let path = format!("/{id}/members/{uma}");
        let answer = world.patch(ana, &path, json!({ "role": role })).await;
        assert_eq!(answer.refusal(), (409, "member.is_embedded"));
    }
    let handed = world.post(ana, &format!("/{id}/transfer"), json!({ "user_id": uma })).await;
    assert_eq!(handed.refusal(), (409, "member.is_embedded"));
    assert_eq!(world.workspaces.role_of(id, ana).await.unwrap(), Role::Owner);
    let listed = world.get(ana, &format!("/{id}/members")).await.with(200);
    let listed = listed["items"].as_array().unwrap().iter().find(|one| one["user_id"] == json!(uma)).unwrap();
    assert_eq!((&listed["email"], &listed["role"]), (&json!(null), &json!("member")));
}

async fn a_key_runs_the_workspace_with_its_scope_and_hears_what_it_did(world: World) {
    let ana = world.person("ana").await;
    let id = world.workspace(ana, "acme").await;
    let ben = world.member(ana, id, "ben", "member").await;
    let with = |scopes: &[Scope]| Grant::Scoped(scopes.iter().copied().collect());
    let runs = caller(&world, id, ana, with(&[Scope::Admin])).await;
    let reads = caller(&world, id, ana, with(&[Scope::ChatRead, Scope::ChatSend])).await;
    let change = WorkspaceChange { slug: Some(Slug::parse("acme-2").unwrap()), ..Default::default() };
    let auditing = world.workspaces.audit();
    let refusals = [
        world.workspaces.view(&runs).await.map(drop),
        world.workspaces.members(&runs, None, 10).await.map(drop),
        world.workspaces.search(&runs, "ana", None, 10).await.map(drop),
        world.workspaces.update(&reads, change.clone()).await.map(drop),
        world.workspaces.set_role(&reads, ben, Role::Admin).await.map(drop),
        world.workspaces.remove(&reads, ben).await,
        world.workspaces.transfer(&reads, ben).await.map(drop),
        world.workspaces.delete_preview(&reads).await.map(drop),
        world.workspaces.delete(&reads).await,
        world.workspaces.embed(&reads, world.ids.next(), name("Uma")).await.map(drop),
    ];
    for refused in refusals {
        assert_eq!(refused.unwrap_err().code(), "key.missing_scope");
    }
    assert_eq!(world.workspaces.update(&runs, change).await.unwrap().slug, "acme-2");
    assert_eq!(world.workspaces.set_role(&runs, ben, Role::Admin).await.unwrap().member.role, Role::Admin);
    world.workspaces.remove(&runs, ben).await.unwrap();
    assert_eq!(world.workspaces.view(&reads).await.unwrap().slug, "acme-2");
    let cleo = world.member(ana, id, "cleo", "member").await;
    assert!(world.workspaces.delete_preview(&runs).await.is_ok());
    world.workspaces.transfer(&runs, cleo).await.unwrap();
    auditing.end().await;
    let log = world.audited(id).await.into_iter().filter(|entry| entry.outcome == Outcome::Denied);
    let mut denied: Vec<_> = log
        .map(|entry| {
            assert_eq!(entry.credential_kind.as_deref(), Some("key"));
            (entry.action, entry.count)
        })
        .collect();
    denied.sort();
    let expected = [
        ("key.manage", 1),
        ("workspace.delete", 2),
        ("workspace.manage_members", 2),
        ("workspace.transfer", 1),
        ("workspace.update", 1),
        ("workspace.view", 3),
    ];
    assert_eq!(denied, expected.map(|(action, count)| (action.to_owned(), count)));
}

async fn an_embedded_user_is_found_by_what_they_are_called_now(world: World) {
    let ana = world.person("ana").await;
    let id = world.workspace(ana, "acme").await;
    let key = caller(&world, id, ana, Grant::Master).await;
    let reader = caller(&world, id, ana, Grant::Full).await;
    let uma: UserId = world.ids.next();
    let found = async |search: &str| {
        let (found, _) = world.workspaces.search(&reader, search, None, 10).await.unwrap();
        found.iter().any(|one| one.member.id == uma)
    };
    world.workspaces.embed(&key, uma, name("Uma Ude")).await.unwrap();
    assert!(found("ude").await);
    world.workspaces.embed(&key, uma, name("Uma Oslo")).await.unwrap();
    // The handle stays as it was.
    assert_eq!([found("oslo").await, found("uma").await, found("uma-ude").await], [true; 3]);
    world.workspaces.remove(&key, uma).await.unwrap();
    assert!(!found("oslo").await);
    world.workspaces.embed(&key, uma, name("Uma Oslo")).await.unwrap();
    assert!(found("oslo").await);
}

async fn nobody_is_present_in_a_deleted_workspace(world: World) {
    let ana = world.person("ana").await;
    let id = world.workspace(ana, "acme").await;
    let key = caller(&world, id, ana, Grant::Master).await;
    let uma: UserId = world.ids.next();
    world.workspaces.embed(&key, uma, name("Uma")).await.unwrap();
    assert_eq!(world.workspaces.present(id, uma).await.unwrap().map(|member| member.id), Some(uma));
    assert_eq!(world.workspaces.present_among(id, [ana, uma]).await.unwrap().len(), 2);
    world.workspaces.delete(&key).await.unwrap();
    assert_eq!(world.workspaces.present(id, uma).await.unwrap(), None);
    assert_eq!(world.workspaces.present_among(id, [ana, uma]).await.unwrap(), []);
    assert_eq!(world.workspaces.role_of(id, uma).await.unwrap_err().code(), "workspace.not_found");
}

async fn an_embedded_user_inherits_no_workspace(world: World) {
    let ana = world.person("ana").await;
    let (id, alone) = (world.workspace(ana, "acme").await, world.workspace(ana, "alone").await);
    let uma: UserId = world.ids.next();
    for workspace in [id, alone] {
        let key = caller(&world, workspace, ana, Grant::Master).await;
        world.workspaces.embed(&key, uma, name("Uma")).await.unwrap();
    }
    let ben = world.member(ana, id, "ben", "member").await;
    world.workspaces.end_memberships(ana, Ending::Erased).await.unwrap();
    assert_eq!(world.workspaces.role_of(id, ben).await.unwrap(), Role::Owner);
    assert_eq!(world.workspaces.role_of(id, uma).await.unwrap(), Role::Member);
    // Where nobody else is left, there is nobody to leave it to.
    assert!(world.workspaces.resolve("alone").await.is_err());
}
