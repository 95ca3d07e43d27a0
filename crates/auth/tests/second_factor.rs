//! The second factor: authenticator apps, recovery codes, and each code once.

use std::time::Duration;

use futures::future::join_all;
use parlance_auth::{Rate, SIGN_INS};
use parlance_base::UserId;
use parlance_store::{Document, Scope};
use serde_json::{Value, json};

use crate::{
    authenticator::{Authenticator, codes, enrol, login},
    node::{Answer, Node},
    support::{PASSWORD, World, on_both},
    tokens::claims,
};

on_both! {
    logging_in_takes_a_code_once_an_app_was_confirmed,
    who_does_not_know_the_password_learns_nothing,
    a_code_counts_once_and_no_earlier_one_after_it,
    one_code_used_twenty_times_at_once_opens_one_sign_in,
    one_recovery_code_used_twenty_times_at_once_opens_one_sign_in,
    each_recovery_code_counts_once_until_there_are_new_ones,
    beginning_confirming_and_removing_take_what_they_take,
    an_unconfirmed_secret_is_asked_for_by_nobody_and_does_not_wait_for_ever,
    wrong_codes_are_limited_and_right_ones_are_not,
    a_lost_factor_is_taken_away,
    a_factor_moved_to_another_user_does_not_open,
}

const ANN: &str = "ann@example.org";

async fn enrolled(world: &World, node: &Node) -> (Answer, Authenticator, Vec<String>) {
    let signed_in = node.signed_in(ANN).await;
    let (app, codes) = enrol(world, node, &signed_in).await;
    (signed_in, app, codes)
}

fn id_of(login: &Answer) -> UserId {
    claims(login.access_token())["sub"].as_str().unwrap().parse().unwrap()
}

async fn sign_ins(scope: &Scope, answers: &[Answer]) -> Vec<Document> {
    let good = answers.iter().filter(|answer| answer.status == 200);
    let ids = good.map(|answer| claims(answer.access_token())["sid"].as_str().unwrap().to_owned()).collect();
    scope.get_documents(&SIGN_INS, ids).await.unwrap()
}

async fn logging_in_takes_a_code_once_an_app_was_confirmed(world: World) {
    let node = world.node();
    let (first, app, recovery) = enrolled(&world, &node).await;
    assert_eq!(recovery.len(), 10);
    node.me(first.access_token()).await.is(200);
    login(&node, ANN, PASSWORD, None).await.fails(401, "auth.second_factor_required");
    login(&node, ANN, PASSWORD, Some("000000")).await.fails(401, "auth.invalid_code");
    login(&node, ANN, PASSWORD, Some("")).await.fails(401, "auth.invalid_code");
    world.pass(30);
    let second = login(&node, ANN, PASSWORD, Some(&app.code(&world, 0))).await.is(200);
    node.me(second.access_token()).await.is(200);
    let ben = node.signed_in("ben@example.org").await;
    node.me(ben.access_token()).await.is(200);
    login(&node, "ben@example.org", PASSWORD, Some("123456")).await.is(200);
}

async fn who_does_not_know_the_password_learns_nothing(world: World) {
    let node = world.node();
    let (_, app, recovery) = enrolled(&world, &node).await;
    node.register("ben@example.org").await.is(201);
    world.pass(30);
    let mut answers = Vec::new();
    for email in [ANN, "ben@example.org", "nobody@example.org"] {
        for code in [None, Some("000000"), Some(app.code(&world, 0).as_str()), Some(recovery[0].as_str())] {
            let mut answer = login(&node, email, "incorrect horse battery", code).await.is(401);
            answer.body["error"]["request_id"] = Value::Null;
            answers.push(answer.body);
        }
    }
    answers.dedup();
    assert_eq!(answers.len(), 1, "{answers:?}");
    // Nor was anything used up.
    login(&node, ANN, PASSWORD, Some(&app.code(&world, 0))).await.is(200);
    login(&node, ANN, PASSWORD, Some(&recovery[0])).await.is(200);
}

