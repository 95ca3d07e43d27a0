//! Changing one's password.

use parlance_base::Revocation;
use parlance_store::fault::Fault;
use serde_json::json;
use tokio::task::JoinSet;

use crate::{
    faults::faulty,
    membership::{caller_ref, workspace},
    node::{Answer, Node},
    support::{PASSWORD, World, on_both},
};

on_both! {
    a_change_ends_all_sign_ins_but_the_one_that_asks,
    a_change_ends_other_sign_ins_on_other_nodes_within_three_seconds,
    of_changes_at_once_one_wins,
    a_login_with_the_old_password_that_races_with_the_change_does_not_outlive_it,
    a_sign_in_that_is_carried_over_holds_throughout,
    what_is_no_better_password_is_refused,
    a_change_whose_answer_was_lost_is_looked_up,
}

const OTHER: &str = "staple horse battery";

pub(crate) async fn change(node: &Node, login: &Answer, current: &str, new: &str) -> Answer {
    let ask = node.ask("POST", "/password").bearer(login.access_token());
    ask.json(json!({"current": current, "new": new})).await
}

pub(crate) async fn login_with(node: &Node, email: &str, password: &str) -> Answer {
    node.post("/login", json!({"email": email, "password": password})).await
}

async fn a_change_ends_all_sign_ins_but_the_one_that_asks(world: World) {
    let node = world.node();
    let laptop = node.signed_in("ann@example.org").await;
    let phone = node.login("ann@example.org").await.is(200);
    let bens = node.signed_in("ben@example.org").await;
    let acme = workspace(&world, &laptop, "acme").await;
    let mut ended = node.revocations();
    change(&node, &laptop, PASSWORD, OTHER).await.is(204);
    assert_eq!(ended.recv().await.unwrap(), Revocation::SignIn(caller_ref(&phone, acme).1));
    assert!(ended.is_empty());
    node.me(phone.access_token()).await.fails(401, "auth.sign_in_ended");
    node.refresh(phone.refresh_token()).await.fails(401, "auth.sign_in_ended");
    node.me(laptop.access_token()).await.is(200);
    let laptop = node.refresh(laptop.refresh_token()).await.is(200);
    node.me(laptop.access_token()).await.is(200);
    node.me(bens.access_token()).await.is(200);
    node.login("ann@example.org").await.fails(401, "auth.invalid_credentials");
    login_with(&node, "ann@example.org", OTHER).await.is(200);
    change(&node, &laptop, OTHER, PASSWORD).await.is(204);
    node.me(laptop.access_token()).await.is(200);
}

async fn a_change_ends_other_sign_ins_on_other_nodes_within_three_seconds(world: World) {
    let (here, elsewhere) = (world.node(), world.node());
    let laptop = here.signed_in("ann@example.org").await;
    let phone = here.login("ann@example.org").await.is(200);
    for login in [&laptop, &phone] {
        elsewhere.me(login.access_token()).await.is(200);
    }
    change(&here, &laptop, PASSWORD, OTHER).await.is(204);
    world.pass(3);
    elsewhere.me(phone.access_token()).await.fails(401, "auth.sign_in_ended");
    elsewhere.me(laptop.access_token()).await.is(200);
}

async fn of_changes_at_once_one_wins(world: World) {
    let nodes = [world.node(), world.node()];
    let mut logins = vec![nodes[0].signed_in("ann@example.org").await];
    logins.push(nodes[0].login("ann@example.org").await.is(200));
    let mut changes = JoinSet::new();
    for at in 0..16 {
        let (node, token) = (nodes[at % 2].clone(), logins[at / 2 % 2].access_token().to_owned());
        changes.spawn(async move {
            let new = format!("{OTHER} {at}");
            let ask = node.ask("POST", "/password").bearer(&token);
            (ask.json(json!({"current": PASSWORD, "new": new})).await, new, token)
        });
    }
    let (won, lost): (Vec<_>, Vec<_>) =
        changes.join_all().await.into_iter().partition(|(answer, ..)| answer.status == 204);
    assert_eq!(won.len(), 1);
    for (answer, ..) in lost {
        let codes = ["password.changed_meanwhile", "password.wrong", "auth.sign_in_ended"];
        assert!(codes.contains(&answer.code()), "{answer:?}");
    }
    let (_, password, token) = &won[0];
    login_with(&nodes[1], "ann@example.org", password).await.is(200);
    world.pass(3);
    for login in &logins {
        let status = nodes[1].me(login.access_token()).await.status;
        assert_eq!(status == 200, login.access_token() == token, "the winner's sign-in alone goes on");
    }
}

