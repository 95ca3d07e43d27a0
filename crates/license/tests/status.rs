//! `GET /api/license`.

use axum::http::StatusCode;
use parlance_base::Clock as _;
use parlance_license::{GRACE, Installer, Key, Plan, Seats, TRIAL};
use parlance_store::Batch;
use serde_json::json;

use crate::support::{DAY, World, key, on_both, signed};

on_both! {
    everyone_sees_the_plan_and_admins_its_details,
    the_community_plan_is_shown_after_the_trial,
    a_key_is_shown_to_its_end_and_beyond,
    more_seats_than_there_are_is_said,
    nobody_known_sees_nothing,
    what_is_not_there_answers_in_the_one_shape,
}

const PATH: &str = "/api/license";

async fn everyone_sees_the_plan_and_admins_its_details(world: World) {
    let gate = world.gate().await;
    let everyones = json!({ "plan": "enterprise", "trial": true, "seats_used": 0, "days_left": 30 });
    assert_eq!(world.call(&gate, "user", "GET", PATH).await, (StatusCode::OK, everyones.clone()));
    assert_eq!(world.call(&gate, "key", "GET", PATH).await, (StatusCode::OK, everyones.clone()));
    let (status, mut seen) = world.call(&gate, "admin", "GET", PATH).await;
    let mut details = seen.as_object_mut().unwrap().remove("details").unwrap();
    assert_eq!((status, seen), (StatusCode::OK, everyones));
    assert_eq!(details["features"].take().as_array().unwrap().len(), 13);
    let expected = json!({
        "state": "trial", "org": null, "lid": null, "features": null, "seats": null,
        "valid_until": "2026-12-21T09:30:00.000Z", "grace_until": null, "warnings": [],
    });
    assert_eq!(details, expected);
}

async fn the_community_plan_is_shown_after_the_trial(world: World) {
    let gate = world.gate().await;
    world.clock.advance(TRIAL);
    let details = json!({
        "state": "community", "org": null, "lid": null, "features": [], "seats": 25,
        "valid_until": null, "grace_until": null, "warnings": [],
    });
    let shown = json!({
        "plan": "community", "trial": false, "seats_used": 0, "days_left": null, "details": details,
    });
    assert_eq!(world.call(&gate, "admin", "GET", PATH).await, (StatusCode::OK, shown));
}

async fn a_key_is_shown_to_its_end_and_beyond(world: World) {
    let gate = world.gate().await;
    let key = Key { features: vec!["sso".to_owned()], ..key("lic-1", Plan::Team, world.clock.now()) };
    gate.install(&signed(&key), Installer::CommandLine).await.unwrap();
    let expected = |state: &str, warning: &str| {
        json!({
            "state": state, "org": "Acme", "lid": "lic-1",
            "features": ["agents", "sessions", "pockets", "sso"], "seats": 10,
            "valid_until": "2026-12-21T09:30:00.000Z", "grace_until": "2027-01-04T09:30:00.000Z",
            "warnings": [warning],
        })
    };
    let shown = async || world.call(&gate, "admin", "GET", PATH).await.1;
    let seen = shown().await;
    assert_eq!((&seen["plan"], &seen["days_left"]), (&json!("team"), &json!(30)));
    assert_eq!(seen["details"], expected("valid", "ends_soon"));

    world.clock.advance(30 * DAY);
    let seen = shown().await;
    assert_eq!((&seen["plan"], &seen["days_left"]), (&json!("team"), &json!(0)));
    assert_eq!(seen["details"], expected("grace", "expired_in_grace"));

    world.clock.advance(GRACE);
    let seen = shown().await;
    assert_eq!((&seen["plan"], &seen["days_left"]), (&json!("community"), &json!(null)));
    let mut lapsed = expected("lapsed", "expired");
    lapsed["features"] = json!([]);
    lapsed["seats"] = json!(25);
    assert_eq!(seen["details"], lapsed);
}

async fn more_seats_than_there_are_is_said(world: World) {
    let gate = world.gate().await;
    for _ in 0..11 {
        let (guard, change) = gate.seats().await.unwrap().take().unwrap();
        let mut batch = Batch::new();
        batch.update::<Seats>(Seats::ID, guard, [change]);
        world.store.workspace(world.ids.next()).commit(batch).await.unwrap();
    }
    let long = Key {
        valid_until: world.clock.now().after(365 * DAY),
        ..key("lic-1", Plan::Business, world.clock.now())
    };
    gate.install(&signed(&long), Installer::CommandLine).await.unwrap();
    let (_, seen) = world.call(&gate, "admin", "GET", PATH).await;
    assert_eq!(seen["details"]["warnings"], json!(["seats_over"]));
    assert_eq!((&seen["seats_used"], &seen["details"]["seats"]), (&json!(11), &json!(10)));
}

async fn nobody_known_sees_nothing(world: World) {
    let gate = world.gate().await;
    let (status, body) = world.call(&gate, "stranger", "GET", PATH).await;
    assert_eq!((status, &body["error"]["code"]), (StatusCode::UNAUTHORIZED, &json!("auth.required")));
}

async fn what_is_not_there_answers_in_the_one_shape(world: World) {
    let gate = world.gate().await;
    for (method, path, status, code) in [
        ("PUT", PATH, StatusCode::METHOD_NOT_ALLOWED, "route.wrong_method"),
        ("GET", "/api/license/keys", StatusCode::NOT_FOUND, "route.not_found"),
    ] {
        let (answered, body) = world.call(&gate, "admin", method, path).await;
        assert_eq!((answered, &body["error"]["code"]), (status, &json!(code)), "{method} {path}");
        assert!(body["error"]["request_id"].is_string());
    }
}
