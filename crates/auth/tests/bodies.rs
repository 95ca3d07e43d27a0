//! What is no request, on every route.

use serde_json::json;

use crate::support::{PASSWORD, World, on_both};

on_both! {
    a_body_that_cannot_be_read_is_refused_in_the_one_shape,
    an_unknown_route_or_method_is_refused_in_the_one_shape,
}

async fn a_body_that_cannot_be_read_is_refused_in_the_one_shape(world: World) {
    let node = world.node();
    let token = node.signed_in("ann@example.org").await.access_token().to_owned();
    for (method, path, field) in [
        ("POST", "/register", "email"),
        ("POST", "/login", "email"),
        ("POST", "/refresh", "refresh_token"),
        ("PATCH", "/me", "full_name"),
        ("POST", "/password", "current"),
        ("POST", "/password/forgot", "email"),
        ("POST", "/password/reset", "token"),
        ("POST", "/email/verify", "token"),
    ] {
        let ask = || node.ask(method, path).bearer(&token);
        let json = |body: &str| ask().header("content-type", "application/json").body(body).send();
        for body in ["", "{", "{\"", "\u{0}"] {
            json(body).await.fails(400, "request.malformed");
        }
        for body in ["[1]", "7", "\"text\"", &format!("{{\"{field}\": 7}}")] {
            json(body).await.fails(422, "request.invalid");
        }
        json("{\"surprise\": 1}").await.fails(422, "request.unknown_field");
        json(&format!("\"{}\"", "x".repeat(16 * 1_024))).await.fails(413, "request.too_large");
        ask().body("{}").send().await.fails(400, "request.malformed");
        ask().header("content-type", "text/plain").body("{}").send().await.fails(400, "request.malformed");
    }
    node.post("/login", json!({"email": "ann@example.org"})).await.fails(422, "request.invalid");
    let tenant = json!({"email": "ann@example.org", "password": PASSWORD, "workspace": "x"});
    node.post("/login", tenant).await.fails(422, "request.unknown_field");
}

async fn an_unknown_route_or_method_is_refused_in_the_one_shape(world: World) {
    let node = world.node();
    node.ask("GET", "/nothing").send().await.fails(404, "route.not_found");
    for path in ["/register", "/login", "/refresh", "/logout"] {
        node.ask("GET", path).send().await.fails(405, "route.wrong_method");
    }
    node.ask("PUT", "/me").send().await.fails(405, "route.wrong_method");
}