async fn a_login_with_the_old_password_that_races_with_the_change_does_not_outlive_it(world: World) {
    let nodes = [world.node(), world.node()];
    let mut login = nodes[0].signed_in("ann@example.org").await;
    for (current, new) in [(PASSWORD, OTHER), (OTHER, PASSWORD), (PASSWORD, OTHER)] {
        let mut logins = JoinSet::new();
        for at in 0..8 {
            let node = nodes[at % 2].clone();
            logins.spawn(async move { login_with(&node, "ann@example.org", current).await });
        }
        let changed = change(&nodes[0], &login, current, new);
        let (answers, changed) = tokio::join!(logins.join_all(), changed);
        changed.is(204);
        world.pass(3);
        for old in answers.into_iter().filter(|answer| answer.status == 200) {
            nodes[1].me(old.access_token()).await.fails(401, "auth.sign_in_ended");
            nodes[0].refresh(old.refresh_token()).await.fails(401, "auth.sign_in_ended");
        }
        login = nodes[0].refresh(login.refresh_token()).await.is(200);
    }
}

async fn a_sign_in_that_is_carried_over_holds_throughout(world: World) {
    let (here, elsewhere) = (world.node(), world.node());
    let login = here.signed_in("ann@example.org").await;
    let passwords = [PASSWORD, OTHER];
    for at in 0..10 {
        let asking = async {
            for _ in 0..20 {
                // Nothing is remembered, so every request reads the sign-in and then its user.
                world.pass(3);
                elsewhere.me(login.access_token()).await.is(200);
            }
        };
        let changed = change(&here, &login, passwords[at % 2], passwords[(at + 1) % 2]);
        let ((), changed) = tokio::join!(asking, changed);
        changed.is(204);
    }
}

async fn what_is_no_better_password_is_refused(world: World) {
    let node = world.node();
    let login = node.signed_in("ann.long@example.org").await;
    for (current, new, status, code) in [
        ("not the password", OTHER, 403, "password.wrong"),
        ("", OTHER, 403, "password.wrong"),
        (PASSWORD, PASSWORD, 422, "password.unchanged"),
        (PASSWORD, "elevenchars", 422, "password.too_short"),
        (PASSWORD, &"a sentence of mine ".repeat(14), 422, "password.too_long"),
        (PASSWORD, "Ann.Long@example.org", 422, "password.is_email"),
        (PASSWORD, "Qwertyuiop123!", 422, "password.too_common"),
    ] {
        change(&node, &login, current, new).await.fails(status, code);
    }
    node.login("ann.long@example.org").await.is(200);
    let common = json!({"email": "x@example.org", "password": "iloveyou2024", "full_name": "X"});
    node.post("/register", common).await.fails(422, "password.too_common");
    let without = json!({"current": PASSWORD, "new": OTHER});
    node.post("/password", without).await.fails(401, "auth.required");
}

async fn a_change_whose_answer_was_lost_is_looked_up(world: World) {
    let (node, planned) = faulty(&world);
    let login = node.signed_in("ann@example.org").await;
    let phone = node.login("ann@example.org").await.is(200);
    planned.next(Fault::RequestLost);
    change(&node, &login, PASSWORD, OTHER).await.fails(503, "store.unknown");
    node.me(phone.access_token()).await.is(200);
    planned.next(Fault::AnswerLost);
    change(&node, &login, PASSWORD, OTHER).await.is(204);
    node.me(phone.access_token()).await.fails(401, "auth.sign_in_ended");
    login_with(&node, "ann@example.org", OTHER).await.is(200);
}
