//! One's devices, and ending them.

use std::collections::BTreeSet;

use parlance_base::{Revocation, SignInId};
use parlance_trial::eventually;
use serde_json::{Value, json};

use crate::{
    node::{Answer, Node},
    support::{PASSWORD, World, on_both},
    tokens::claims,
};

on_both! {
    sign_ins_are_listed_with_their_devices,
    only_ones_own_sign_in_can_be_ended,
    all_others_can_be_ended_at_once,
    another_use_is_written_down_after_an_hour,
    what_expired_is_not_listed,
}

async fn login_from(node: &Node, email: &str, device: &str) -> Answer {
    let ask = node.ask("POST", "/login").header("user-agent", device);
    ask.json(json!({"email": email, "password": PASSWORD})).await.is(200)
}

async fn listed(node: &Node, login: &Answer) -> Vec<Value> {
    let list = node.ask("GET", "/sign-ins").bearer(login.access_token()).send().await.is(200).body;
    assert_eq!(list["next"], Value::Null);
    list["items"].as_array().unwrap().clone()
}

async fn end(node: &Node, login: &Answer, id: &str) -> Answer {
    node.ask("DELETE", &format!("/sign-ins/{id}")).bearer(login.access_token()).send().await
}

fn id(login: &Answer) -> String {
    claims(login.access_token())["sid"].as_str().unwrap().to_owned()
}

async fn sign_ins_are_listed_with_their_devices(world: World) {
    let node = world.node();
    let first = node.signed_in("ann@example.org").await;
    world.pass(60);
    let second = login_from(&node, "ann@example.org", &format!(" Firefox/\t{}", "x".repeat(300))).await;
    node.signed_in("ben@example.org").await;
    let device = format!("Firefox/{}", "x".repeat(192));
    let expected = json!([
        {
            "id": id(&second),
            "created_at": "2026-11-21T09:31:00.000Z",
            "last_used_at": "2026-11-21T09:31:00.000Z",
            "device": device,
            "current": true,
        },
        {
            "id": id(&first),
            "created_at": "2026-11-21T09:30:00.000Z",
            "last_used_at": "2026-11-21T09:30:00.000Z",
            "device": null,
            "current": false,
        },
    ]);
    assert_eq!(json!(listed(&node, &second).await), expected);
    let stored =
        world.store.system().get_documents(&parlance_auth::SIGN_INS, vec![id(&second)]).await.unwrap();
    let fields: BTreeSet<_> = stored[0].keys().map(String::as_str).collect();
    let known = [
        "created_at",
        "device",
        "expires_at",
        "generation",
        "id",
        "last_used_at",
        "password_version",
        "rotated_at",
        "user_id",
    ];
    assert_eq!(fields, BTreeSet::from(known), "and no address");
}

async fn only_ones_own_sign_in_can_be_ended(world: World) {
    let node = world.node();
    let (ann, ben) = (node.signed_in("ann@example.org").await, node.signed_in("ben@example.org").await);
    let phone = node.login("ann@example.org").await.is(200);
    let nobodys = world.ids.next::<SignInId>().to_string();
    for id in [&id(&ben), &nobodys] {
        end(&node, &ann, id).await.fails(404, "sign_in.not_found");
    }
    end(&node, &ann, "x").await.fails(400, "request.malformed_id");
    let mut ended = node.revocations();
    end(&node, &ann, &id(&phone)).await.is(204);
    assert_eq!(ended.recv().await.unwrap(), Revocation::SignIn(id(&phone).parse().unwrap()));
    node.me(phone.access_token()).await.fails(401, "auth.sign_in_ended");
    end(&node, &ann, &id(&phone)).await.fails(404, "sign_in.not_found");
    node.me(ben.access_token()).await.is(200);
    end(&node, &ann, &id(&ann)).await.is(204);
    node.me(ann.access_token()).await.fails(401, "auth.sign_in_ended");
}

async fn all_others_can_be_ended_at_once(world: World) {
    let node = world.node();
    let (ann, ben) = (node.signed_in("ann@example.org").await, node.signed_in("ben@example.org").await);
    let mut others = Vec::new();
    for _ in 0..5 {
        others.push(node.login("ann@example.org").await.is(200));
    }
    let others_ended = async || {
        node.ask("POST", "/sign-ins/revoke-others").bearer(ann.access_token()).send().await.is(204);
    };
    tokio::join!(others_ended(), others_ended());
    for other in &others {
        node.me(other.access_token()).await.fails(401, "auth.sign_in_ended");
    }
    node.me(ben.access_token()).await.is(200);
    let left = listed(&node, &ann).await;
    assert_eq!((left.len(), &left[0]["current"]), (1, &json!(true)));
}

async fn another_use_is_written_down_after_an_hour(world: World) {
    let node = world.node();
    let laptop = node.signed_in("ann@example.org").await;
    let session = format!("__Host-parlance_session={}", laptop.cookie_value("__Host-parlance_session"));
    let used = async || {
        let list = node.ask("GET", "/sign-ins").header("cookie", &session).send().await.is(200).body;
        list["items"][0]["last_used_at"].as_str().unwrap().to_owned()
    };
    world.pass(3_599);
    assert_eq!(used().await, "2026-11-21T09:30:00.000Z");
    world.pass(3);
    // Written down after it was answered: the test's own time, the world's stands still.
    eventually("it is written down", async || used().await == "2026-11-21T10:30:02.000Z").await;
}

async fn what_expired_is_not_listed(world: World) {
    let node = world.node();
    let old = node.signed_in("ann@example.org").await;
    world.pass(29 * 24 * 3_600);
    let new = node.login("ann@example.org").await.is(200);
    assert_eq!(listed(&node, &new).await.len(), 2);
    world.pass(24 * 3_600);
    let new = node.refresh(new.refresh_token()).await.is(200);
    assert_eq!(listed(&node, &new).await.len(), 1);
    node.refresh(old.refresh_token()).await.fails(401, "auth.sign_in_ended");
}
