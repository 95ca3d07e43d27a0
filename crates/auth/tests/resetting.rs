//! Forgotten passwords, and the links that set others.

use std::time::Duration;

use parlance_auth::Link;
use parlance_base::Time;
use parlance_store::fault::Fault;
use parlance_trial::eventually;
use serde_json::json;
use tokio::task::JoinSet;

use crate::{
    faults::faulty,
    membership::id_of,
    node::{Answer, Node},
    one_time,
    passwords::{change, login_with},
    support::{PASSWORD, URL, World, on_both},
};

on_both! {
    a_link_sets_the_password_once_and_ends_every_sign_in,
    of_many_who_use_a_link_at_once_on_two_nodes_one_sets_the_password,
    a_link_is_good_for_an_hour_and_for_the_password_that_it_replaces,
    what_is_no_link_sets_nothing,
    a_password_that_is_refused_leaves_the_link_good,
    the_oldest_of_too_many_links_make_way,
    who_forgot_is_noted_and_nobody_else_learns_of_it,
    a_reset_whose_answer_was_lost_is_looked_up,
}

const OTHER: &str = "staple horse battery";

/// The token in a link, as the page that it leads to reads it.
pub(crate) fn token(link: &Link, page: &str) -> String {
    let token = link.url.strip_prefix(&format!("{URL}/{page}#token=")).unwrap();
    token.to_owned()
}

async fn link(node: &Node) -> String {
    token(&node.auth.reset_link("Ann@example.org").await.unwrap(), "reset-password")
}

async fn reset(node: &Node, token: &str, new: &str) -> Answer {
    node.post("/password/reset", json!({"token": token, "new": new})).await
}

async fn a_link_sets_the_password_once_and_ends_every_sign_in(world: World) {
    let (here, elsewhere) = (world.node(), world.node());
    let login = here.signed_in("ann@example.org").await;
    let bens = here.signed_in("ben@example.org").await;
    elsewhere.me(login.access_token()).await.is(200);
    let link = link(&here).await;
    let mut ended = elsewhere.revocations();
    reset(&elsewhere, &link, OTHER).await.is(204);
    assert!(matches!(ended.recv().await.unwrap(), parlance_base::Revocation::SignIn(_)));
    elsewhere.me(login.access_token()).await.fails(401, "auth.sign_in_ended");
    here.refresh(login.refresh_token()).await.fails(401, "auth.sign_in_ended");
    here.me(bens.access_token()).await.is(200);
    reset(&here, &link, PASSWORD).await.fails(422, "reset.invalid");
    here.login("ann@example.org").await.fails(401, "auth.invalid_credentials");
    let login = login_with(&here, "ann@example.org", OTHER).await.is(200);
    assert_eq!(login.body["user"]["email_verified"], false, "the link did not come by mail");
}

async fn of_many_who_use_a_link_at_once_on_two_nodes_one_sets_the_password(world: World) {
    let nodes = [world.node(), world.node()];
    nodes[0].signed_in("ann@example.org").await;
    // Half of them with one link, half with another: they replace the same password.
    let links = [link(&nodes[0]).await, link(&nodes[1]).await];
    let mut resets = JoinSet::new();
    for at in 0..20 {
        let (node, link) = (nodes[at % 2].clone(), links[at / 2 % 2].clone());
        resets.spawn(async move {
            let new = format!("{OTHER} {at}");
            (reset(&node, &link, &new).await, new)
        });
    }
    let (won, lost): (Vec<_>, Vec<_>) =
        resets.join_all().await.into_iter().partition(|(answer, _)| answer.status == 204);
    assert_eq!(won.len(), 1);
    for (answer, _) in lost {
        answer.fails(422, "reset.invalid");
    }
    login_with(&nodes[0], "ann@example.org", &won[0].1).await.is(200);
}

