//! Refresh tokens: rotation, repeats, races and copies.

use futures::future::join_all;
use serde_json::json;

use crate::support::{World, on_both};

on_both! {
    refreshing_rotates_and_a_prompt_repeat_gets_the_same_successor,
    refreshes_at_once_get_the_same_successor,
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
        &login.cookie_value("parlance_session"),
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
