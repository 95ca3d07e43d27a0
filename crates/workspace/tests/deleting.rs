//! Deleting a workspace: gone at once, counted before, removed after a while, and nothing else with it.

use std::time::Duration;

use futures::future::join_all;
use parlance_base::{CallerRef, Check, Credential, Revocation, Role, UserId, WorkspaceId};
use parlance_store::{
    Find, ID,
    job::{Job, State},
};
use parlance_workspace::{Followers, KEEP_DELETED, revocations};
use serde_json::json;
use tokio::time::timeout;

use crate::support::{World, eventually, on_both};

on_both! {
    a_deleted_workspace_is_gone_for_everybody_and_its_slug_is_free,
    another_node_knows_of_the_deletion_within_five_seconds,
    only_owners_delete_and_see_what_goes,
    seats_are_given_back_and_all_data_goes_after_a_while_and_nothing_of_others,
    what_comes_at_the_same_time_as_a_deletion_is_before_it_or_refused,
}

async fn a_deleted_workspace_is_gone_for_everybody_and_its_slug_is_free(world: World) {
    let ana = world.person("ana").await;
    let id = world.workspace(ana, "acme").await;
    let ben = world.member(ana, id, "ben", "admin").await;
    world.get(ben, "/acme").await.with(200);
    let mut news = world.streams.committed();
    world.delete(ana, "/acme").await.with(204);
    assert_eq!(revocations(&news.try_recv().unwrap()), [Revocation::Workspace(id)]);
    for who in [ana, ben] {
        for path in ["/acme".to_owned(), format!("/{id}"), format!("/{id}/members"), format!("/~{id}")] {
            assert_eq!(world.get(who, &path).await.refusal(), (404, "workspace.not_found"), "{path}");
        }
        assert_eq!(world.get(who, "").await.with(200)["items"], json!([]));
    }
    assert_eq!(world.delete(ana, &format!("/{id}")).await.refusal(), (404, "workspace.not_found"));
    let checks = world.workspaces.revalidate(&[caller(id, ana), caller(id, ben)]).await.unwrap();
    assert_eq!(checks, [Check::NotAllowed; 2]);
    let made = world.post(ben, "", json!({ "name": "Acme", "slug": "acme" })).await.with(201);
    assert_ne!(made["id"], json!(id));
    let members = world.get(ben, "/acme/members").await.with(200);
    assert_eq!(members["items"].as_array().unwrap().len(), 1, "nothing of the old one");
}

async fn another_node_knows_of_the_deletion_within_five_seconds(world: World) {
    let other = world.other_node();
    let ana = world.person("ana").await;
    let id = world.workspace(ana, "acme").await;
    other.role_of(id, ana).await.unwrap();
    world.delete(ana, "/acme").await.with(204);
    assert_eq!(other.revalidate(&[caller(id, ana)]).await.unwrap(), [Check::NotAllowed], "sockets at once");
    let knows = eventually("requests too", async || other.role_of(id, ana).await.is_err());
    timeout(Duration::from_secs(5), knows).await.unwrap();
}

async fn only_owners_delete_and_see_what_goes(world: World) {
    let ana = world.person("ana").await;
    let id = world.workspace(ana, "acme").await;
    let admin = world.member(ana, id, "admin", "admin").await;
    for answer in [world.delete(admin, "/acme").await, world.get(admin, "/acme/delete-preview").await] {
        assert_eq!(answer.refusal(), (403, "workspace.insufficient_role"));
    }
    let none = json!({ "count": 0, "capped": false });
    let expected = json!({ "members": { "count": 2, "capped": false }, "groups": none, "messages": none });
    assert_eq!(world.get(ana, "/acme/delete-preview").await.with(200), expected);
}

async fn seats_are_given_back_and_all_data_goes_after_a_while_and_nothing_of_others(world: World) {
    let ana = world.person("ana").await;
    let (id, kept) = (world.workspace(ana, "acme").await, world.workspace(ana, "kept").await);
    for number in 0..60 {
        world.member(ana, id, &format!("m{number}"), if number % 7 == 0 { "guest" } else { "member" }).await;
    }
    let ben = world.member(ana, kept, "ben", "member").await;
    let before = everything(&world, kept).await;
    let _worker = world.worker(Followers::default(), KEEP_DELETED);
    // Whose time comes first: once it is gone, all was looked at that could be due by then.
    let sooner = world.workspace(ana, "sooner").await;
    world.delete(ana, "/sooner").await.with(204);
    world.clock.advance(Duration::from_secs(60));
    world.delete(ana, "/acme").await.with(204);
    eventually("every seat but two is given back", async || world.gate.seats().await.unwrap().used == 2)
        .await;
    eventually("both wait for their time", async || jobs(&world).await == [State::Waiting; 2]).await;
    assert!(world.size(id).await > 100, "kept for a while");
    world.clock.advance(KEEP_DELETED - Duration::from_secs(60));
    eventually("the first is gone", async || world.size(sooner).await == 0).await;
    eventually("the second waits", async || jobs(&world).await == [State::Waiting]).await;
    assert!(world.size(id).await > 100, "not before its time");
    world.clock.advance(Duration::from_secs(61));
    eventually("nothing is left", async || world.size(id).await == 0).await;
    eventually("no job is left", async || jobs(&world).await.is_empty()).await;
    assert_eq!(everything(&world, kept).await, before);
    assert_eq!(world.get(ben, "/kept").await.with(200)["role"], "member");
    world.workspaces.anonymise(ana).await.unwrap();
}

/// The owner's connection, whoever that is.
fn caller(workspace: WorkspaceId, user: UserId) -> CallerRef {
    CallerRef {
        workspace,
        user,
        credential: Credential::SignIn(user.uuid().into()),
        role: Role::Owner,
        backer: None,
    }
}

/// The states of all jobs, of whatever workspace.
async fn jobs(world: &World) -> Vec<State> {
    let all = Find::new([]).ascending(ID);
    let jobs = world.store.system().find::<Job>(all).await.unwrap();
    jobs.iter().map(|job| job.state).collect()
}

/// All documents of the workspace.
async fn everything(world: &World, workspace: WorkspaceId) -> Vec<parlance_store::Document> {
    let mut all = Vec::new();
    for collection in world.store.collections() {
        if collection.home == parlance_store::Home::Workspace {
            all.extend(world.documents(workspace, collection).await);
        }
    }
    all
}

async fn what_comes_at_the_same_time_as_a_deletion_is_before_it_or_refused(world: World) {
    let nodes = [world.workspaces.clone(), world.other_node()];
    let _worker = world.worker(Followers::default(), Duration::ZERO);
    for round in 0..3 {
        let ana = world.person(&format!("ana{round}")).await;
        let id = world.workspace(ana, &format!("ws-{round}")).await;
        let mut people = Vec::new();
        for number in 0..6 {
            people.push(world.person(&format!("p{round}-{number}")).await);
        }
        let adds = people.iter().enumerate().map(|(at, user)| {
            let (world, node, path) = (&world, &nodes[at % 2], format!("/{id}/members"));
            let (who, body) = (ana.to_string(), json!({ "user_id": user }).to_string());
            async move { world.call_node(node, &who, "POST", &path, Some(body)).await }
        });
        let delete = format!("/{id}");
        let (added, deleted) = tokio::join!(join_all(adds), world.delete(ana, &delete));
        deleted.with(204);
        for answer in added {
            assert!([201, 404].contains(&answer.status), "{answer:?}");
        }
        eventually("nothing is left", async || world.size(id).await == 0).await;
        eventually("no seat is taken", async || world.gate.seats().await.unwrap().used == 0).await;
    }
}
