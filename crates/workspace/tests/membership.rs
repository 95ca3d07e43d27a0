//! What auth and chat ask: which workspace, as what, whether still, and by what name.

use parlance_base::{CallerRef, Check, Credential, Role};
use serde_json::json;

use crate::support::{World, on_both};

on_both! {
    a_role_is_told_to_members_only,
    the_only_workspace_is_known_while_it_is_the_only_one,
    a_workspace_is_resolved_by_id_and_by_slug,
    memberships_are_looked_at_again_in_the_order_asked,
    names_are_told_of_those_who_are_or_were_there,
}

async fn a_role_is_told_to_members_only(world: World) {
    let (ana, eve) = (world.person("ana").await, world.person("eve").await);
    let id = world.workspace(ana, "acme").await;
    assert_eq!(world.workspaces.role_of(id, ana).await.unwrap(), Role::Owner);
    for (workspace, user) in [(id, eve), (world.ids.next(), ana)] {
        let refused = world.workspaces.role_of(workspace, user).await.unwrap_err();
        assert_eq!(refused.code(), "workspace.not_found");
    }
}

async fn the_only_workspace_is_known_while_it_is_the_only_one(world: World) {
    let ana = world.person("ana").await;
    let refused = world.workspaces.asked_for(None, ana).await.unwrap_err();
    assert_eq!(refused.code(), "workspace.required");
    let id = world.workspace(ana, "acme").await;
    assert_eq!(world.workspaces.asked_for(None, ana).await.unwrap(), id);
    world.workspace(ana, "other").await;
    let refused = world.workspaces.asked_for(None, ana).await.unwrap_err();
    assert_eq!(refused.code(), "workspace.required");
    assert_eq!(world.workspaces.asked_for(Some("acme"), ana).await.unwrap(), id);
}

async fn a_workspace_is_resolved_by_id_and_by_slug(world: World) {
    let ana = world.person("ana").await;
    let id = world.workspace(ana, "acme").await;
    for named in [id.to_string().as_str(), "acme"] {
        assert_eq!(world.workspaces.resolve(named).await.unwrap(), id);
    }
    for named in ["", "nothing", "ACME", "acme\0"] {
        assert_eq!(
            world.workspaces.resolve(named).await.unwrap_err().code(),
            "workspace.not_found",
            "{named:?}"
        );
    }
}

async fn memberships_are_looked_at_again_in_the_order_asked(world: World) {
    let ana = world.person("ana").await;
    let (first, second) = (world.workspace(ana, "first").await, world.workspace(ana, "second").await);
    let ben = world.member(ana, first, "ben", "member").await;
    let gone = world.member(ana, first, "gone", "member").await;
    world.delete(ana, &format!("/{first}/members/{gone}")).await.with(204);
    let (good, changed, not_allowed) = (Check::Good, Check::Changed, Check::NotAllowed);
    let credential = Credential::SignIn(world.ids.next());
    let (asked, expected): (Vec<CallerRef>, Vec<Check>) = [
        (first, gone, Role::Member, not_allowed),
        (first, ben, Role::Member, good),
        (second, ben, Role::Member, not_allowed),
        (second, ana, Role::Owner, good),
        (first, ana, Role::Owner, good),
        (world.ids.next(), ana, Role::Owner, not_allowed),
        (first, ben, Role::Admin, changed),
        (first, ben, Role::Guest, changed),
    ]
    .into_iter()
    .map(|(workspace, user, role, check)| {
        (CallerRef { workspace, user, credential, role, backer: None }, check)
    })
    .unzip();
    assert_eq!(world.workspaces.revalidate(&asked).await.unwrap(), expected);
    assert!(world.workspaces.revalidate(&[]).await.unwrap().is_empty());
}

async fn names_are_told_of_those_who_are_or_were_there(world: World) {
    let ana = world.person("ana").await;
    let id = world.workspace(ana, "acme").await;
    let body = json!({ "user_id": world.person("ben").await, "display_name": "Ben B.", "handle": "benb" });
    let added = world.post(ana, &format!("/{id}/members"), body).await.with(201);
    let ben = added["user_id"].as_str().unwrap().parse().unwrap();
    let mut names = world.workspaces.names(id, [ana, ben, world.ids.next()]).await.unwrap();
    names.sort_by_key(|name| name.user);
    let told: Vec<_> =
        names.iter().map(|name| (name.display_name.as_str(), name.handle.as_deref())).collect();
    assert_eq!(told, [("ana", Some("ana")), ("Ben B.", Some("benb"))]);
}
