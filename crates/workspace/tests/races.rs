//! What several do at once, on one node and on two.

use futures::future::join_all;
use parlance_base::UserId;
use serde_json::json;

use crate::support::{World, on_both};

on_both! {
    a_slug_is_taken_once,
    a_person_added_twenty_times_at_once_is_one_member,
    a_handle_is_given_once,
    two_admins_who_demote_each_other_leave_one,
    two_owners_who_step_down_at_once_leave_one,
    two_owners_who_leave_at_once_leave_one,
    many_workspaces_that_add_the_same_person_count_one_seat,
}

/// So many people, each with a name of their own.
async fn people(world: &World, count: usize) -> Vec<UserId> {
    let mut people = Vec::new();
    for number in 0..count {
        people.push(world.person(&format!("person{number}")).await);
    }
    people
}

async fn a_slug_is_taken_once(world: World) {
    let nodes = [world.workspaces.clone(), world.other_node()];
    let body = json!({ "name": "Acme", "slug": "acme" });
    let makes = people(&world, 8).await.into_iter().enumerate().map(|(at, who)| {
        let (world, node, body) = (&world, &nodes[at % 2], Some(body.to_string()));
        async move { world.call_node(node, &who.to_string(), "POST", "", body).await }
    });
    let answers = join_all(makes).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 201).count(), 1, "{answers:?}");
    assert!(
        answers
            .iter()
            .all(|answer| answer.status == 201 || answer.refusal() == (409, "workspace.slug_taken"))
    );
}

async fn a_person_added_twenty_times_at_once_is_one_member(world: World) {
    let nodes = [world.workspaces.clone(), world.other_node()];
    let (ana, ben) = (world.person("ana").await, world.person("ben").await);
    let path = format!("/{}/members", world.workspace(ana, "acme").await);
    let adds = (0..20).map(|at| {
        let (body, who) = (json!({ "user_id": ben }).to_string(), ana.to_string());
        let (world, node, path) = (&world, &nodes[at % 2], &path);
        async move { world.call_node(node, &who, "POST", path, Some(body)).await }
    });
    let answers = join_all(adds).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 201).count(), 1, "{answers:?}");
    assert!(
        answers.iter().all(|answer| answer.status < 300 && answer.body == answers[0].body),
        "{answers:?}"
    );
    assert_eq!(world.gate.seats().await.unwrap().used, 2);
}

async fn a_handle_is_given_once(world: World) {
    let ana = world.person("ana").await;
    let path = format!("/{}/members", world.workspace(ana, "acme").await);
    let people = people(&world, 12).await;
    // Half of them insist on it, the others would like it and take another.
    for user in &people[6..] {
        let mut person = world.workspaces.people().get(*user).await.unwrap().unwrap();
        person.handle_wish = Some("ben".to_owned());
        world.workspaces.people().upsert(&person).await.unwrap();
    }
    let adds = people.iter().enumerate().map(|(at, user)| {
        let insists = json!({ "user_id": user, "handle": "ben" });
        world.post(ana, &path, if at < 6 { insists } else { json!({ "user_id": user }) })
    });
    let answers = join_all(adds).await;
    let (insisted, wished) = answers.split_at(6);
    assert!(wished.iter().all(|answer| answer.status == 201), "{wished:?}");
    assert!(
        insisted
            .iter()
            .all(|answer| answer.status == 201 || answer.refusal() == (409, "member.handle_taken"))
    );
    let mut handles: Vec<_> = answers.iter().filter_map(|answer| answer.body["handle"].as_str()).collect();
    handles.sort_unstable();
    assert!(handles.contains(&"ben") && handles.windows(2).all(|pair| pair[0] != pair[1]), "{handles:?}");
}

async fn two_admins_who_demote_each_other_leave_one(world: World) {
    let nodes = [world.workspaces.clone(), world.other_node()];
    let owner = world.person("owner").await;
    let id = world.workspace(owner, "acme").await;
    let admins = [world.member(owner, id, "a", "admin").await, world.member(owner, id, "b", "admin").await];
    let demote = |by: usize| {
        let (path, body) =
            (format!("/{id}/members/{}", admins[1 - by]), json!({ "role": "member" }).to_string());
        let (world, node, who) = (&world, &nodes[by], admins[by].to_string());
        async move { world.call_node(node, &who, "PATCH", &path, Some(body)).await }
    };
    let (first, second) = tokio::join!(demote(0), demote(1));
    let mut statuses = [first.status, second.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 403], "{first:?} {second:?}");
}

async fn two_owners_who_step_down_at_once_leave_one(world: World) {
    let nodes = [world.workspaces.clone(), world.other_node()];
    let first = world.person("first").await;
    let id = world.workspace(first, "acme").await;
    let owners = [first, world.member(first, id, "second", "owner").await];
    let step_down = |by: usize| {
        let (path, body) = (format!("/{id}/members/{}", owners[by]), json!({ "role": "admin" }).to_string());
        let (world, node, who) = (&world, &nodes[by], owners[by].to_string());
        async move { world.call_node(node, &who, "PATCH", &path, Some(body)).await }
    };
    let (one, other) = tokio::join!(step_down(0), step_down(1));
    let mut statuses = [one.status, other.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409], "{one:?} {other:?}");
}

async fn two_owners_who_leave_at_once_leave_one(world: World) {
    let nodes = [world.workspaces.clone(), world.other_node()];
    for round in 0..5 {
        let first = world.person(&format!("first{round}")).await;
        let id = world.workspace(first, &format!("ws-{round}")).await;
        let owners = [first, world.member(first, id, &format!("second{round}"), "owner").await];
        let leave = |by: usize| {
            let (world, node, who) = (&world, &nodes[by], owners[by].to_string());
            async move { world.call_node(node, &who, "POST", &format!("/{id}/leave"), None).await }
        };
        let (one, other) = tokio::join!(leave(0), leave(1));
        let mut statuses = [one.status, other.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [204, 409], "{one:?} {other:?}");
    }
}

async fn many_workspaces_that_add_the_same_person_count_one_seat(world: World) {
    let nodes = [world.workspaces.clone(), world.other_node()];
    let (ana, ben) = (world.person("ana").await, world.person("ben").await);
    let mut made = Vec::new();
    for number in 0..10 {
        made.push(world.workspace(ana, &format!("ws-{number}")).await);
    }
    let each = |method: &'static str, rest: String, body: Option<String>| {
        let (world, nodes, made, who) = (&world, &nodes, &made, ana.to_string());
        async move {
            let calls = made.iter().enumerate().map(|(at, id)| {
                let (who, body, path) = (who.clone(), body.clone(), format!("/{id}/members{rest}"));
                async move { world.call_node(&nodes[at % 2], &who, method, &path, body).await.status }
            });
            join_all(calls).await
        }
    };
    let added = each("POST", String::new(), Some(json!({ "user_id": ben }).to_string())).await;
    assert_eq!(added, [201; 10]);
    assert_eq!(world.gate.seats().await.unwrap().used, 2);
    assert_eq!(world.get(ben, "").await.with(200)["items"].as_array().unwrap().len(), 10);
    assert_eq!(each("DELETE", format!("/{ben}"), None).await, [204; 10]);
    assert_eq!(world.gate.seats().await.unwrap().used, 1);
}
