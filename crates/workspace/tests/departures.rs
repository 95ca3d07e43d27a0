//! Going: by leaving, by being removed, and because the installation does not know one any more.

use futures::future::join_all;
use parlance_base::{Role, UserId, WorkspaceId};
use parlance_store::{
    Find,
    job::{JOBS, Job},
};
use parlance_workspace::{Departed, Ending};
use serde_json::{Value, json};

use crate::support::{World, on_both};

on_both! {
    a_member_leaves_and_the_last_owner_does_not,
    every_end_of_a_membership_asks_others_to_follow,
    ownership_passes_to_the_longest_standing_admin_and_then_member,
    a_workspace_without_anybody_else_is_deleted_with_who_was_erased_and_stays_with_who_was_deactivated,
    two_owners_who_are_deactivated_at_once_leave_an_owner,
}

async fn role_in(world: &World, workspace: WorkspaceId, user: UserId) -> Option<Role> {
    world.workspaces.role_of(workspace, user).await.ok()
}

async fn jobs(world: &World) -> Vec<Job> {
    let field = JOBS.indexes[0].fields[0];
    world.store.system().find::<Job>(Find::new([field.is("ready")])).await.unwrap()
}

async fn a_member_leaves_and_the_last_owner_does_not(world: World) {
    let ana = world.person("ana").await;
    let id = world.workspace(ana, "acme").await;
    let [guest, ben] =
        [world.member(ana, id, "guest", "guest").await, world.member(ana, id, "ben", "member").await];
    let leave = format!("/{id}/leave");
    for who in [guest, ben] {
        world.call(who, "POST", &leave, None).await.with(204);
        assert_eq!(world.call(who, "POST", &leave, None).await.refusal(), (404, "workspace.not_found"));
        assert_eq!(world.get(who, "").await.with(200)["items"], json!([]));
    }
    assert_eq!(world.call(ana, "POST", &leave, None).await.refusal(), (409, "workspace.last_owner"));
    assert_eq!(world.gate.seats().await.unwrap().used, 1);
}

async fn every_end_of_a_membership_asks_others_to_follow(world: World) {
    let ana = world.person("ana").await;
    let id = world.workspace(ana, "acme").await;
    let mut gone = Vec::new();
    for (number, how) in ["leave", "remove", "end"].into_iter().enumerate() {
        let user = world.member(ana, id, how, "member").await;
        match number {
            0 => drop(world.call(user, "POST", &format!("/{id}/leave"), None).await.with(204)),
            1 => drop(world.delete(ana, &format!("/{id}/members/{user}")).await.with(204)),
            _ => world.workspaces.end_memberships(user, Ending::Deactivated).await.unwrap(),
        }
        gone.push(user);
    }
    let jobs = jobs(&world).await;
    assert!(jobs.iter().all(|job| job.workspace_id == id));
    let mut told: Vec<UserId> = jobs.iter().map(|job| Departed::of(job).unwrap().user_id).collect();
    told.sort();
    gone.sort();
    assert_eq!(told, gone);
}

async fn ownership_passes_to_the_longest_standing_admin_and_then_member(world: World) {
    let ana = world.person("ana").await;
    let id = world.workspace(ana, "acme").await;
    let _guest = world.member(ana, id, "guest", "guest").await;
    let older = world.member(ana, id, "older", "member").await;
    let newer = world.member(ana, id, "newer", "member").await;
    let admin = world.member(ana, id, "admin", "admin").await;
    world.workspaces.end_memberships(ana, Ending::Deactivated).await.unwrap();
    world.workspaces.end_memberships(ana, Ending::Deactivated).await.unwrap();
    assert_eq!([role_in(&world, id, ana).await, role_in(&world, id, admin).await], [None, Some(Role::Owner)]);
    let slice = world.streams.read(id, id.uuid().into(), 5, 100).await.unwrap().unwrap();
    let [entry] = &slice.entries[..] else { panic!("one step: {:?}", slice.entries) };
    assert_eq!(
        (entry.kind.as_str(), &entry.data),
        ("member.left", &json!({ "user_id": ana, "successor_id": admin }))
    );
    world.workspaces.end_memberships(admin, Ending::Erased).await.unwrap();
    assert_eq!(role_in(&world, id, older).await, Some(Role::Owner));
    assert_eq!(role_in(&world, id, newer).await, Some(Role::Member));
    // The one who owns it now is the last owner that others were.
    assert_eq!(world.call(older, "POST", &format!("/{id}/leave"), None).await.status, 409);
}

async fn a_workspace_without_anybody_else_is_deleted_with_who_was_erased_and_stays_with_who_was_deactivated(
    world: World,
) {
    let ana = world.person("ana").await;
    let id = world.workspace(ana, "acme").await;
    world.member(ana, id, "guest", "guest").await;
    world.workspaces.end_memberships(ana, Ending::Deactivated).await.unwrap();
    assert_eq!(role_in(&world, id, ana).await, Some(Role::Owner));
    world.workspaces.end_memberships(ana, Ending::Erased).await.unwrap();
    let slice = world.streams.read(id, id.uuid().into(), 2, 100).await.unwrap().unwrap();
    assert_eq!((slice.entries.len(), slice.entries[0].kind.as_str()), (1, "workspace.deleted"));
    let other = world.person("other").await;
    let made = world.post(other, "", json!({ "name": "Acme", "slug": "acme" })).await.with(201);
    assert_ne!(made["id"], Value::from(id.to_string()));
}

async fn two_owners_who_are_deactivated_at_once_leave_an_owner(world: World) {
    let nodes = [world.workspaces.clone(), world.other_node()];
    for round in 0..5 {
        let first = world.person(&format!("first{round}")).await;
        let id = world.workspace(first, &format!("ws-{round}")).await;
        let second = world.member(first, id, &format!("second{round}"), "owner").await;
        let third = world.member(first, id, &format!("third{round}"), "member").await;
        let ends = [first, second].into_iter().zip(&nodes);
        let ends = ends.map(|(user, node)| node.end_memberships(user, Ending::Deactivated));
        assert!(join_all(ends).await.into_iter().all(|ended| ended.is_ok()));
        let roles = [first, second, third].map(|user| role_in(&world, id, user));
        assert_eq!(join_all(roles).await, [None, None, Some(Role::Owner)]);
    }
}
