//! Users who are erased: what goes, what it takes, and what an interruption leaves.

use std::{sync::Arc, time::Duration};

use futures::future::join_all;
use parlance_auth::{AVATARS, ONE_TIME_SECRETS, SECOND_FACTORS, SIGN_INS, USERS};
use parlance_base::{Revocation, UserId};
use parlance_store::{Collection, Field, Find, Stored, fault::Fault};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{
    authenticator::{enrol, login},
    deactivating::{FAULTS, Once, work},
    membership::id_of,
    node::{Answer, Node},
    support::{PASSWORD, World, on_both},
    tokens::claims,
};

on_both! {
    nothing_is_left_of_an_erased_user_and_their_address_registers_again,
    erasing_takes_the_password_and_the_code,
    a_deactivated_user_can_be_erased,
    changes_that_race_with_the_end_change_nothing_after_it,
    what_was_interrupted_is_done_by_doing_it_again,
    what_was_interrupted_is_done_by_the_job,
}

const ANN: &str = "ann@example.org";

/// Somebody with all that a user can have, in an installation that somebody else runs.
async fn furnished(world: &World, node: &Node) -> (Answer, crate::authenticator::Authenticator) {
    if !node.auth.has_users().await.unwrap() {
        node.register("admin@example.org").await.is(201);
    }
    let ann = node.signed_in(ANN).await;
    let (app, _) = enrol(world, node, &ann).await;
    let profile = json!({"full_name": "Annabel Lee", "handle": "annabel", "dnd": true});
    node.ask("PATCH", "/me").bearer(ann.access_token()).json(profile).await.is(200);
    node.ask("PUT", "/me/avatar").bearer(ann.access_token()).bytes(b"GIF89a").send().await.is(200);
    node.auth.verify_link(ANN).await.unwrap();
    assert_eq!(links(world, &ann).await.len(), 1);
    (ann, app)
}

/// A link that was made for somebody, which names their address.
#[derive(Debug, Serialize, Deserialize)]
struct Link {
    id: String,
    email: String,
}

impl Stored for Link {
    const COLLECTION: &'static Collection = &ONE_TIME_SECRETS;
}

async fn links(world: &World, ann: &Answer) -> Vec<Link> {
    let (user, purpose) = (Field::text("user_id"), Field::text("purpose"));
    let theirs = Find::new([user.is(id_of(ann).to_string()), purpose.is("email_verify")]);
    world.store.system().find(theirs).await.unwrap()
}

/// All that is stored of them, and whether it is nothing.
async fn assert_gone(world: &World, ann: &Answer) {
    let (id, system) = (id_of(ann).to_string(), world.store.system());
    let user = system.get_documents(&USERS, vec![id.clone()]).await.unwrap().remove(0);
    let password = user["password"].as_str().unwrap().to_owned();
    let expected = json!({
        "id": id, "email": format!("erased:{id}"), "full_name": "deleted user", "password": password,
        "password_version": 1, "dnd": false,
        "is_installation_admin": false, "state": "erased", "created_at": user["created_at"],
    });
    assert_eq!(json!(user), expected);
    for collection in [&AVATARS, &SECOND_FACTORS] {
        assert!(system.get_documents(collection, vec![id.clone()]).await.unwrap().is_empty());
    }
    let sign_in = claims(ann.access_token())["sid"].as_str().unwrap().to_owned();
    assert!(system.get_documents(&SIGN_INS, vec![sign_in]).await.unwrap().is_empty());
    assert!(links(world, ann).await.is_empty());
    assert!(world.workspaces.people().get(id_of(ann)).await.unwrap().is_none());
}

async fn erase(node: &Node, ann: &Answer, body: serde_json::Value) -> Answer {
    node.ask("DELETE", "/me").bearer(ann.access_token()).json(body).await
}

async fn nothing_is_left_of_an_erased_user_and_their_address_registers_again(world: World) {
    let node = world.node();
    let (ann, app) = furnished(&world, &node).await;
    world.pass(30);
    let mut ended = node.revocations();
    let body = json!({"password": PASSWORD, "code": app.code(&world, 0)});
    let gone = erase(&node, &ann, body).await.is(204);
    assert!(gone.cookie("__Host-parlance_session").contains("Max-Age=0"));
    assert_eq!(ended.recv().await.unwrap(), Revocation::User(id_of(&ann)));
    assert_gone(&world, &ann).await;
    node.me(ann.access_token()).await.fails(401, "auth.sign_in_ended");
    node.refresh(ann.refresh_token()).await.fails(401, "auth.sign_in_ended");
    for email in [ANN.to_owned(), format!("erased:{}", id_of(&ann))] {
        login(&node, &email, PASSWORD, None).await.fails(401, "auth.invalid_credentials");
    }
    let again = node.signed_in(ANN).await;
    assert_ne!(id_of(&again), id_of(&ann));
    node.auth.erase(id_of(&ann)).await.unwrap();
    for outcome in [node.auth.deactivate(id_of(&ann)).await, node.auth.reactivate(id_of(&ann)).await] {
        assert_eq!(outcome.unwrap_err().code(), "user.not_found");
    }
    work(&world, &node.auth).await;
    node.me(again.access_token()).await.is(200);
    assert_eq!(world.workspaces.people().by_email(ANN).await.unwrap().unwrap().id, id_of(&again));
}