async fn a_code_counts_once_and_no_earlier_one_after_it(world: World) {
    let (here, elsewhere) = (world.node(), world.node());
    let (_, app, _) = enrolled(&world, &here).await;
    // What confirmed it was used by that.
    login(&elsewhere, ANN, PASSWORD, Some(&app.code(&world, 0))).await.fails(401, "auth.invalid_code");
    world.pass(60);
    let (early, now, late) = (app.code(&world, -1), app.code(&world, 0), app.code(&world, 1));
    for away in [-2, 2] {
        login(&here, ANN, PASSWORD, Some(&app.code(&world, away))).await.fails(401, "auth.invalid_code");
    }
    login(&here, ANN, PASSWORD, Some(&format!(" {now} "))).await.is(200);
    for code in [&now, &early] {
        login(&elsewhere, ANN, PASSWORD, Some(code)).await.fails(401, "auth.invalid_code");
    }
    login(&elsewhere, ANN, PASSWORD, Some(&late)).await.is(200);
}

async fn one_code_used_twenty_times_at_once_opens_one_sign_in(world: World) {
    let nodes = [world.node(), world.node()];
    let (_, app, _) = enrolled(&world, &nodes[0]).await;
    for _ in 0..3 {
        world.pass(30);
        let code = app.code(&world, 0);
        used_at_once(&world, &nodes, &code).await;
    }
}

async fn one_recovery_code_used_twenty_times_at_once_opens_one_sign_in(world: World) {
    let nodes = [world.node(), world.node()];
    let (_, _, recovery) = enrolled(&world, &nodes[0]).await;
    for code in &recovery[..3] {
        used_at_once(&world, &nodes, code).await;
    }
}

async fn used_at_once(world: &World, nodes: &[Node; 2], code: &str) {
    let answers = join_all((0..20).map(|at| login(&nodes[at % 2], ANN, PASSWORD, Some(code)))).await;
    assert_eq!(sign_ins(&world.store.system(), &answers).await.len(), 1);
    let refused: Vec<_> = answers.into_iter().filter(|answer| answer.status != 200).collect();
    assert_eq!(refused.len(), 19);
    for answer in refused {
        answer.fails(401, "auth.invalid_code");
    }
}

async fn each_recovery_code_counts_once_until_there_are_new_ones(world: World) {
    let node = world.node();
    let (first, app, recovery) = enrolled(&world, &node).await;
    for code in &recovery[..2] {
        login(&node, ANN, PASSWORD, Some(&code.to_lowercase().replace('-', ""))).await.is(200);
        login(&node, ANN, PASSWORD, Some(code)).await.fails(401, "auth.invalid_code");
    }
    // Codes used at once are all used.
    let answers = join_all(recovery[2..8].iter().map(|code| login(&node, ANN, PASSWORD, Some(code)))).await;
    assert!(answers.iter().all(|answer| answer.status == 200), "{answers:?}");
    world.pass(30);
    let renew = |body| node.ask("POST", "/totp/recovery-codes").bearer(first.access_token()).json(body);
    renew(json!({"password": PASSWORD})).await.fails(401, "auth.second_factor_required");
    renew(json!({"password": "no", "code": app.code(&world, 0)})).await.fails(403, "password.wrong");
    let renewed = renew(json!({"password": PASSWORD, "code": app.code(&world, 0)})).await.is(200);
    login(&node, ANN, PASSWORD, Some(&recovery[9])).await.fails(401, "auth.invalid_code");
    let renewed = codes(&renewed.body);
    assert_eq!(renewed.len(), 10);
    login(&node, ANN, PASSWORD, Some(&renewed[0])).await.is(200);
}

async fn beginning_confirming_and_removing_take_what_they_take(world: World) {
    let node = world.node();
    let signed_in = node.signed_in(ANN).await;
    let ask = |method, path| node.ask(method, path).bearer(signed_in.access_token());
    ask("POST", "/totp").json(json!({"password": "incorrect horse"})).await.fails(403, "password.wrong");
    ask("POST", "/totp/confirm").json(json!({"code": "123456"})).await.fails(409, "totp.not_begun");
    ask("DELETE", "/totp").json(json!({"password": PASSWORD})).await.fails(409, "totp.off");
    ask("POST", "/totp/recovery-codes").json(json!({"password": PASSWORD})).await.fails(409, "totp.off");
    node.post("/totp", json!({"password": PASSWORD})).await.fails(401, "auth.required");
    let old = ask("POST", "/totp").json(json!({"password": PASSWORD})).await.is(200).body;
    let begun = ask("POST", "/totp").json(json!({"password": PASSWORD})).await.is(200).body;
    let uri =
        format!("otpauth://totp/Parlance:ann%40example%2Eorg?secret={}", begun["secret"].as_str().unwrap());
    assert!(begun["uri"].as_str().unwrap().starts_with(&uri), "{begun}");
    let of = |begun: &Value| Authenticator::new(begun["secret"].as_str().unwrap()).code(&world, 0);
    ask("POST", "/totp/confirm").json(json!({"code": of(&old)})).await.fails(401, "auth.invalid_code");
    let confirmed = ask("POST", "/totp/confirm").json(json!({"code": of(&begun)})).await.is(200);
    ask("POST", "/totp/confirm").json(json!({"code": of(&begun)})).await.fails(409, "totp.already_on");
    ask("POST", "/totp").json(json!({"password": PASSWORD})).await.fails(409, "totp.already_on");
    let recovery = codes(&confirmed.body);
    let remove = |body| ask("DELETE", "/totp").json(body);
    remove(json!({"password": PASSWORD})).await.fails(401, "auth.second_factor_required");
    remove(json!({"password": PASSWORD, "code": "AAAA"})).await.fails(401, "auth.invalid_code");
    remove(json!({"password": "no", "code": recovery[0]})).await.fails(403, "password.wrong");
    remove(json!({"password": PASSWORD, "code": recovery[0]})).await.is(204);
    login(&node, ANN, PASSWORD, None).await.is(200);
}

