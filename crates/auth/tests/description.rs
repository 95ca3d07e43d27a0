//! The description of the routes that the host collects.

use serde_json::Value;

use crate::support::{World, on_both};

on_both! {
    every_route_is_described_with_its_failures,
}

async fn every_route_is_described_with_its_failures(world: World) {
    let (_, api) = parlance_auth::router(world.node().auth).split_for_parts();
    let api: Value = serde_json::to_value(api).unwrap();
    for (method, path, statuses) in [
        ("post", "/register", &["201", "403", "404", "409", "422", "429"][..]),
        ("post", "/login", &["200", "401", "429"]),
        ("post", "/tickets", &["201", "401", "403", "404"]),
        ("post", "/password", &["204", "401", "403", "409", "422", "429"]),
        ("post", "/password/forgot", &["202", "429"]),
        ("post", "/password/reset", &["204", "422", "429"]),
        ("post", "/email/verify", &["204", "422", "429"]),
        ("get", "/sign-ins", &["200", "401", "403"]),
        ("delete", "/sign-ins/{id}", &["204", "401", "403", "404"]),
        ("post", "/sign-ins/revoke-others", &["204", "401", "403"]),
        ("post", "/refresh", &["200", "401"]),
        ("post", "/logout", &["204", "401", "403"]),
        ("post", "/keys", &["201", "401", "403", "404", "409", "422", "429"]),
        ("get", "/keys", &["200", "401", "403", "404"]),
        ("delete", "/keys/{id}", &["204", "401", "403", "404"]),
        ("post", "/keys/login", &["200", "401", "403", "404", "422"]),
        ("post", "/keys/logout", &["204", "401", "403", "404"]),
        ("get", "/me", &["200", "401"]),
        ("patch", "/me", &["200", "401", "403", "422"]),
        ("delete", "/me", &["204", "401", "403", "409", "429"]),
        ("put", "/me/avatar", &["200", "401", "403", "413", "422"]),
        ("delete", "/me/avatar", &["204", "401", "403"]),
        ("get", "/users/{id}/avatar", &["200", "304", "401", "403", "404"]),
        ("post", "/totp", &["200", "401", "403", "409", "429"]),
        ("delete", "/totp", &["204", "401", "403", "409", "429"]),
        ("post", "/totp/confirm", &["200", "401", "403", "409", "429"]),
        ("post", "/totp/recovery-codes", &["200", "401", "403", "409", "429"]),
    ] {
        let responses = api["paths"][path][method]["responses"].as_object().unwrap();
        assert_eq!(responses.keys().map(String::as_str).collect::<Vec<_>>(), statuses, "{method} {path}");
    }
    assert_eq!(api["paths"].as_object().unwrap().len(), 22);
}
