//! Keys that end while they are used, and stores that do not say what became of a change.

use futures::future::join_all;
use parlance_base::{Authenticate, Check, Revocation, Role};
use parlance_store::fault::Fault;
use serde_json::json;

use super::shop::{Shop, acting_as, caller, log_in, made, master, scoped, user};
use crate::{
    faults::faulty,
    support::{World, on_both},
};

on_both! {
    a_deleted_key_is_out_here_at_once_and_elsewhere_within_three_seconds,
    requests_in_flight_cannot_bring_a_deleted_key_back,
    who_keeps_connections_is_told_of_every_key_that_ends,
    a_key_whose_making_nobody_heard_of_is_answered_and_one_that_was_not_made_is_not,
    an_end_whose_answer_was_lost_is_one,
    a_login_whose_answer_was_lost_leaves_one_key,
    a_store_out_of_reach_lets_no_key_in,
    the_keys_of_who_was_stopped_are_out_and_stay_so,
    the_keys_of_embedded_users_end_with_the_master_key_that_they_were_made_with,
}

async fn a_deleted_key_is_out_here_at_once_and_elsewhere_within_three_seconds(world: World) {
    let (here, elsewhere) = (world.node(), world.node());
    let shop = Shop::open(&world, &here, "ann").await;
    let key = shop.scoped(&here, "reader", &["chat.read"]).await;
    let known = caller(&elsewhere, &key.text, None).await.unwrap();
    here.me(&key.text).await.is(200);
    let path = format!("/keys/{}", key.id);
    shop.ask(&here, "DELETE", &path).send().await.is(204);
    here.me(&key.text).await.fails(401, "key.invalid");
    // Connections are looked at in the store, and what is seen there is known from then on.
    world.pass(1);
    assert_eq!(elsewhere.auth.revalidate(&[known.reference()]).await.unwrap(), [Check::Revoked]);
    elsewhere.me(&key.text).await.fails(401, "key.invalid");
    let third = world.node();
    third.me(&key.text).await.fails(401, "key.invalid");
    shop.ask(&here, "DELETE", &path).send().await.fails(404, "key.not_found");
}

async fn requests_in_flight_cannot_bring_a_deleted_key_back(world: World) {
    let node = world.node();
    let shop = Shop::open(&world, &node, "ann").await;
    let owner = shop.caller(&node).await;
    for at in 0..10 {
        let key = shop.scoped(&node, &format!("key {at}"), &["chat.read"]).await;
        let asking = join_all((0..20).map(|_| node.me(&key.text)));
        let ending = async {
            tokio::task::yield_now().await;
            node.auth.delete_key(&owner, key.id).await.unwrap();
            // What was answered before the end is remembered by nobody after it.
            node.me(&key.text).await.fails(401, "key.invalid");
        };
        let (answers, ()) = futures::join!(asking, ending);
        assert!(answers.iter().all(|answer| [200, 401].contains(&answer.status)), "{answers:?}");
        node.me(&key.text).await.fails(401, "key.invalid");
    }
}

async fn who_keeps_connections_is_told_of_every_key_that_ends(world: World) {
    let node = world.node();
    let mut told = node.revocations();
    let shop = Shop::open(&world, &node, "ann").await;
    let (key, master) = (shop.scoped(&node, "reader", &["chat.read"]).await, shop.master(&node).await);
    shop.ask(&node, "DELETE", &format!("/keys/{}", key.id)).send().await.is(204);
    assert_eq!(told.try_recv().unwrap(), Revocation::Key(key.id));
    let (_, text) = log_in(&node, &master.text, "u1", "Uma").await;
    let first = caller(&node, &text, None).await.unwrap().reference();
    let (_, text) = log_in(&node, &master.text, "u1", "Uma").await;
    let second = caller(&node, &text, None).await.unwrap().reference();
    assert!(told.try_recv().unwrap().makes_of(&first).is_some());
    let body = json!({"external_id": "u1"});
    node.ask("POST", "/keys/logout").bearer(&master.text).json(body).await.is(204);
    assert!(told.try_recv().unwrap().makes_of(&second).is_some());
    // The end of a master key is that of whoever acts by it, or has a key that was made with it.
    let (_, text) = log_in(&node, &master.text, "u1", "Uma").await;
    let third = caller(&node, &text, None).await.unwrap().reference();
    let acting = acting_as(&node, &master.text, "u1").await.unwrap().reference();
    shop.ask(&node, "DELETE", &format!("/keys/{}", master.id)).send().await.is(204);
    let end = told.try_recv().unwrap();
    assert!(end.makes_of(&third).is_some() && end.makes_of(&acting).is_some());
    assert!(end.makes_of(&shop.caller(&node).await.reference()).is_none());
    assert!(told.try_recv().is_err());
}

async fn a_key_whose_making_nobody_heard_of_is_answered_and_one_that_was_not_made_is_not(world: World) {
    let (node, planned) = faulty(&world);
    let shop = Shop::open(&world, &node, "ann").await;
    planned.next(Fault::AnswerLost);
    let key = shop.scoped(&node, "reader", &["chat.read"]).await;
    caller(&node, &key.text, None).await.unwrap();
    for (fault, code) in [(Fault::RequestLost, "store.unknown"), (Fault::Refused, "store.unavailable")] {
        planned.next(fault);
        let made = shop.ask(&node, "POST", "/keys").json(scoped("another", &["chat.read"])).await;
        made.fails(503, code);
    }
    made(shop.ask(&node, "POST", "/keys").json(scoped("another", &["chat.read"])).await);
}

