//! What users see and change of themselves.

use futures::future::join;
use serde_json::json;

use crate::support::{World, on_both};

on_both! {
    a_profile_changes_where_it_is_told_to,
    a_user_says_that_they_want_to_be_left_alone,
    changes_at_once_of_different_fields_both_stay,
    nothing_else_can_be_changed,
}

async fn a_profile_changes_where_it_is_told_to(world: World) {
    let node = world.node();
    let login = node.signed_in("ann@example.org").await;
    let patch = |body| node.ask("PATCH", "/me").bearer(login.access_token()).json(body);
    for (body, name, handle) in [
        (json!({"full_name": " Ann Lee-Roy "}), "Ann Lee-Roy", json!(null)),
        (json!({"handle": "@Ann.L"}), "Ann Lee-Roy", json!("ann.l")),
        (json!({}), "Ann Lee-Roy", json!("ann.l")),
        (json!({"full_name": null}), "Ann Lee-Roy", json!("ann.l")),
        (json!({"full_name": "Ann", "handle": null}), "Ann", json!(null)),
    ] {
        let changed = patch(body.clone()).await.is(200).body;
        assert_eq!((&changed["full_name"], &changed["handle"]), (&json!(name), &handle), "{body}");
        assert_eq!(node.me(login.access_token()).await.is(200).body, changed);
    }
}

async fn a_user_says_that_they_want_to_be_left_alone(world: World) {
    let node = world.node();
    let login = node.signed_in("ann@example.org").await;
    let patch = |body| node.ask("PATCH", "/me").bearer(login.access_token()).json(body);
    for (body, dnd) in
        [(json!({"dnd": true}), true), (json!({"full_name": "Ann"}), true), (json!({"dnd": false}), false)]
    {
        assert_eq!(patch(body).await.is(200).body["dnd"], dnd);
        assert_eq!(node.me(login.access_token()).await.is(200).body["dnd"], dnd);
    }
    patch(json!({"dnd": "yes"})).await.fails(422, "request.invalid");
}

async fn changes_at_once_of_different_fields_both_stay(world: World) {
    let node = world.node();
    let login = node.signed_in("ann@example.org").await;
    let patch = |body| node.ask("PATCH", "/me").bearer(login.access_token()).json(body);
    for round in 0..10 {
        let (name, handle) = (format!("Ann {round}"), format!("ann{round}"));
        let (named, called) = join(patch(json!({"full_name": name})), patch(json!({"handle": handle}))).await;
        named.is(200);
        called.is(200);
        let me = node.me(login.access_token()).await.is(200).body;
        assert_eq!((&me["full_name"], &me["handle"]), (&json!(name), &json!(handle)));
    }
}

async fn nothing_else_can_be_changed(world: World) {
    let node = world.node();
    node.register("ann@example.org").await.is(201);
    let ben = node.signed_in("ben@example.org").await;
    let patch = |body| node.ask("PATCH", "/me").bearer(ben.access_token()).json(body);
    for body in [
        json!({"email": "c@d.e"}),
        json!({"is_installation_admin": true}),
        json!({"id": "x"}),
        json!({"password": "x"}),
    ] {
        patch(body).await.fails(422, "request.unknown_field");
    }
    patch(json!({"full_name": ""})).await.fails(422, "name.invalid");
    patch(json!({"handle": "no way"})).await.fails(422, "handle.invalid");
    node.ask("PATCH", "/me").json(json!({"full_name": "Nobody"})).await.fails(401, "auth.required");
    assert_eq!(node.me(ben.access_token()).await.is(200).body, ben.body["user"]);
}
