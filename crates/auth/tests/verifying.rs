//! Addresses that are shown to be somebody's.

use parlance_base::{Authenticate, Credentials, Identify};
use parlance_store::fault::Fault;
use serde_json::json;
use tokio::task::JoinSet;

use crate::{
    faults::faulty,
    membership::workspace,
    node::{Answer, Node},
    resetting::token,
    support::{World, on_both},
};

on_both! {
    a_verified_address_is_the_callers,
    a_link_verifies_once_and_for_an_hour,
    what_is_no_link_verifies_nothing,
    a_verification_whose_answer_was_lost_is_looked_up,
}

async fn link(node: &Node) -> String {
    token(&node.auth.verify_link("ann@example.org").await.unwrap(), "verify-email")
}

async fn verify(node: &Node, token: &str) -> Answer {
    node.post("/email/verify", json!({"token": token})).await
}

async fn a_verified_address_is_the_callers(world: World) {
    let (here, elsewhere) = (world.node(), world.node());
    let ann = here.signed_in("ann@example.org").await;
    workspace(&world, &ann, "acme").await;
    let known = async |node: &Node| {
        let (request, ()) = http::Request::new(()).into_parts();
        let credentials = Credentials::Token(ann.access_token());
        let identity = node.auth.identify(credentials, &request).await.unwrap();
        let caller = node.auth.authenticate(credentials, Some("acme"), &request).await.unwrap();
        assert_eq!(identity.email, caller.email);
        caller.email
    };
    assert_eq!((known(&here).await, known(&elsewhere).await), (None, None));
    assert_eq!(here.me(ann.access_token()).await.body["email_verified"], false);
    verify(&elsewhere, &link(&here).await).await.is(204);
    assert_eq!(here.me(ann.access_token()).await.body["email_verified"], true);
    world.pass(3);
    let email = Some("ann@example.org".to_owned());
    assert_eq!((known(&here).await, known(&elsewhere).await), (email.clone(), email));
}

async fn a_link_verifies_once_and_for_an_hour(world: World) {
    let nodes = [world.node(), world.node()];
    nodes[0].signed_in("ann@example.org").await;
    let late = link(&nodes[0]).await;
    world.pass(3_600);
    verify(&nodes[0], &late).await.fails(422, "verification.invalid");
    let link = link(&nodes[0]).await;
    let mut tries = JoinSet::new();
    for at in 0..20 {
        let (node, link) = (nodes[at % 2].clone(), link.clone());
        tries.spawn(async move { verify(&node, &link).await });
    }
    let (won, lost): (Vec<_>, Vec<_>) =
        tries.join_all().await.into_iter().partition(|answer| answer.status == 204);
    assert_eq!(won.len(), 1);
    for answer in lost {
        answer.fails(422, "verification.invalid");
    }
}

async fn what_is_no_link_verifies_nothing(world: World) {
    let node = world.node();
    let ann = node.signed_in("ann@example.org").await;
    let good = link(&node).await;
    let reset = token(&node.auth.reset_link("ann@example.org").await.unwrap(), "reset-password");
    for text in ["", &good[1..], &"A".repeat(43), &reset] {
        verify(&node, text).await.fails(422, "verification.invalid");
    }
    assert_eq!(node.auth.verify_link("nobody@example.org").await.unwrap_err().code(), "user.not_found");
    assert_eq!(node.me(ann.access_token()).await.body["email_verified"], false);
    verify(&node, &good).await.is(204);
}

async fn a_verification_whose_answer_was_lost_is_looked_up(world: World) {
    let (node, planned) = faulty(&world);
    let ann = node.signed_in("ann@example.org").await;
    let link = link(&node).await;
    planned.next(Fault::RequestLost);
    verify(&node, &link).await.fails(503, "store.unknown");
    planned.next(Fault::AnswerLost);
    verify(&node, &link).await.is(204);
    assert_eq!(node.me(ann.access_token()).await.body["email_verified"], true);
}
