//! What is refused, and that strangers hear the same of what is there and of what is not.

use serde_json::json;

use crate::support::{World, on_both};

on_both! {
    to_strangers_a_workspace_is_as_good_as_none,
    another_workspaces_members_are_no_members_here,
    bad_bodies_are_refused_with_their_reason,
    routes_refuse_in_the_one_shape,
    bad_pages_are_refused,
}

async fn to_strangers_a_workspace_is_as_good_as_none(world: World) {
    let (ana, eve) = (world.person("ana").await, world.person("eve").await);
    let id = world.workspace(ana, "acme").await;
    let ben = world.member(ana, id, "ben", "member").await;
    world.workspace(eve, "eves").await;
    let random: parlance_base::WorkspaceId = world.ids.next();
    for (method, rest, body) in [
        ("GET", String::new(), None),
        ("PATCH", String::new(), Some(json!({ "name": "Mine" }))),
        ("GET", "/members".to_owned(), None),
        ("POST", "/members".to_owned(), Some(json!({ "user_id": eve }))),
        ("PATCH", format!("/members/{ben}"), Some(json!({ "role": "guest" }))),
        ("DELETE", format!("/members/{ben}"), None),
    ] {
        let mut answers = Vec::new();
        for named in [id.to_string(), "acme".to_owned(), random.to_string(), "nothing".to_owned()] {
            let mut answer = world.call(eve, method, &format!("/{named}{rest}"), body.clone()).await;
            assert_eq!(answer.refusal(), (404, "workspace.not_found"), "{method} {rest}");
            answer.body["error"]["request_id"].take();
            answers.push(answer);
        }
        assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
    }
    assert_eq!(
        world.get(ana, &format!("/{id}/members")).await.with(200)["items"].as_array().unwrap().len(),
        2
    );
    assert_eq!(world.get(ana, "/acme").await.with(200)["name"], "acme");
}

async fn another_workspaces_members_are_no_members_here(world: World) {
    let (ana, eve) = (world.person("ana").await, world.person("eve").await);
    let (id, eves) = (world.workspace(ana, "acme").await, world.workspace(eve, "eves").await);
    let ben = world.member(ana, id, "ben", "member").await;
    let random: parlance_base::UserId = world.ids.next();
    for user in [ben, random] {
        let path = format!("/{eves}/members/{user}");
        assert_eq!(
            world.patch(eve, &path, json!({ "role": "admin" })).await.refusal(),
            (404, "member.not_found")
        );
        assert_eq!(world.delete(eve, &path).await.refusal(), (404, "member.not_found"));
    }
    assert_eq!(world.get(ben, "/acme").await.with(200)["role"], "member");
    assert!(world.workspaces.names(eves, [ben]).await.unwrap().is_empty());
}

async fn bad_bodies_are_refused_with_their_reason(world: World) {
    let ana = world.person("ana").await;
    let id = world.workspace(ana, "acme").await;
    let (long, ben) = ("x".repeat(81), world.member(ana, id, "ben", "member").await);
    let (members, member) = (format!("/{id}/members"), format!("/{id}/members/{ben}"));
    for (method, path, body, code) in [
        ("POST", "", json!({}), "request.invalid"),
        ("POST", "", json!({ "name": "A", "slug": "a" }), "slug.invalid"),
        ("POST", "", json!({ "name": "A", "slug": "Ab" }), "slug.invalid"),
        ("POST", "", json!({ "name": "A", "slug": "api" }), "slug.reserved"),
        ("POST", "", json!({ "name": "A", "slug": id }), "slug.reserved"),
        ("POST", "", json!({ "name": " ", "slug": "ab" }), "name.invalid"),
        ("POST", "", json!({ "name": long, "slug": "ab" }), "name.invalid"),
        ("POST", "", json!({ "name": "A", "slug": "ab", "id": id }), "request.unknown_field"),
        ("PATCH", "/acme", json!({ "name": "" }), "name.invalid"),
        ("PATCH", "/acme", json!({ "slug": "a b" }), "slug.invalid"),
        ("PATCH", "/acme", json!({ "owner": ben }), "request.unknown_field"),
        ("POST", &members, json!({}), "member.unnamed"),
        ("POST", &members, json!({ "email": "ben@example.org", "user_id": ben }), "member.unnamed"),
        ("POST", &members, json!({ "user_id": "ben" }), "request.invalid"),
        ("POST", &members, json!({ "user_id": ben, "role": "king" }), "request.invalid"),
        ("POST", &members, json!({ "user_id": ben, "handle": "@ben" }), "handle.invalid"),
        ("POST", &members, json!({ "user_id": ben, "display_name": "a\nb" }), "name.invalid"),
        ("POST", &members, json!({ "user_id": ben, "kind": "full" }), "request.unknown_field"),
        ("PATCH", &member, json!({}), "request.invalid"),
        ("PATCH", &member, json!({ "role": "owner", "handle": "x" }), "request.unknown_field"),
    ] {
        let answer = world.call(ana, method, path, Some(body.clone())).await;
        assert_eq!(answer.refusal(), (422, code), "{method} {path} {body}");
    }
    for body in ["", "{", "{\"name\": ", "\u{1}"] {
        let answer =
            world.call_node(&world.workspaces, &ana.to_string(), "POST", "", Some(body.to_owned())).await;
        assert_eq!(answer.refusal(), (400, "request.malformed"), "{body:?}");
    }
}

async fn routes_refuse_in_the_one_shape(world: World) {
    let ana = world.person("ana").await;
    let id = world.workspace(ana, "acme").await;
    for (method, path, status, code) in [
        ("DELETE", String::new(), 405, "route.wrong_method"),
        ("PUT", "/acme".to_owned(), 405, "route.wrong_method"),
        ("PATCH", format!("/{id}/members"), 405, "route.wrong_method"),
        ("GET", format!("/{id}/members/{ana}"), 405, "route.wrong_method"),
        ("GET", format!("/{id}/groups"), 404, "route.not_found"),
        ("DELETE", format!("/{id}/members/ana"), 400, "request.malformed_id"),
    ] {
        let answer = world.call(ana, method, &path, None).await;
        assert_eq!(answer.refusal(), (status, code), "{method} {path}");
        assert!(
            answer.body["error"]["request_id"].is_string() && answer.body["error"]["message"].is_string()
        );
    }
    for (method, path) in [("GET", ""), ("POST", ""), ("GET", "/acme"), ("GET", "/acme/members")] {
        let answer = world.call_node(&world.workspaces, "nobody", method, path, Some("{}".to_owned())).await;
        assert_eq!(answer.refusal(), (401, "auth.required"), "{method} {path}");
    }
}

async fn bad_pages_are_refused(world: World) {
    let ana = world.person("ana").await;
    world.workspace(ana, "acme").await;
    for path in ["", "/acme/members"] {
        for (query, code) in [
            ("limit=0", "request.invalid"),
            ("limit=101", "request.invalid"),
            ("limit=x", "request.invalid"),
            ("after=x", "request.invalid_cursor"),
        ] {
            assert_eq!(
                world.get(ana, &format!("{path}?{query}")).await.refusal(),
                (422, code),
                "{path}?{query}"
            );
        }
    }
}
