//! How often one may try.

use std::{net::IpAddr, time::Duration};

use futures::future::join_all;
use parlance_auth::{ClientAddress, Rate};
use serde_json::json;

use crate::{
    node::{Answer, Node},
    support::{PASSWORD, World, on_both},
};

on_both! {
    guessing_one_account_is_slowed_from_one_address,
    guessing_one_account_is_slowed_from_many_addresses,
    one_address_is_slowed_whoever_it_means,
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