async fn an_unconfirmed_secret_is_asked_for_by_nobody_and_does_not_wait_for_ever(world: World) {
    let node = world.node();
    let signed_in = node.signed_in(ANN).await;
    let ask = |path| node.ask("POST", path).bearer(signed_in.access_token());
    let begin = || async {
        let begun = ask("/totp").json(json!({"password": PASSWORD})).await.is(200).body;
        Authenticator::new(begun["secret"].as_str().unwrap())
    };
    let app = begin().await;
    login(&node, ANN, PASSWORD, None).await.is(200);
    world.pass(3_601);
    let signed_in = login(&node, ANN, PASSWORD, None).await.is(200);
    let ask = |path| node.ask("POST", path).bearer(signed_in.access_token());
    ask("/totp/confirm").json(json!({"code": app.code(&world, 0)})).await.fails(409, "totp.not_begun");
    let begun = ask("/totp").json(json!({"password": PASSWORD})).await.is(200).body;
    let app = Authenticator::new(begun["secret"].as_str().unwrap());
    ask("/totp/confirm").json(json!({"code": app.code(&world, 0)})).await.is(200);
}

async fn wrong_codes_are_limited_and_right_ones_are_not(world: World) {
    let rate = Rate { burst: 3, every: Duration::from_secs(60) };
    let node = world.node_with(|config| config.limits.code = rate);
    let (_, app, recovery) = enrolled(&world, &node).await;
    for _ in 0..6 {
        world.pass(30);
        login(&node, ANN, PASSWORD, Some(&app.code(&world, 0))).await.is(200);
    }
    for _ in 0..3 {
        login(&node, ANN, PASSWORD, Some("000000")).await.fails(401, "auth.invalid_code");
    }
    let refused = login(&node, ANN, PASSWORD, Some(&recovery[0])).await;
    assert_eq!(refused.fails(429, "auth.too_many_attempts").headers["retry-after"], "60");
    // Who does not know the password is told nothing of that.
    login(&node, ANN, "incorrect horse", Some("000000")).await.fails(401, "auth.invalid_credentials");
    world.pass(60);
    login(&node, ANN, PASSWORD, Some(&recovery[0])).await.is(200);
}

async fn a_lost_factor_is_taken_away(world: World) {
    let node = world.node();
    let (signed_in, _, _) = enrolled(&world, &node).await;
    for _ in 0..2 {
        node.auth.reset_second_factor(id_of(&signed_in)).await.unwrap();
    }
    let signed_in = login(&node, ANN, PASSWORD, None).await.is(200);
    enrol(&world, &node, &signed_in).await;
}

async fn a_factor_moved_to_another_user_does_not_open(world: World) {
    let node = world.node();
    let (ann, app, recovery) = enrolled(&world, &node).await;
    let ben = node.signed_in("ben@example.org").await;
    let factors = &parlance_auth::SECOND_FACTORS;
    let system = world.store.system();
    let mut factor = system.get_documents(factors, vec![id_of(&ann).to_string()]).await.unwrap().remove(0);
    factor.insert("id".to_owned(), json!(id_of(&ben)));
    let mut batch = parlance_store::Batch::new();
    batch.insert_document(factors, factor);
    system.commit(batch).await.unwrap();
    world.pass(30);
    for code in [&app.code(&world, 0), &recovery[0]] {
        login(&node, "ben@example.org", PASSWORD, Some(code)).await.fails(401, "auth.invalid_code");
    }
}
