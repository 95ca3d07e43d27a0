//! Finding members, and what they are called.

use parlance_base::{UserId, WorkspaceId};
use parlance_workspace::Ending;
use serde_json::{Value, json};

use crate::support::{World, on_both};

on_both! {
    members_are_found_by_the_beginning_of_any_word_without_case_and_accents,
    a_search_pages_to_its_end_and_finds_everybody_once,
    guests_and_others_find_nobody,
    who_goes_is_found_no_more_and_who_comes_back_is,
    members_call_themselves_what_they_like,
    a_handle_is_taken_once_by_those_who_want_it,
    a_name_is_taken_away_everywhere,
}

async fn found(world: &World, who: UserId, id: WorkspaceId, search: &str) -> Vec<String> {
    let page = world.get(who, &format!("/{id}/users?search={search}")).await.with(200);
    assert_eq!(page["next"], Value::Null);
    let name = |member: &Value| member["display_name"].as_str().unwrap().to_owned();
    page["items"].as_array().unwrap().iter().map(name).collect()
}

/// A member who is called this.
async fn called(world: &World, by: UserId, id: WorkspaceId, address: &str, name: &str) -> UserId {
    let user = world.person(address).await;
    let body = json!({ "user_id": user, "display_name": name });
    world.post(by, &format!("/{id}/members"), body).await.with(201);
    user
}

async fn members_are_found_by_the_beginning_of_any_word_without_case_and_accents(world: World) {
    let ana = world.person("ana").await;
    let id = world.workspace(ana, "acme").await;
    called(&world, ana, id, "unal.z", "Ünal Öz").await;
    called(&world, ana, id, "uma", "Uma Thurston").await;
    called(&world, ana, id, "b.lee", "李小龍").await;
    for (search, names) in [
        ("unal", vec!["Ünal Öz"]),
        ("%C3%96", vec!["Ünal Öz"]),
        ("U", vec!["Uma Thurston", "Ünal Öz"]),
        ("thu%20uma", vec!["Uma Thurston"]),
        ("uma%20oz", vec![]),
        ("lee", vec!["李小龍"]),
        ("%E6%9D%8E", vec!["李小龍"]),
        ("example", vec![]),
        ("%21%3F", vec![]),
    ] {
        assert_eq!(found(&world, ana, id, search).await, names, "{search}");
    }
    assert_eq!(found(&world, ana, id, "").await.len(), 4, "who looks for nobody sees all");
    let long = format!("/{id}/users?search={}", "a".repeat(201));
    assert_eq!(world.get(ana, &long).await.refusal(), (422, "search.too_long"));
}

async fn a_search_pages_to_its_end_and_finds_everybody_once(world: World) {
    let ana = world.person("owner").await;
    let id = world.workspace(ana, "acme").await;
    for number in 0..9 {
        // Each of them has several words that begin so.
        called(&world, ana, id, &format!("max{number}"), &format!("Max Maxim{number} Mayer")).await;
    }
    let (mut seen, mut next) = (Vec::new(), String::new());
    loop {
        let page = world.get(ana, &format!("/{id}/users?search=ma&limit=4{next}")).await.with(200);
        let items = page["items"].as_array().unwrap();
        assert!(items.len() <= 4);
        seen.extend(items.iter().map(|member| member["user_id"].as_str().unwrap().to_owned()));
        match &page["next"] {
            Value::String(after) => next = format!("&after={}", after.replace(' ', "%20")),
            _ => break,
        }
    }
    let all = seen.len();
    seen.sort();
    seen.dedup();
    assert_eq!((all, seen.len()), (9, 9));
}

async fn guests_and_others_find_nobody(world: World) {
    let ana = world.person("ana").await;
    let id = world.workspace(ana, "acme").await;
    let guest = world.member(ana, id, "guest", "guest").await;
    let path = format!("/{id}/users?search=ana");
    assert_eq!(world.get(guest, &path).await.refusal(), (403, "workspace.insufficient_role"));
    let eve = world.person("eve").await;
    let other = world.workspace(eve, "other").await;
    assert_eq!(world.get(eve, &path).await.refusal(), (404, "workspace.not_found"));
    assert!(found(&world, eve, other, "ana").await.is_empty());
}

