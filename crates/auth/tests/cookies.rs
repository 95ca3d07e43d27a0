//! Browsers: the two cookies, the CSRF token and the origin.

use parlance_base::{Credential, Credentials, Identify};
use serde_json::json;

use crate::{
    node::{Answer, Ask, Node},
    support::{URL, World, on_both},
};

on_both! {
    cookies_carry_what_protects_them,
    a_read_needs_the_session_and_no_foreign_origin,
    a_write_needs_the_csrf_token_of_this_session_as_well,
    a_socket_needs_an_origin_that_is_known,
    a_session_that_is_not_ours_is_refused,
    logging_out_ends_the_session,
    a_session_lives_through_refreshes,
}

fn with_session(ask: Ask, login: &Answer) -> Ask {
    let (session, csrf) =
        (login.cookie_value("__Host-parlance_session"), login.cookie_value("parlance_csrf"));
    ask.header("cookie", format!("other=1; __Host-parlance_session={session}; parlance_csrf={csrf}"))
}

fn read(node: &Node, login: &Answer) -> Ask {
    with_session(node.ask("GET", "/me"), login)
}

fn write(node: &Node, login: &Answer) -> Ask {
    with_session(node.ask("PATCH", "/me"), login)
}

async fn cookies_carry_what_protects_them(world: World) {
    let login = world.node().signed_in("ann@example.org").await;
    let attributes = |login: &Answer, name| {
        let cookie = login.cookie(name);
        let mut all: Vec<_> = cookie.split("; ").skip(1).map(ToOwned::to_owned).collect();
        all.sort();
        all
    };
    let session = attributes(&login, "__Host-parlance_session");
    assert_eq!(session, ["HttpOnly", "Max-Age=2592000", "Path=/", "SameSite=Lax", "Secure"]);
    assert_eq!(attributes(&login, "parlance_csrf"), ["Max-Age=2592000", "Path=/", "SameSite=Lax", "Secure"]);
    let plain = world.node_with(|config| config.public_url = "http://localhost:8080".to_owned());
    let session = attributes(&plain.login("ann@example.org").await.is(200), "parlance_session");
    assert_eq!(session, ["HttpOnly", "Max-Age=2592000", "Path=/", "SameSite=Lax"]);
}

async fn a_read_needs_the_session_and_no_foreign_origin(world: World) {
    let node = world.node_with(|config| config.allowed_origins = vec!["https://app.example.org".to_owned()]);
    let login = node.signed_in("ann@example.org").await;
    assert_eq!(read(&node, &login).send().await.is(200).body, login.body["user"]);
    read(&node, &login).header("origin", URL).send().await.is(200);
    read(&node, &login).header("origin", "https://app.example.org").send().await.is(200);
    for origin in [
        "https://evil.example.org",
        "null",
        "",
        "http://chat.example.org",
        "https://chat.example.org.evil.org",
    ] {
        read(&node, &login).header("origin", origin).send().await.fails(403, "origin.refused");
    }
    read(&node, &login).header("origin", b"https://\xff").send().await.fails(403, "origin.refused");
}

async fn a_write_needs_the_csrf_token_of_this_session_as_well(world: World) {
    let node = world.node();
    let (ann, ben) = (node.signed_in("ann@example.org").await, node.signed_in("ben@example.org").await);
    let body = json!({"full_name": "Changed"});
    let (token, bens) = (ann.cookie_value("parlance_csrf"), ben.cookie_value("parlance_csrf"));
    let truncated = &token[..token.len() - 1];
    write(&node, &ann).json(body.clone()).await.fails(403, "csrf.refused");
    for wrong in ["", "x", &bens, truncated, &ann.cookie_value("__Host-parlance_session")] {
        write(&node, &ann).header("x-csrf-token", wrong).json(body.clone()).await.fails(403, "csrf.refused");
    }
    let foreign =
        write(&node, &ann).header("x-csrf-token", &token).header("origin", "https://evil.example.org");
    foreign.json(body.clone()).await.fails(403, "origin.refused");
    assert_eq!(read(&node, &ann).send().await.body["full_name"], "Ann Lee");
    write(&node, &ann).header("x-csrf-token", &token).json(body.clone()).await.is(200);
    write(&node, &ann).header("x-csrf-token", &token).header("origin", URL).json(body).await.is(200);
    for method in ["POST", "PUT", "PATCH", "DELETE"] {
        assert_eq!(identified(&node, &ann, method, &[], None).await, Err("csrf.refused"), "{method}");
    }
    for method in ["GET", "HEAD", "OPTIONS"] {
        assert_eq!(identified(&node, &ann, method, &[], None).await, Ok(()), "{method}");
    }
}