async fn erasing_takes_the_password_and_the_code(world: World) {
    let node = world.node();
    let admin = node.signed_in("admin@example.org").await;
    erase(&node, &admin, json!({"password": PASSWORD})).await.fails(409, "user.last_admin");
    node.me(admin.access_token()).await.is(200);
    let (ann, app) = furnished(&world, &node).await;
    node.ask("DELETE", "/me").json(json!({"password": PASSWORD})).await.fails(401, "auth.required");
    erase(&node, &ann, json!({"password": "incorrect horse"})).await.fails(403, "password.wrong");
    erase(&node, &ann, json!({"password": PASSWORD})).await.fails(401, "auth.second_factor_required");
    erase(&node, &ann, json!({"password": PASSWORD, "code": "00"})).await.fails(401, "auth.invalid_code");
    node.me(ann.access_token()).await.is(200);
    world.pass(30);
    erase(&node, &ann, json!({"password": PASSWORD, "code": app.code(&world, 0)})).await.is(204);
    let ben = node.signed_in("ben@example.org").await;
    erase(&node, &ben, json!({"password": PASSWORD})).await.is(204);
}

async fn a_deactivated_user_can_be_erased(world: World) {
    let node = world.node();
    let (ann, _) = furnished(&world, &node).await;
    node.auth.set_installation_admin(id_of(&ann), true).await.unwrap();
    node.auth.deactivate(id_of(&ann)).await.unwrap();
    node.auth.erase(id_of(&ann)).await.unwrap();
    assert_gone(&world, &ann).await;
    let admin = node.auth.user_by_email("admin@example.org").await.unwrap();
    let last = node.auth.deactivate(admin.id).await.unwrap_err();
    assert_eq!(last.code(), "user.last_admin", "who was deactivated did not count");
}

async fn changes_that_race_with_the_end_change_nothing_after_it(world: World) {
    let (here, elsewhere) = (world.node(), world.node());
    for _ in 0..3 {
        let (ann, _) = furnished(&world, &here).await;
        let changes = (0..12).map(|at| {
            let ask = |method, path| elsewhere.ask(method, path).bearer(ann.access_token());
            let body = json!({"full_name": "Still Me", "handle": "still.me"});
            async move {
                match at % 3 {
                    0 => ask("PATCH", "/me").json(body).await,
                    1 => ask("PUT", "/me/avatar").bytes(b"GIF87a").send().await,
                    _ => ask("POST", "/totp").json(json!({"password": PASSWORD})).await,
                }
            }
        });
        let (changed, erased) = futures::join!(join_all(changes), here.auth.erase(id_of(&ann)));
        erased.unwrap();
        assert!(changed.iter().all(|answer| [200, 401, 409, 503].contains(&answer.status)), "{changed:?}");
        here.auth.erase(id_of(&ann)).await.unwrap();
        assert_gone(&world, &ann).await;
    }
}

async fn what_was_interrupted_is_done_by_doing_it_again(world: World) {
    let (faults, node) = (Arc::<Once>::default(), world.node());
    let faulty = world.node_on(&world.store.with_faults(faults.clone()));
    for fault in FAULTS {
        for others in 0..5 {
            let (ann, _) = furnished(&world, &node).await;
            faults.after(others, fault);
            if let Err(error) = faulty.auth.erase(id_of(&ann)).await {
                assert!(["store.unavailable", "store.unknown"].contains(&error.code()), "{error}");
                faulty.auth.erase(id_of(&ann)).await.unwrap();
            }
            assert!(faults.has_been(), "a step, a sign-in, an avatar, a link and a second factor");
            assert_gone(&world, &ann).await;
        }
    }
}

async fn what_was_interrupted_is_done_by_the_job(world: World) {
    let (faults, node) = (Arc::<Once>::default(), world.node());
    let faulty = world.node_on(&world.store.with_faults(faults.clone()));
    for others in 0..5 {
        let (ann, _) = furnished(&world, &node).await;
        let id: UserId = id_of(&ann);
        faults.after(others, Fault::EndsAfter);
        let ended = tokio::time::timeout(Duration::from_secs(2), faulty.auth.erase(id)).await;
        assert!(ended.is_err() && faults.has_been());
        // The address is free from the first step on.
        node.register(ANN).await.is(201);
        work(&world, &world.node().auth).await;
        assert_gone(&world, &ann).await;
        let again = node.auth.user_by_email(ANN).await.unwrap();
        node.auth.erase(again.id).await.unwrap();
    }
}