async fn who_goes_is_found_no_more_and_who_comes_back_is(world: World) {
    let ana = world.person("ana").await;
    let id = world.workspace(ana, "acme").await;
    let ben = called(&world, ana, id, "ben", "Ben").await;
    world.delete(ana, &format!("/{id}/members/{ben}")).await.with(204);
    assert!(found(&world, ana, id, "ben").await.is_empty());
    world
        .post(ana, &format!("/{id}/members"), json!({ "user_id": ben, "display_name": "Bob" }))
        .await
        .with(201);
    assert_eq!(found(&world, ana, id, "bo").await, ["Bob"]);
    world.call(ben, "POST", &format!("/{id}/leave"), None).await.with(204);
    assert!(found(&world, ana, id, "bo").await.is_empty());
}

async fn members_call_themselves_what_they_like(world: World) {
    let ana = world.person("ana").await;
    let id = world.workspace(ana, "acme").await;
    let guest = world.member(ana, id, "guest", "guest").await;
    let me = format!("/{id}/members/me");
    let renamed = world.patch(guest, &me, json!({ "display_name": "Gus", "handle": "gus" })).await.with(200);
    assert_eq!((&renamed["display_name"], &renamed["handle"]), (&json!("Gus"), &json!("gus")));
    assert_eq!(found(&world, ana, id, "gus").await, ["Gus"]);
    assert_eq!(found(&world, ana, id, "guest").await, ["Gus"], "their address is what it was");
    let taken = world.patch(guest, &me, json!({ "handle": "ana" })).await;
    assert_eq!(taken.refusal(), (409, "member.handle_taken"));
    let invalid = world.patch(guest, &me, json!({ "display_name": " " })).await;
    assert_eq!(invalid.refusal(), (422, "name.invalid"));
    world.patch(guest, &me, json!({ "handle": "gus" })).await.with(200);
    let slice = world.streams.read(id, id.uuid().into(), 2, 100).await.unwrap().unwrap();
    let told: Vec<_> = slice.entries.iter().map(|entry| (entry.kind.as_str(), &entry.data)).collect();
    let changed = json!({ "user_id": guest, "changed": ["display_name", "handle"] });
    assert_eq!(told, [("member.updated", &changed)]);
}

async fn a_handle_is_taken_once_by_those_who_want_it(world: World) {
    let nodes = [world.workspaces.clone(), world.other_node()];
    let ana = world.person("ana").await;
    let id = world.workspace(ana, "acme").await;
    let mut members = Vec::new();
    for number in 0..6 {
        members.push(world.member(ana, id, &format!("m{number}"), "member").await.to_string());
    }
    let renames = members.iter().enumerate().map(|(at, who)| {
        let (world, node, path) = (&world, &nodes[at % 2], format!("/{id}/members/me"));
        let body = Some(json!({ "handle": "the-one" }).to_string());
        async move { world.call_node(node, who, "PATCH", &path, body).await }
    });
    let answers = futures::future::join_all(renames).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1, "{answers:?}");
    let refused = (409, "member.handle_taken");
    assert!(answers.iter().all(|answer| answer.status == 200 || answer.refusal() == refused));
}

async fn a_name_is_taken_away_everywhere(world: World) {
    let (ana, ben) = (world.person("ana").await, world.person("ben").await);
    let [one, two] = [world.workspace(ana, "one").await, world.workspace(ana, "two").await];
    for id in [one, two] {
        world.post(ana, &format!("/{id}/members"), json!({ "user_id": ben })).await.with(201);
    }
    world.delete(ana, &format!("/{one}/members/{ben}")).await.with(204);
    world.workspaces.end_memberships(ben, Ending::Erased).await.unwrap();
    for _ in 0..2 {
        world.workspaces.anonymise(ben).await.unwrap();
    }
    for id in [one, two] {
        let names = world.workspaces.names(id, [ben]).await.unwrap();
        assert_eq!((names[0].display_name.as_str(), &names[0].handle), ("deleted user", &None));
        let rows = world
            .documents(id, world.store.collections().iter().find(|held| held.name == "members").unwrap());
        let rows = serde_json::to_string(&rows.await).unwrap();
        assert!(!rows.contains("\"ben\""), "{rows}");
        assert!(found(&world, ana, id, "ben").await.is_empty());
    }
}