async fn an_end_whose_answer_was_lost_is_one(world: World) {
    let (node, planned) = faulty(&world);
    let shop = Shop::open(&world, &node, "ann").await;
    let key = shop.scoped(&node, "reader", &["chat.read"]).await;
    let delete = || shop.ask(&node, "DELETE", &format!("/keys/{}", key.id)).send();
    planned.next(Fault::RequestLost);
    delete().await.fails(503, "store.unknown");
    node.me(&key.text).await.is(200);
    planned.next(Fault::AnswerLost);
    delete().await.is(204);
    node.me(&key.text).await.fails(401, "key.invalid");
}

async fn a_login_whose_answer_was_lost_leaves_one_key(world: World) {
    let (node, planned) = faulty(&world);
    let shop = Shop::open(&world, &node, "ann").await;
    let master = shop.master(&node).await;
    // Those of auth's own commits that rotate: joining is committed by the workspace's stream.
    let (_, first) = log_in(&node, &master.text, "u1", "Uma").await;
    planned.next(Fault::AnswerLost);
    let (_, second) = log_in(&node, &master.text, "u1", "Uma").await;
    node.me(&first).await.fails(401, "key.invalid");
    node.me(&second).await.is(200);
    planned.next(Fault::RequestLost);
    let body = json!({"external_id": "u1", "display_name": "Uma"});
    let login = node.ask("POST", "/keys/login").bearer(&master.text).json(body).await;
    login.fails(503, "store.unknown");
    node.me(&second).await.is(200);
    planned.next(Fault::AnswerLost);
    let body = json!({"external_id": "u1"});
    node.ask("POST", "/keys/logout").bearer(&master.text).json(body).await.is(204);
    node.me(&second).await.fails(401, "key.invalid");
}

async fn a_store_out_of_reach_lets_no_key_in(world: World) {
    let (node, planned) = faulty(&world);
    let shop = Shop::open(&world, &node, "ann").await;
    let key = shop.scoped(&node, "reader", &["chat.read"]).await;
    node.me(&key.text).await.is(200);
    planned.fail_reads(true);
    world.pass(3);
    node.me(&key.text).await.fails(503, "store.unavailable");
    planned.fail_reads(false);
    node.me(&key.text).await.is(200);
}

async fn the_keys_of_who_was_stopped_are_out_and_stay_so(world: World) {
    let (here, elsewhere) = (world.node(), world.node());
    here.signed_in("admin@example.org").await;
    // Alone in the workspace, they stay in it.
    let shop = Shop::open(&world, &here, "ann").await;
    let (key, master) = (shop.scoped(&here, "reader", &["chat.read"]).await, shop.master(&here).await);
    for node in [&here, &elsewhere] {
        node.me(&key.text).await.is(200);
        node.me(&master.text).await.is(200);
    }
    let known = caller(&here, &key.text, None).await.unwrap();
    here.auth.deactivate(known.user).await.unwrap();
    for key in [&key, &master] {
        here.me(&key.text).await.fails(401, "key.invalid");
        caller(&world.node(), &key.text, None).await.unwrap_err();
    }
    assert_eq!(elsewhere.auth.revalidate(&[known.reference()]).await.unwrap(), [Check::Revoked]);
    world.pass(3);
    elsewhere.me(&master.text).await.fails(401, "key.invalid");
    here.auth.reactivate(known.user).await.unwrap();
    for node in [&here, &elsewhere, &world.node()] {
        node.me(&key.text).await.fails(401, "key.invalid");
        node.me(&master.text).await.fails(401, "key.invalid");
    }
    assert!(world.workspaces.role_of(shop.id, known.user).await.is_ok(), "they are back in their workspace");
}

async fn the_keys_of_embedded_users_end_with_the_master_key_that_they_were_made_with(world: World) {
    let (here, elsewhere) = (world.node(), world.node());
    here.signed_in("admin@example.org").await;
    let shop = Shop::open(&world, &here, "ann").await;
    let admin = shop.join(&world, &here, "ben", Role::Admin).await;
    let bens = made(shop.ask_as(&here, &admin, "POST", "/keys").json(master("ben's")).await);
    let anns = shop.master(&here).await;
    let (_, one) = log_in(&here, &anns.text, "u1", "Uma").await;
    let (_, two) = log_in(&here, &bens.text, "u2", "Ugo").await;
    let known = caller(&elsewhere, &one, None).await.unwrap().reference();
    let other = caller(&elsewhere, &two, None).await.unwrap().reference();
    shop.ask(&here, "DELETE", &format!("/keys/{}", anns.id)).send().await.is(204);
    here.me(&one).await.fails(401, "key.invalid");
    here.me(&two).await.is(200);
    let checks = elsewhere.auth.revalidate(&[known, other]).await.unwrap();
    assert_eq!(checks, [Check::Revoked, Check::Good]);
    world.pass(3);
    elsewhere.me(&one).await.fails(401, "key.invalid");
    elsewhere.me(&two).await.is(200);
    // And with who made the master key.
    here.auth.deactivate(user(&admin)).await.unwrap();
    here.me(&two).await.fails(401, "key.invalid");
    world.pass(3);
    elsewhere.me(&two).await.fails(401, "key.invalid");
    // Another application brings its users back.
    let again = shop.ask(&here, "POST", "/keys").json(master("again")).await;
    let (_, text) = log_in(&here, &made(again).text, "u1", "Uma").await;
    here.me(&text).await.is(200);
}
