//! Workspaces: make, list, see, change.

use parlance_base::Role;
use serde_json::{Value, json};

use crate::support::{World, on_both};

on_both! {
    a_workspace_is_made_with_its_creator_as_owner,
    making_it_again_answers_the_same_and_others_are_told_it_is_taken,
    it_is_found_by_id_and_by_slug,
    its_name_and_slug_change_and_the_old_slug_is_free,
    one_sees_all_of_ones_workspaces_page_by_page,
    a_creator_whom_nobody_wrote_down_is_told_so,
}

async fn a_workspace_is_made_with_its_creator_as_owner(world: World) {
    let ana = world.person("ana").await;
    let mut made = world.post(ana, "", json!({ "name": " Acme Ltd ", "slug": "acme" })).await.with(201);
    assert!(made["settings"].take().is_object());
    let expected = json!({
        "id": made["id"], "slug": "acme", "name": "Acme Ltd", "role": "owner", "created_at": "2026-11-21T09:30:00.000Z",
        "settings": null,
    });
    assert_eq!(made, expected);
    let members = world.get(ana, "/acme/members").await.with(200);
    let owner = json!({
        "user_id": ana, "role": "owner", "handle": "ana", "display_name": "ana", "email": "ana@example.org",
        "joined_at": "2026-11-21T09:30:00.000Z",
    });
    assert_eq!(members, json!({ "items": [owner], "next": null }));
}

async fn making_it_again_answers_the_same_and_others_are_told_it_is_taken(world: World) {
    let (ana, ben) = (world.person("ana").await, world.person("ben").await);
    let body = json!({ "name": "Acme", "slug": "acme" });
    let made = world.post(ana, "", body.clone()).await.with(201);
    assert_eq!(world.post(ana, "", body.clone()).await.with(200), made);
    assert_eq!(world.post(ben, "", body.clone()).await.refusal(), (409, "workspace.slug_taken"));
    // One who made it and is no longer in it hears no more of it than anybody else.
    let id = made["id"].as_str().unwrap();
    world.post(ana, &format!("/{id}/members"), json!({ "user_id": ben, "role": "owner" })).await.with(201);
    world.delete(ben, &format!("/{id}/members/{ana}")).await.with(204);
    assert_eq!(world.post(ana, "", body).await.refusal(), (409, "workspace.slug_taken"));
}

async fn it_is_found_by_id_and_by_slug(world: World) {
    let ana = world.person("ana").await;
    let id = world.workspace(ana, "acme").await;
    let by_id = world.get(ana, &format!("/{id}")).await.with(200);
    assert_eq!(world.get(ana, "/acme").await.with(200), by_id);
    assert_eq!(world.workspaces.resolve("acme").await.unwrap(), id);
    assert_eq!(world.workspaces.role_of(id, ana).await.unwrap(), Role::Owner);
}

async fn its_name_and_slug_change_and_the_old_slug_is_free(world: World) {
    let ana = world.person("ana").await;
    let id = world.workspace(ana, "acme").await;
    let renamed = world.patch(ana, "/acme", json!({ "name": "Acme 2" })).await.with(200);
    assert_eq!((&renamed["name"], &renamed["slug"]), (&json!("Acme 2"), &json!("acme")));
    let moved = world.patch(ana, "/acme", json!({ "slug": "acme-2" })).await.with(200);
    assert_eq!((&moved["name"], &moved["slug"]), (&json!("Acme 2"), &json!("acme-2")));
    assert_eq!(world.get(ana, "/acme").await.refusal(), (404, "workspace.not_found"));
    assert_eq!(world.patch(ana, "/acme-2", json!({})).await.with(200), moved);
    assert_eq!(world.patch(ana, "/acme-2", json!({ "slug": "acme-2" })).await.with(200), moved);
    let other = world.workspace(ana, "acme").await;
    assert_ne!(other, id);
    let taken = world.patch(ana, &format!("/{other}"), json!({ "slug": "acme-2" })).await;
    assert_eq!(taken.refusal(), (409, "workspace.slug_taken"));
}

async fn one_sees_all_of_ones_workspaces_page_by_page(world: World) {
    let (ana, ben) = (world.person("ana").await, world.person("ben").await);
    assert_eq!(world.get(ana, "").await.with(200), json!({ "items": [], "next": null }));
    let mut made = Vec::new();
    for number in 0..7 {
        made.push(world.workspace(ana, &format!("own-{number}")).await.to_string());
    }
    let bens = world.workspace(ben, "bens").await;
    world.post(ben, &format!("/{bens}/members"), json!({ "user_id": ana, "role": "guest" })).await.with(201);
    made.push(bens.to_string());
    made.sort();

    let (mut seen, mut next) = (Vec::new(), String::new());
    loop {
        let page = world.get(ana, &format!("?limit=3{next}")).await.with(200);
        seen.extend(page["items"].as_array().unwrap().clone());
        match &page["next"] {
            Value::String(after) => next = format!("&after={after}"),
            end => break assert_eq!(*end, Value::Null),
        }
    }
    let ids: Vec<_> = seen.iter().map(|workspace| workspace["id"].as_str().unwrap()).collect();
    assert_eq!(ids, made);
    let guests: Vec<_> = seen.iter().filter(|workspace| workspace["role"] == "guest").collect();
    assert_eq!((guests.len(), &guests[0]["slug"]), (1, &json!("bens")));
}

async fn a_creator_whom_nobody_wrote_down_is_told_so(world: World) {
    let made = world.post(world.ids.next(), "", json!({ "name": "Acme", "slug": "acme" })).await;
    assert_eq!(made.refusal(), (404, "person.not_found"));
}
