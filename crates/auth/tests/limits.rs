//! How often one may try.

use std::{net::IpAddr, time::Duration};

use futures::future::join_all;
use parlance_auth::{ClientAddress, Limits, Rate};
use serde_json::json;

use crate::{
    node::{Answer, Node},
    support::{PASSWORD, World, on_both},
};

on_both! {
    guessing_one_account_is_slowed_from_one_address,
    guessing_one_account_is_slowed_from_many_addresses,
    one_address_is_slowed_whoever_it_means,
    a_right_password_does_not_count_against_its_account,
    strangers_who_guess_keep_nobody_out_where_they_were_before,
    an_account_gets_at_most_a_hundred_wrong_passwords_an_hour,
    guessing_the_current_password_counts_with_the_logins,
    who_uses_links_or_forgot_is_slowed_too,
    registering_is_slowed_per_address,
    logins_beyond_what_may_wait_are_put_off,
}

async fn try_login(node: &Node, email: &str, password: &str, from: [u8; 4]) -> Answer {
    let from = ClientAddress(IpAddr::from(from));
    node.ask("POST", "/login").extension(from).json(json!({"email": email, "password": password})).await
}

fn rate(burst: u32) -> Rate {
    Rate { burst, every: Duration::from_secs(20) }
}

async fn guessing_one_account_is_slowed_from_one_address(world: World) {
    let node = world.node_with(|config| config.limits.account_from_address = rate(3));
    node.register("ann@example.org").await.is(201);
    for email in ["ann@example.org", "nobody@example.org"] {
        for _ in 0..3 {
            try_login(&node, email, "wrong password", [192, 0, 2, 1])
                .await
                .fails(401, "auth.invalid_credentials");
        }
        // However it is spelled, and even with the right password.
        let refused = try_login(&node, &email.to_uppercase(), PASSWORD, [192, 0, 2, 1]).await;
        let refused = refused.fails(429, "auth.too_many_attempts");
        assert_eq!(refused.headers["retry-after"], "20");
    }
    try_login(&node, "ann@example.org", PASSWORD, [192, 0, 2, 2]).await.is(200);
    world.pass(20);
    try_login(&node, "ann@example.org", PASSWORD, [192, 0, 2, 1]).await.is(200);
}

async fn guessing_one_account_is_slowed_from_many_addresses(world: World) {
    let node = world.node_with(|config| config.limits.account = rate(5));
    node.signed_in("ben@example.org").await;
    for host in 0..5 {
        try_login(&node, "ann@example.org", "wrong password", [192, 0, 2, host]).await.is(401);
    }
    try_login(&node, "ann@example.org", "wrong password", [192, 0, 2, 9])
        .await
        .fails(429, "auth.too_many_attempts");
    try_login(&node, "ben@example.org", PASSWORD, [192, 0, 2, 9]).await.is(200);
}

async fn a_right_password_does_not_count_against_its_account(world: World) {
    let node = world.node_with(|config| {
        (config.limits.account_from_address, config.limits.account) = (rate(3), rate(3));
    });
    node.register("ann@example.org").await.is(201);
    for _ in 0..10 {
        try_login(&node, "ann@example.org", PASSWORD, [192, 0, 2, 1]).await.is(200);
    }
    for _ in 0..3 {
        try_login(&node, "ann@example.org", "wrong password", [192, 0, 2, 1]).await.is(401);
    }
    try_login(&node, "ann@example.org", PASSWORD, [192, 0, 2, 1]).await.fails(429, "auth.too_many_attempts");
}

async fn strangers_who_guess_keep_nobody_out_where_they_were_before(world: World) {
    let node = world.node_with(|config| config.limits.account = rate(5));
    node.register("ann@example.org").await.is(201);
    try_login(&node, "ann@example.org", PASSWORD, [192, 0, 2, 1]).await.is(200);
    for host in 10..15 {
        try_login(&node, "ann@example.org", "wrong password", [192, 0, 2, host]).await.is(401);
    }
    try_login(&node, "ann@example.org", PASSWORD, [192, 0, 2, 20]).await.fails(429, "auth.too_many_attempts");
    try_login(&node, "ann@example.org", PASSWORD, [192, 0, 2, 1]).await.is(200);
}

