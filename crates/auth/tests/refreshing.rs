//! Refresh tokens: rotation, repeats, races and copies.

use std::collections::BTreeSet;

use futures::future::join_all;
use parlance_auth::SIGN_INS;
use parlance_base::{Revocation, SignInId};
use serde_json::json;

use tokio::task::JoinSet;

use crate::{
    node::Answer,
    support::{World, on_both},
    tokens::claims,
};

on_both! {
    refreshing_rotates_and_a_prompt_repeat_gets_the_same_successor,
    refreshes_at_once_get_the_same_successor,
    fifty_refreshes_at_once_leave_one_sign_in_that_holds,
    refreshes_at_once_with_the_end_bring_nothing_back,
    a_copy_used_by_many_at_once_ends_the_sign_in_and_its_connections,
    a_copy_used_later_ends_the_sign_in,
    a_copy_two_generations_old_ends_the_sign_in_at_once,
    what_has_no_good_mac_ends_nothing,
    each_refresh_extends_the_sign_in_by_thirty_days,
}

async fn refreshing_rotates_and_a_prompt_repeat_gets_the_same_successor(world: World) {
    let node = world.node();
    let login = node.signed_in("ann@example.org").await;
    let next = node.refresh(login.refresh_token()).await.is(200);
    assert_ne!(next.refresh_token(), login.refresh_token());
    assert_eq!(next.body["expires_in"], json!(900));
    node.me(next.access_token()).await.is(200);
    world.pass(30);
    let repeated = node.refresh(login.refresh_token()).await.is(200);
    assert_eq!(repeated.refresh_token(), next.refresh_token());
    let third = node.refresh(next.refresh_token()).await.is(200);
    assert_ne!(third.refresh_token(), next.refresh_token());
}

async fn refreshes_at_once_get_the_same_successor(world: World) {
    let nodes = [world.node(), world.node()];
    let mut token = nodes[0].signed_in("ann@example.org").await.refresh_token().to_owned();
    for _ in 0..10 {
        let answers = join_all((0..16).map(|at| nodes[at % 2].refresh(&token))).await;
        let mut successors: Vec<_> =
            answers.into_iter().map(|answer| answer.is(200).refresh_token().to_owned()).collect();
        successors.dedup();
        assert_eq!(successors.len(), 1);
        assert_ne!(successors[0], token);
        token = successors.remove(0);
    }
}

/// Fifty tasks on two nodes that refresh with this token at once.
fn refreshing(world: &World, token: &str) -> JoinSet<Answer> {
    let nodes = [world.node(), world.node()];
    let mut tasks = JoinSet::new();
    for at in 0..50 {
        let (node, token) = (nodes[at % 2].clone(), token.to_owned());
        tasks.spawn(async move { node.refresh(&token).await });
    }
    tasks
}

async fn fifty_refreshes_at_once_leave_one_sign_in_that_holds(world: World) {
    let node = world.node();
    let mut last = node.signed_in("ann@example.org").await;
    for _ in 0..5 {
        let answers = refreshing(&world, last.refresh_token()).join_all().await;
        let successors: BTreeSet<_> =
            answers.into_iter().map(|answer| answer.is(200).refresh_token().to_owned()).collect();
        assert_eq!(successors.len(), 1, "{successors:?}");
        last = node.refresh(successors.first().unwrap()).await.is(200);
        node.me(last.access_token()).await.is(200);
    }
}

async fn refreshes_at_once_with_the_end_bring_nothing_back(world: World) {
    let node = world.node();
    node.register("ann@example.org").await.is(201);
    for _ in 0..5 {
        let login = node.login("ann@example.org").await.is(200);
        let id: SignInId = claims(login.access_token())["sid"].as_str().unwrap().parse().unwrap();
        let tasks = refreshing(&world, login.refresh_token());
        let (answers, ended) = tokio::join!(tasks.join_all(), node.auth.revoke_sign_in(id));
        ended.unwrap();
        for answer in answers {
            assert!(answer.status == 200 || answer.code() == "auth.sign_in_ended", "{answer:?}");
            if answer.status == 200 {
                node.refresh(answer.refresh_token()).await.fails(401, "auth.sign_in_ended");
                node.me(answer.access_token()).await.fails(401, "auth.sign_in_ended");
            }
        }
        assert!(
            world.store.system().get_documents(&SIGN_INS, vec![id.to_string()]).await.unwrap().is_empty()
        );
    }
}