async fn a_socket_needs_an_origin_that_is_known(world: World) {
    let node = world.node();
    let login = node.signed_in("ann@example.org").await;
    for header in
        [("upgrade", "websocket"), ("upgrade", "WebSocket"), ("sec-websocket-key", "dGhlIHNhbXBsZQ==")]
    {
        let headers = [header];
        let open = |origin| identified(&node, &login, "GET", &headers, origin);
        assert_eq!(open(Some(URL)).await, Ok(()), "{header:?}");
        assert_eq!(open(None).await, Err("origin.refused"), "{header:?}");
        assert_eq!(open(Some("https://evil.example.org")).await, Err("origin.refused"), "{header:?}");
    }
}

/// What another crate's router hears of a request with the cookie.
async fn identified(
    node: &Node,
    login: &Answer,
    method: &str,
    headers: &[(&str, &str)],
    origin: Option<&str>,
) -> Result<(), &'static str> {
    let session = login.cookie_value("__Host-parlance_session");
    let mut request = http::Request::builder()
        .method(method)
        .header("cookie", format!("__Host-parlance_session={session}"));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let (request, ()) = request.body(()).unwrap().into_parts();
    let identity = node.auth.identify(Credentials::Cookie { origin }, &request).await;
    let identity = identity.map_err(|error| error.code())?;
    assert!(matches!(identity.credential, Credential::SignIn(_)));
    Ok(())
}

async fn a_session_that_is_not_ours_is_refused(world: World) {
    let node = world.node();
    let login = node.signed_in("ann@example.org").await;
    let good = login.cookie_value("__Host-parlance_session");
    let (id, mac) = good.split_once('.').unwrap();
    let other = world.ids.next::<parlance_base::SignInId>();
    for session in [
        "",
        ".",
        id,
        &format!("{id}."),
        &format!("{other}.{mac}"),
        &format!("{id}.{}", login.cookie_value("parlance_csrf")),
        &good[..good.len() - 1],
        &format!("{good}A"),
        login.refresh_token(),
        login.access_token(),
    ] {
        let ask = node.ask("GET", "/me").header("cookie", format!("__Host-parlance_session={session}"));
        ask.send().await.fails(401, "auth.invalid_session");
    }
    node.ask("GET", "/me")
        .header("cookie", b"__Host-parlance_session=\xff")
        .send()
        .await
        .fails(401, "auth.required");
    let csrf_only = node
        .ask("GET", "/me")
        .header("cookie", format!("parlance_csrf={}", login.cookie_value("parlance_csrf")));
    csrf_only.send().await.fails(401, "auth.required");
}

async fn logging_out_ends_the_session(world: World) {
    let node = world.node();
    let login = node.signed_in("ann@example.org").await;
    with_session(node.ask("POST", "/logout"), &login).send().await.fails(403, "csrf.refused");
    let out = with_session(node.ask("POST", "/logout"), &login)
        .header("x-csrf-token", login.cookie_value("parlance_csrf"));
    let out = out.send().await.is(204);
    assert_eq!(
        (out.cookie_value("__Host-parlance_session"), out.cookie_value("parlance_csrf")),
        (String::new(), String::new())
    );
    read(&node, &login).send().await.fails(401, "auth.sign_in_ended");
}

async fn a_session_lives_through_refreshes(world: World) {
    let node = world.node();
    let login = node.signed_in("ann@example.org").await;
    node.refresh(login.refresh_token()).await.is(200);
    world.pass(29 * 24 * 3_600);
    read(&node, &login).send().await.is(200);
    world.pass(24 * 3_600);
    read(&node, &login).send().await.fails(401, "auth.sign_in_ended");
}
