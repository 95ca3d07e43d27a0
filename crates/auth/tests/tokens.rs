//! Access tokens: ours, and everything that only looks like one.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
use hmac::{Hmac, KeyInit, Mac};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use parlance_base::{Credentials, Identify, UserId};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::support::{ROOT, World, on_both};

on_both! {
    a_token_is_good_for_fifteen_minutes,
    a_token_that_is_not_ours_is_refused,
    a_header_that_is_not_bearer_is_refused,
    a_token_is_taken_from_a_query_or_frame_and_a_ticket_is_not,
}

/// What a token says, without a look at its signature.
pub(crate) fn claims(token: &str) -> Value {
    serde_json::from_slice(&BASE64.decode(token.split('.').nth(1).unwrap()).unwrap()).unwrap()
}

/// The key that the installation signs access tokens with.
fn key() -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(&ROOT).unwrap();
    mac.update(b"parlance/auth/v1/access\x01");
    mac.finalize().into_bytes().to_vec()
}

fn signed(algorithm: Algorithm, key: &[u8], claims: &Value) -> String {
    jsonwebtoken::encode(&Header::new(algorithm), claims, &EncodingKey::from_secret(key)).unwrap()
}

async fn a_token_is_good_for_fifteen_minutes(world: World) {
    let node = world.node();
    let login = node.signed_in("ann@example.org").await;
    world.pass(15 * 60 + 4);
    node.me(login.access_token()).await.is(200);
    world.pass(1);
    node.me(login.access_token()).await.fails(401, "auth.token_expired");
    node.refresh(login.refresh_token()).await.is(200);
}

async fn a_token_that_is_not_ours_is_refused(world: World) {
    let node = world.node();
    let login = node.signed_in("ann@example.org").await;
    let (good, claims) = (login.access_token(), claims(login.access_token()));
    let with = |name: &str, value: Value| {
        let mut claims = claims.clone();
        claims[name] = value;
        signed(Algorithm::HS256, &key(), &claims)
    };
    let without = |name: &str| {
        let mut claims = claims.clone();
        claims.as_object_mut().unwrap().remove(name);
        signed(Algorithm::HS256, &key(), &claims)
    };
    let (head, tail) = (good.split('.').next().unwrap(), good.rsplit('.').next().unwrap());
    let payload = good.split('.').nth(1).unwrap();
    let none = BASE64.encode(r#"{"alg":"none","typ":"JWT"}"#);
    let stranger = world.ids.next::<UserId>().to_string();
    node.me(&with("sub", claims["sub"].clone())).await.is(200);
    for token in [
        String::new(),
        "x".to_owned(),
        "..".to_owned(),
        format!("{none}.{payload}."),
        format!("{none}.{payload}.{tail}"),
        format!("{head}.{payload}."),
        format!("{head}.{}.{tail}", BASE64.encode(json!({"sub": stranger}).to_string())),
        good[..good.len() - 1].to_owned(),
        format!("{good}A"),
        format!("{good}.{good}"),
        signed(Algorithm::HS256, &[7; 32], &claims),
        signed(Algorithm::HS256, &ROOT, &claims),
        signed(Algorithm::HS384, &key(), &claims),
        signed(Algorithm::HS512, &key(), &claims),
        with("aud", json!("other")),
        with("aud", json!(["parlance", "other"])),
        with("iss", json!("https://evil.example.org")),
        with("iat", json!(1_795_253_406)),
        with("exp", json!("never")),
        with("sub", json!(stranger)),
        with("sid", json!("x")),
        without("aud"),
        without("iss"),
        without("sub"),
        without("sid"),
        without("exp"),
        without("iat"),
        login.refresh_token().to_owned(),
        login.cookie_value("__Host-parlance_session"),
    ] {
        node.me(&token).await.fails(401, "auth.invalid_token");
    }
    node.me(&with("exp", json!(1_795_253_395))).await.fails(401, "auth.token_expired");
    node.me(&with("sid", json!(stranger))).await.fails(401, "auth.sign_in_ended");
    node.me(good).await.is(200);
}

async fn a_header_that_is_not_bearer_is_refused(world: World) {
    let node = world.node();
    let login = node.signed_in("ann@example.org").await;
    let token = login.access_token();
    let me = |value: Vec<u8>| node.ask("GET", "/me").header("authorization", value).send();
    me(format!("bearer {token}").into_bytes()).await.is(200);
    for value in ["", "Bearer", "Bearer ", token, &format!("Basic {token}"), &format!("Bearer\t{token}")] {
        me(value.as_bytes().to_vec()).await.fails(401, "auth.invalid_token");
    }
    me(b"Bearer \xff".to_vec()).await.fails(401, "auth.invalid_token");
    let twice = node.ask("GET", "/me").bearer(token).bearer(token).send().await;
    twice.fails(401, "auth.invalid_token");
    // A header that does not hold is not made good by a cookie that does.
    let session = login.cookie_value("__Host-parlance_session");
    let both =
        node.ask("GET", "/me").bearer("x").header("cookie", format!("__Host-parlance_session={session}"));
    both.send().await.fails(401, "auth.invalid_token");
    node.ask("GET", "/me").send().await.fails(401, "auth.required");
}

async fn a_token_is_taken_from_a_query_or_frame_and_a_ticket_is_not(world: World) {
    let node = world.node();
    let login = node.signed_in("ann@example.org").await;
    let (request, ()) = http::Request::new(()).into_parts();
    let code = |credentials| {
        let identity = node.auth.identify(credentials, &request);
        async { identity.await.map(|identity| identity.user.to_string()).map_err(|error| error.code()) }
    };
    let id = claims(login.access_token())["sub"].as_str().unwrap().to_owned();
    assert_eq!(code(Credentials::Token(login.access_token())).await, Ok(id));
    assert_eq!(code(Credentials::Token(login.refresh_token())).await, Err("auth.invalid_token"));
    assert_eq!(code(Credentials::Ticket(login.access_token())).await, Err("ticket.invalid"));
    let ticket = node.ask("POST", "/tickets").bearer(login.access_token()).send().await.is(201).body;
    let ticket = ticket["ticket"].as_str().unwrap();
    assert_eq!(code(Credentials::Ticket(ticket)).await, Err("ticket.invalid"));
    assert_eq!(code(Credentials::Token(ticket)).await, Err("auth.invalid_token"));
    assert_eq!(code(Credentials::Header).await, Err("auth.invalid_token"));
}
