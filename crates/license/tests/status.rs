//! `GET /api/license`.

use axum::http::StatusCode;
use parlance_license::TRIAL;
use serde_json::json;

use crate::support::{World, on_both};

on_both! {
    everyone_sees_the_plan_and_admins_its_details,
    the_community_plan_is_shown_after_the_trial,
    nobody_known_sees_nothing,
    what_is_not_there_answers_in_the_one_shape,
}

const PATH: &str = "/api/license";

async fn everyone_sees_the_plan_and_admins_its_details(world: World) {
    let gate = world.gate().await;
    let everyones = json!({ "plan": "enterprise", "trial": true, "seats_used": 0, "days_left": 30 });
    assert_eq!(world.call(&gate, "user", "GET", PATH).await, (StatusCode::OK, everyones.clone()));
    let (status, mut seen) = world.call(&gate, "admin", "GET", PATH).await;
    let details = seen.as_object_mut().unwrap().remove("details").unwrap();
    assert_eq!((status, seen), (StatusCode::OK, everyones));
    assert_eq!((&details["seats"], details["features"].as_array().unwrap().len()), (&json!(null), 13));
    assert_eq!(details["valid_until"], "2026-12-21T09:30:00.000Z");
}

async fn the_community_plan_is_shown_after_the_trial(world: World) {
    let gate = world.gate().await;
    world.clock.advance(TRIAL);
    let details = json!({ "features": [], "seats": 25, "valid_until": null });
    let shown = json!({
        "plan": "community", "trial": false, "seats_used": 0, "days_left": null, "details": details,
    });
    assert_eq!(world.call(&gate, "admin", "GET", PATH).await, (StatusCode::OK, shown));
}

async fn nobody_known_sees_nothing(world: World) {
    let gate = world.gate().await;
    let (status, body) = world.call(&gate, "stranger", "GET", PATH).await;
    assert_eq!((status, &body["error"]["code"]), (StatusCode::UNAUTHORIZED, &json!("auth.required")));
}

async fn what_is_not_there_answers_in_the_one_shape(world: World) {
    let gate = world.gate().await;
    for (method, path, status, code) in [
        ("POST", PATH, StatusCode::METHOD_NOT_ALLOWED, "route.wrong_method"),
        ("GET", "/api/license/keys", StatusCode::NOT_FOUND, "route.not_found"),
    ] {
        let (answered, body) = world.call(&gate, "admin", method, path).await;
        assert_eq!((answered, &body["error"]["code"]), (status, &json!(code)), "{method} {path}");
        assert!(body["error"]["request_id"].is_string());
    }
}