async fn a_copy_used_by_many_at_once_ends_the_sign_in_and_its_connections(world: World) {
    let nodes = [world.node(), world.node()];
    let login = nodes[0].signed_in("ann@example.org").await;
    let id: SignInId = claims(login.access_token())["sid"].as_str().unwrap().parse().unwrap();
    let next = nodes[0].refresh(login.refresh_token()).await.is(200);
    world.pass(31);
    let mut ended = nodes[0].revocations();
    let mut copies = JoinSet::new();
    for _ in 0..20 {
        let (node, token) = (nodes[0].clone(), login.refresh_token().to_owned());
        copies.spawn(async move { node.refresh(&token).await });
    }
    let answers = copies.join_all().await;
    let codes: BTreeSet<_> = answers.iter().map(Answer::code).collect();
    assert!(codes.contains("auth.refresh_reused"), "{codes:?}");
    assert!(codes.is_subset(&BTreeSet::from(["auth.refresh_reused", "auth.sign_in_ended"])), "{codes:?}");
    assert_eq!(ended.recv().await.unwrap(), Revocation::SignIn(id));
    for node in &nodes {
        node.refresh(next.refresh_token()).await.fails(401, "auth.sign_in_ended");
        node.me(next.access_token()).await.fails(401, "auth.sign_in_ended");
    }
}

async fn a_copy_used_later_ends_the_sign_in(world: World) {
    let node = world.node();
    let login = node.signed_in("ann@example.org").await;
    let other = node.login("ann@example.org").await.is(200);
    let next = node.refresh(login.refresh_token()).await.is(200);
    world.pass(31);
    node.refresh(login.refresh_token()).await.fails(401, "auth.refresh_reused");
    node.refresh(next.refresh_token()).await.fails(401, "auth.sign_in_ended");
    node.me(next.access_token()).await.fails(401, "auth.sign_in_ended");
    node.refresh(other.refresh_token()).await.is(200);
}

async fn a_copy_two_generations_old_ends_the_sign_in_at_once(world: World) {
    let node = world.node();
    let login = node.signed_in("ann@example.org").await;
    let second = node.refresh(login.refresh_token()).await.is(200);
    let third = node.refresh(second.refresh_token()).await.is(200);
    node.refresh(login.refresh_token()).await.fails(401, "auth.refresh_reused");
    node.me(third.access_token()).await.fails(401, "auth.sign_in_ended");
}

async fn what_has_no_good_mac_ends_nothing(world: World) {
    let node = world.node();
    let login = node.signed_in("ann@example.org").await;
    let good = login.refresh_token();
    let (rest, mac) = good.rsplit_once('.').unwrap();
    let (id, _) = rest.split_once('.').unwrap();
    for token in [
        "",
        "..",
        id,
        rest,
        &format!("{rest}."),
        &format!("{rest}.AAAA"),
        &format!("{id}.1.{mac}"),
        &format!("{id}.-1.{mac}"),
        &format!("{id}.99999999999999999999.{mac}"),
        &format!("{}.0.{mac}", world.ids.next::<parlance_base::SignInId>()),
        &good[..good.len() - 1],
        &format!("{good}A"),
        &format!("{id}.0.{}", login.cookie_value("parlance_csrf")),
        &login.cookie_value("__Host-parlance_session"),
        login.access_token(),
    ] {
        node.refresh(token).await.fails(401, "auth.invalid_refresh_token");
    }
    node.refresh(good).await.is(200);
}

async fn each_refresh_extends_the_sign_in_by_thirty_days(world: World) {
    let node = world.node();
    let mut last = node.signed_in("ann@example.org").await;
    for _ in 0..3 {
        world.pass(30 * 24 * 3_600 - 1);
        last = node.refresh(last.refresh_token()).await.is(200);
    }
    world.pass(30 * 24 * 3_600);
    node.refresh(last.refresh_token()).await.fails(401, "auth.sign_in_ended");
}