async fn an_account_gets_at_most_a_hundred_wrong_passwords_an_hour(world: World) {
    let node = world.node_with(|config| {
        let address = config.limits.address;
        config.limits = Limits { address, ..Limits::default() };
    });
    node.register("ann@example.org").await.is(201);
    let known = [[192, 0, 2, 1], [192, 0, 2, 2]];
    for from in known {
        try_login(&node, "ann@example.org", PASSWORD, from).await.is(200);
    }
    let mut checked = 0;
    for step in 0..360_u16 {
        let [high, low] = step.to_be_bytes();
        for from in [known[0], known[1], [198, 51, high, low]] {
            let answer = try_login(&node, "ann@example.org", "wrong password", from).await;
            checked += usize::from(answer.status == 401);
        }
        world.pass(10);
    }
    assert!((90..=100).contains(&checked), "{checked} were checked");
}

async fn guessing_the_current_password_counts_with_the_logins(world: World) {
    let node = world.node_with(|config| config.limits.account = rate(3));
    let login = node.signed_in("ann@example.org").await;
    let guess = || {
        let ask = node.ask("POST", "/password").bearer(login.access_token());
        ask.json(json!({"current": "wrong password", "new": "staple horse battery"}))
    };
    for _ in 0..3 {
        guess().await.fails(403, "password.wrong");
    }
    guess().await.fails(429, "auth.too_many_attempts");
    node.login("ann@example.org").await.fails(429, "auth.too_many_attempts");
}

async fn who_uses_links_or_forgot_is_slowed_too(world: World) {
    let node = world.node_with(|config| config.limits.address = rate(2));
    for (path, body) in [
        ("/password/reset", json!({"token": "x", "new": "staple horse battery"})),
        ("/email/verify", json!({"token": "x"})),
    ] {
        for _ in 0..2 {
            node.post(path, body.clone()).await.is(422);
        }
        node.post(path, body).await.fails(429, "auth.too_many_attempts");
        world.pass(60);
    }
    let node = world.node_with(|config| config.limits.account_from_address = rate(2));
    for email in ["ann@example.org", "nobody@example.org"] {
        let forgot = || node.post("/password/forgot", json!({"email": email}));
        for _ in 0..2 {
            forgot().await.is(202);
        }
        forgot().await.fails(429, "auth.too_many_attempts");
        // Who asks in somebody's name keeps nobody from logging in.
        node.login(email).await.is(401);
    }
}

async fn one_address_is_slowed_whoever_it_means(world: World) {
    let node = world.node_with(|config| config.limits.address = rate(3));
    for email in ["a@example.org", "b@example.org", "c@example.org"] {
        try_login(&node, email, "wrong password", [192, 0, 2, 1]).await.is(401);
    }
    try_login(&node, "d@example.org", "wrong password", [192, 0, 2, 1])
        .await
        .fails(429, "auth.too_many_attempts");
    try_login(&node, "d@example.org", "wrong password", [192, 0, 2, 2]).await.is(401);
}

async fn registering_is_slowed_per_address(world: World) {
    let node = world.node_with(|config| config.limits.address = rate(2));
    node.register("a@example.org").await.is(201);
    node.register("b@example.org").await.is(201);
    node.register("c@example.org").await.fails(429, "auth.too_many_attempts");
    world.pass(20);
    node.register("c@example.org").await.is(201);
}

async fn logins_beyond_what_may_wait_are_put_off(world: World) {
    // Slow enough that the last have arrived before the first is done.
    let node = world.node_with(|config| {
        config.hashing.memory_kib = 16 * 1_024;
        (config.hashing.at_once, config.hashing.waiting) = (1, 2);
    });
    let answers = join_all((0..30).map(|_| node.login("ann@example.org"))).await;
    let (checked, put_off): (Vec<_>, Vec<_>) = answers.into_iter().partition(|answer| answer.status == 401);
    assert!(checked.len() >= 3 && !put_off.is_empty(), "{} checked", checked.len());
    for answer in put_off {
        assert_eq!(answer.fails(503, "password.busy").headers["retry-after"], "1");
    }
    node.login("ann@example.org").await.fails(401, "auth.invalid_credentials");
}
