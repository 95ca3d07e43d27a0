//! Who gets in, and what they get.

use parlance_auth::SIGN_INS;
use serde_json::json;

use crate::{
    support::{PASSWORD, World, on_both},
    tokens::claims,
};

on_both! {
    a_login_answers_tokens_and_the_user,
    a_wrong_password_and_an_unknown_address_get_the_same_answer,
    logging_out_ends_this_sign_in_and_no_other,
    a_user_holds_at_most_a_hundred_sign_ins,
    sign_ins_that_expired_go_with_the_next_login,
}

async fn a_login_answers_tokens_and_the_user(world: World) {
    let node = world.node();
    let user = node.register("ann@example.org").await.is(201).body;
    let login = node.post("/login", json!({"email": " ANN@example.org", "password": PASSWORD})).await.is(200);
    assert_eq!((&login.body["user"], &login.body["expires_in"]), (&user, &json!(900)));
    assert_eq!(login.headers["cache-control"], "no-store");
    let claims = claims(login.access_token());
    assert_eq!(
        (&claims["sub"], &claims["iat"], &claims["exp"]),
        (&user["id"], &json!(1_795_253_400), &json!(1_795_254_300))
    );
    assert_eq!((&claims["aud"], &claims["iss"]), (&json!("parlance"), &json!("parlance")));
    assert_eq!(node.me(login.access_token()).await.is(200).body, user);
}

async fn a_wrong_password_and_an_unknown_address_get_the_same_answer(world: World) {
    let node = world.node();
    node.register("ann@example.org").await.is(201);
    let mut messages = Vec::new();
    for (email, password) in [
        ("ann@example.org", "incorrect horse battery"),
        ("ben@example.org", PASSWORD),
        ("no address", PASSWORD),
        ("", ""),
        ("ann@example.org\0", PASSWORD),
    ] {
        let answer = node.post("/login", json!({"email": email, "password": password})).await;
        let answer = answer.fails(401, "auth.invalid_credentials");
        assert_eq!(answer.cookie("__Host-parlance_session"), "");
        messages.push(answer.body["error"]["message"].clone());
    }
    messages.dedup();
    assert_eq!(messages.len(), 1);
}

async fn logging_out_ends_this_sign_in_and_no_other(world: World) {
    let node = world.node();
    let laptop = node.signed_in("ann@example.org").await;
    let phone = node.login("ann@example.org").await.is(200);
    let mut ended = node.revocations();
    let out = node.ask("POST", "/logout").bearer(laptop.access_token()).send().await.is(204);
    assert!(
        out.cookie("__Host-parlance_session").contains("Max-Age=0")
            && out.cookie("parlance_csrf").contains("Max-Age=0")
    );
    let parlance_base::Revocation::SignIn(id) = ended.recv().await.unwrap() else {
        panic!("another revocation")
    };
    assert_eq!(claims(laptop.access_token())["sid"], id.to_string());
    node.me(laptop.access_token()).await.fails(401, "auth.sign_in_ended");
    node.refresh(laptop.refresh_token()).await.fails(401, "auth.sign_in_ended");
    node.ask("POST", "/logout").bearer(laptop.access_token()).send().await.fails(401, "auth.sign_in_ended");
    node.me(phone.access_token()).await.is(200);
}

async fn a_user_holds_at_most_a_hundred_sign_ins(world: World) {
    let node = world.node();
    let oldest = node.signed_in("ann@example.org").await;
    world.pass(1);
    let second = node.login("ann@example.org").await.is(200);
    for _ in 0..98 {
        world.pass(1);
        node.login("ann@example.org").await.is(200);
    }
    node.me(oldest.access_token()).await.is(200);
    node.login("ann@example.org").await.is(200);
    node.me(oldest.access_token()).await.fails(401, "auth.sign_in_ended");
    node.me(second.access_token()).await.is(200);
}

async fn sign_ins_that_expired_go_with_the_next_login(world: World) {
    let node = world.node();
    let old = node.signed_in("ann@example.org").await;
    let id = claims(old.access_token())["sid"].as_str().unwrap().to_owned();
    world.pass(30 * 24 * 3_600);
    node.refresh(old.refresh_token()).await.fails(401, "auth.sign_in_ended");
    node.login("ann@example.org").await.is(200);
    assert!(world.store.system().get_documents(&SIGN_INS, vec![id]).await.unwrap().is_empty());
}
