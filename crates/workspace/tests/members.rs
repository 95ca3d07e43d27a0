//! Members: add, list, remove, add again.

use serde_json::{Value, json};

use crate::support::{World, on_both};

on_both! {
    a_person_is_added_by_address_and_by_user,
    adding_a_member_again_answers_the_one_who_is_there,
    handles_are_wished_for_given_or_taken,
    members_are_listed_page_by_page_to_the_end,
    one_who_was_removed_is_gone_and_can_come_back,
}

async fn a_person_is_added_by_address_and_by_user(world: World) {
    let (ana, ben, cleo) = (world.person("ana").await, world.person("ben").await, world.person("cleo").await);
    let id = world.workspace(ana, "acme").await;
    let path = format!("/{id}/members");
    let added = world.post(ana, &path, json!({ "email": " BEN@Example.org" })).await.with(201);
    assert_eq!((&added["user_id"], &added["role"]), (&json!(ben), &json!("member")));
    let body = json!({ "user_id": cleo, "role": "admin", "handle": "c.leo", "display_name": " Cleo P. " });
    let added = world.post(ana, &path, body).await.with(201);
    let expected = json!({
        "user_id": cleo, "role": "admin", "handle": "c.leo", "display_name": "Cleo P.", "email": "cleo@example.org",
        "joined_at": "2026-11-21T09:30:00.000Z",
    });
    assert_eq!(added, expected);
    assert_eq!(world.get(cleo, "/acme").await.with(200)["role"], "admin");
}

async fn adding_a_member_again_answers_the_one_who_is_there(world: World) {
    let ana = world.person("ana").await;
    let id = world.workspace(ana, "acme").await;
    let ben = world.member(ana, id, "ben", "member").await;
    let body = json!({ "user_id": ben, "role": "admin", "handle": "other", "display_name": "Other" });
    let again = world.post(ana, &format!("/{id}/members"), body).await.with(200);
    assert_eq!(
        (&again["role"], &again["handle"], &again["display_name"]),
        (&json!("member"), &json!("ben"), &json!("ben"))
    );
}

async fn handles_are_wished_for_given_or_taken(world: World) {
    let ana = world.person("ana").await;
    let id = world.workspace(ana, "acme").await;
    let path = format!("/{id}/members");
    for (name, handle) in [("Ben", "ben"), ("ben!", "ben2"), ("x", "member"), ("日本", "member2")] {
        let user = world.person(name).await;
        let mut person = world.workspaces.people().get(user).await.unwrap().unwrap();
        person.handle_wish = Some(name.to_owned());
        world.workspaces.people().upsert(&person).await.unwrap();
        let added = world.post(ana, &path, json!({ "user_id": user })).await.with(201);
        assert_eq!(added["handle"], handle);
    }
    let dan = world.person("dan").await;
    let taken = world.post(ana, &path, json!({ "user_id": dan, "handle": "ben" })).await;
    assert_eq!(taken.refusal(), (409, "member.handle_taken"));
    // Another workspace's handles are its own.
    let other = world.workspace(ana, "other").await;
    let body = json!({ "user_id": dan, "handle": "ben" });
    world.post(ana, &format!("/{other}/members"), body).await.with(201);
}

async fn members_are_listed_page_by_page_to_the_end(world: World) {
    let ana = world.person("ana").await;
    let id = world.workspace(ana, "acme").await;
    let mut users = vec![ana.to_string()];
    for number in 0..11 {
        users.push(world.member(ana, id, &format!("user{number}"), "member").await.to_string());
    }
    users.sort();
    let (mut seen, mut next) = (Vec::new(), String::new());
    loop {
        let page = world.get(ana, &format!("/{id}/members?limit=4{next}")).await.with(200);
        assert!(page["items"].as_array().unwrap().len() <= 4);
        seen.extend(
            page["items"]
                .as_array()
                .unwrap()
                .iter()
                .map(|member| member["user_id"].as_str().unwrap().to_owned()),
        );
        match &page["next"] {
            Value::String(after) => next = format!("&after={after}"),
            end => break assert_eq!(*end, Value::Null),
        }
    }
    assert_eq!(seen, users);
}

async fn one_who_was_removed_is_gone_and_can_come_back(world: World) {
    let ana = world.person("ana").await;
    let id = world.workspace(ana, "acme").await;
    let ben = world.member(ana, id, "ben", "admin").await;
    let path = format!("/{id}/members/{ben}");
    world.delete(ana, &path).await.with(204);
    assert_eq!(world.delete(ana, &path).await.refusal(), (404, "member.not_found"));
    assert_eq!(
        world.patch(ana, &path, json!({ "role": "member" })).await.refusal(),
        (404, "member.not_found")
    );
    assert_eq!(world.get(ben, "/acme").await.refusal(), (404, "workspace.not_found"));
    assert_eq!(world.get(ben, "").await.with(200)["items"], json!([]));
    let listed = world.get(ana, &format!("/{id}/members")).await.with(200);
    assert_eq!(listed["items"].as_array().unwrap().len(), 1);
    // What they said keeps its name; the handle is free.
    let names = world.workspaces.names(id, [ben]).await.unwrap();
    assert_eq!((names[0].display_name.as_str(), &names[0].handle), ("ben", &None));
    let body = json!({ "user_id": world.person("new").await, "handle": "ben" });
    world.post(ana, &format!("/{id}/members"), body).await.with(201);
    let back = world.post(ana, &format!("/{id}/members"), json!({ "user_id": ben })).await.with(201);
    assert_eq!((&back["role"], &back["handle"]), (&json!("member"), &json!("ben2")));
    assert_eq!(world.get(ben, "/acme").await.with(200)["role"], "member");
}