async fn a_link_is_good_for_an_hour_and_for_the_password_that_it_replaces(world: World) {
    let node = world.node();
    let login = node.signed_in("ann@example.org").await;
    let made = node.auth.reset_link("ann@example.org").await.unwrap();
    assert_eq!(made.expires_at, Time::from_millis(1_795_253_400_000).after(Duration::from_hours(1)));
    let made = token(&made, "reset-password");
    world.pass(3_600);
    reset(&node, &made, OTHER).await.fails(422, "reset.invalid");
    let login = node.refresh(login.refresh_token()).await.is(200);
    let made = link(&node).await;
    change(&node, &login, PASSWORD, OTHER).await.is(204);
    reset(&node, &made, PASSWORD).await.fails(422, "reset.invalid");
    let (one, another) = (link(&node).await, link(&node).await);
    world.pass(3_599);
    reset(&node, &one, PASSWORD).await.is(204);
    reset(&node, &another, OTHER).await.fails(422, "reset.invalid");
    node.login("ann@example.org").await.is(200);
}

async fn what_is_no_link_sets_nothing(world: World) {
    let node = world.node();
    let login = node.signed_in("ann@example.org").await;
    let good = link(&node).await;
    let ticket = node.ask("POST", "/tickets").bearer(login.access_token()).send().await.is(201).body;
    let verify = token(&node.auth.verify_link("ann@example.org").await.unwrap(), "verify-email");
    let stored = one_time::of(&world, id_of(&login)).await;
    let hash = stored.iter().find(|one| one["purpose"] == "password_reset").unwrap()["id"].as_str().unwrap();
    for text in [
        "",
        "x",
        &good[1..],
        &format!("{good}A"),
        &"A".repeat(43),
        hash,
        &verify,
        ticket["ticket"].as_str().unwrap(),
        login.access_token(),
    ] {
        reset(&node, text, OTHER).await.fails(422, "reset.invalid");
    }
    assert_eq!(node.auth.reset_link("ben@example.org").await.unwrap_err().code(), "user.not_found");
    reset(&node, &good, OTHER).await.is(204);
}

async fn a_password_that_is_refused_leaves_the_link_good(world: World) {
    let node = world.node();
    node.signed_in("ann@example.org").await;
    let link = link(&node).await;
    reset(&node, &link, "short").await.fails(422, "password.too_short");
    reset(&node, &link, "passwordpassword").await.fails(422, "password.too_common");
    reset(&node, &link, OTHER).await.is(204);
}

async fn the_oldest_of_too_many_links_make_way(world: World) {
    let node = world.node();
    let ann = node.signed_in("ann@example.org").await;
    let mut links = Vec::new();
    for _ in 0..6 {
        world.pass(1);
        links.push(link(&node).await);
    }
    assert_eq!(one_time::of(&world, id_of(&ann)).await.len(), 5);
    reset(&node, &links[0], OTHER).await.fails(422, "reset.invalid");
    reset(&node, &links[1], OTHER).await.is(204);
}

async fn who_forgot_is_noted_and_nobody_else_learns_of_it(world: World) {
    let node = world.node();
    let ann = node.signed_in("ann@example.org").await;
    let mut answers = Vec::new();
    for email in ["Ann@example.org", "nobody@example.org", "", "no address"] {
        let answer = node.post("/password/forgot", json!({"email": email})).await.is(202);
        answers.push(answer.body);
    }
    answers.dedup();
    assert_eq!(answers.len(), 1);
    let asked_at = async || node.auth.me(id_of(&ann)).await.unwrap().reset_asked_at;
    // Noted after it was answered: the test's own time, the world's stands still.
    eventually("it is noted", async || asked_at().await.is_some()).await;
    assert_eq!(asked_at().await, Some(Time::from_millis(1_795_253_400_000)));
    node.login("ann@example.org").await.is(200);
    assert!(asked_at().await.is_some(), "it stays until there is another password");
    reset(&node, &link(&node).await, OTHER).await.is(204);
    assert_eq!(asked_at().await, None);
}

async fn a_reset_whose_answer_was_lost_is_looked_up(world: World) {
    let (node, planned) = faulty(&world);
    let login = node.signed_in("ann@example.org").await;
    let link = link(&node).await;
    for (fault, code) in [(Fault::RequestLost, "store.unknown"), (Fault::Refused, "store.unavailable")] {
        planned.next(fault);
        reset(&node, &link, OTHER).await.fails(503, code);
    }
    planned.next(Fault::AnswerLost);
    reset(&node, &link, OTHER).await.is(204);
    node.me(login.access_token()).await.fails(401, "auth.sign_in_ended");
    reset(&node, &link, PASSWORD).await.fails(422, "reset.invalid");
    login_with(&node, "ann@example.org", OTHER).await.is(200);
}
