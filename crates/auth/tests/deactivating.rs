//! Users who are stopped, and let back.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use futures::future::{join, join_all};
use parlance_auth::{Auth, SIGN_INS};
use parlance_base::{Authenticate, Check, NodeId, Revocation, UserId};
use parlance_store::{
    fault::{Fault, Faults},
    job::{Handlers, Job, Jobs, Policy, Worker, WorkerConfig},
};
use parlance_trial::eventually;
use serde_json::Value;

use crate::{
    authenticator::{enrol, login},
    membership::{caller_ref, id_of, workspace},
    support::{PASSWORD, World, on_both},
    tokens::claims,
};

on_both! {
    nothing_lets_a_deactivated_user_in_here_at_once_or_elsewhere_for_long,
    a_deactivated_user_is_answered_like_a_wrong_password,
    who_was_let_back_has_their_password_and_factor_and_nothing_else,
    a_login_that_races_with_the_end_leaves_no_sign_in,
    what_was_interrupted_is_done_by_doing_it_again,
    what_was_interrupted_is_done_by_the_job,
}

async fn nothing_lets_a_deactivated_user_in_here_at_once_or_elsewhere_for_long(world: World) {
    let (here, elsewhere) = (world.node(), world.node());
    here.signed_in("admin@example.org").await;
    let ann = here.signed_in("ann@example.org").await;
    let other = here.login("ann@example.org").await.is(200);
    let (caller, _) = caller_ref(&ann, workspace(&world, &ann, "acme").await);
    for node in [&here, &elsewhere] {
        node.me(ann.access_token()).await.is(200);
        assert!(node.auth.is_active(caller.user).await.unwrap());
    }
    let mut ended = here.revocations();
    here.auth.deactivate(caller.user).await.unwrap();
    assert_eq!(ended.recv().await.unwrap(), Revocation::User(caller.user));
    let cookie = format!("__Host-parlance_session={}", ann.cookie_value("__Host-parlance_session"));
    here.ask("GET", "/me").header("cookie", &cookie).send().await.fails(401, "auth.sign_in_ended");
    for login in [&ann, &other] {
        here.me(login.access_token()).await.fails(401, "auth.sign_in_ended");
        elsewhere.refresh(login.refresh_token()).await.fails(401, "auth.sign_in_ended");
    }
    for node in [&here, &elsewhere] {
        assert!(!node.auth.is_active(caller.user).await.unwrap());
        assert_eq!(node.auth.revalidate(&[caller]).await.unwrap(), [Check::Revoked]);
    }
    world.pass(3);
    elsewhere.me(other.access_token()).await.fails(401, "auth.sign_in_ended");
    elsewhere.ask("GET", "/me").header("cookie", &cookie).send().await.fails(401, "auth.sign_in_ended");
    assert_eq!(world.workspaces.people().get(caller.user).await.unwrap(), None, "nobody can ask them in");
}

async fn a_deactivated_user_is_answered_like_a_wrong_password(world: World) {
    let node = world.node();
    node.signed_in("admin@example.org").await;
    let ann = node.signed_in("ann@example.org").await;
    enrol(&world, &node, &ann).await;
    node.auth.deactivate(id_of(&ann)).await.unwrap();
    let mut answers = Vec::new();
    for (email, code) in
        [("nobody@example.org", None), ("ann@example.org", None), ("ann@example.org", Some("000000"))]
    {
        let mut answer =
            login(&node, email, PASSWORD, code).await.fails(401, "auth.invalid_credentials").body;
        answer["error"]["request_id"] = Value::Null;
        answers.push(answer);
    }
    answers.dedup();
    assert_eq!(answers.len(), 1);
    node.register("ann@example.org").await.fails(409, "user.email_taken");
}

async fn who_was_let_back_has_their_password_and_factor_and_nothing_else(world: World) {
    let node = world.node();
    node.signed_in("admin@example.org").await;
    let ann = node.signed_in("ann@example.org").await;
    let (app, _) = enrol(&world, &node, &ann).await;
    for _ in 0..2 {
        node.auth.deactivate(id_of(&ann)).await.unwrap();
    }
    for _ in 0..2 {
        node.auth.reactivate(id_of(&ann)).await.unwrap();
    }
    node.me(ann.access_token()).await.fails(401, "auth.sign_in_ended");
    node.refresh(ann.refresh_token()).await.fails(401, "auth.sign_in_ended");
    login(&node, "ann@example.org", PASSWORD, None).await.fails(401, "auth.second_factor_required");
    world.pass(30);
    let back = login(&node, "ann@example.org", PASSWORD, Some(&app.code(&world, 0))).await.is(200);
    assert_eq!(node.me(back.access_token()).await.is(200).body, ann.body["user"]);
    assert!(world.workspaces.people().get(id_of(&ann)).await.unwrap().is_some());
    // The job of the first end comes after they were let back, and leaves them alone.
    work(&world, &node.auth).await;
    node.me(back.access_token()).await.is(200);
    let nobody: UserId = world.ids.next();
    for outcome in [node.auth.deactivate(nobody).await, node.auth.reactivate(nobody).await] {
        assert_eq!(outcome.unwrap_err().code(), "user.not_found");
    }
}

async fn a_login_that_races_with_the_end_leaves_no_sign_in(world: World) {
    let (here, elsewhere) = (world.node(), world.node());
    here.signed_in("admin@example.org").await;
    let ann = here.register("ann@example.org").await.is(201).body;
    let id: UserId = ann["id"].as_str().unwrap().parse().unwrap();
    for _ in 0..5 {
        let logins = join_all((0..10).map(|_| elsewhere.login("ann@example.org")));
        let (logins, ended) = join(logins, here.auth.deactivate(id)).await;
        ended.unwrap();
        for login in logins {
            assert!([200, 401].contains(&login.status), "{login:?}");
            if login.status == 200 {
                elsewhere.refresh(login.refresh_token()).await.fails(401, "auth.sign_in_ended");
                let sign_in = claims(login.access_token())["sid"].as_str().unwrap().to_owned();
                let left = world.store.system().get_documents(&SIGN_INS, vec![sign_in]).await.unwrap();
                assert!(left.is_empty());
            }
        }
        here.auth.reactivate(id).await.unwrap();
    }
}

/// Has one commit go wrong: the one after as many others.
#[derive(Debug, Default)]
pub(crate) struct Once(Mutex<Option<(usize, Fault)>>);

impl Once {
    pub(crate) fn after(&self, others: usize, fault: Fault) {
        *self.0.lock().unwrap() = Some((others, fault));
    }

    /// Whether it has come to that.
    pub(crate) fn has_been(&self) -> bool {
        self.0.lock().unwrap().is_none()
    }
}

impl Faults for Once {
    fn commit(&self) -> Fault {
        let mut planned = self.0.lock().unwrap();
        match *planned {
            Some((0, fault)) => {
                *planned = None;
                fault
            }
            Some((others, fault)) => {
                *planned = Some((others - 1, fault));
                Fault::None
            }
            None => Fault::None,
        }
    }

    fn read(&self) -> bool {
        false
    }
}

pub(crate) const FAULTS: [Fault; 3] = [Fault::Refused, Fault::RequestLost, Fault::AnswerLost];

/// Runs all jobs that are left, on a node that knows of nothing else.
pub(crate) async fn work(world: &World, auth: &Auth) {
    world.pass(60);
    let (store, ids, node) = (world.store.clone(), world.ids.clone(), world.ids.next::<NodeId>());
    let jobs = Jobs::new(store, world.clock.clone(), ids, node, Policy::default());
    let config = WorkerConfig { sweep: Duration::from_millis(10), ..WorkerConfig::default() };
    let worker = Worker::start(jobs, auth.handlers(Handlers::new()), &config);
    let none_is_left = async || {
        let some = parlance_store::Find::new([]).ascending(parlance_store::ID);
        world.store.system().find::<Job>(some).await.unwrap().is_empty()
    };
    eventually("no job is left", none_is_left).await;
    worker.shutdown(Duration::from_secs(5)).await;
}

async fn what_was_interrupted_is_done_by_doing_it_again(world: World) {
    let (faults, node) = (Arc::<Once>::default(), world.node());
    let faulty = world.node_on(&world.store.with_faults(faults.clone()));
    node.signed_in("admin@example.org").await;
    let ann = node.register("ann@example.org").await.is(201).body;
    let id: UserId = ann["id"].as_str().unwrap().parse().unwrap();
    for fault in FAULTS {
        for others in 0..4 {
            let logins = [node.login("ann@example.org").await, node.login("ann@example.org").await];
            faults.after(others, fault);
            let outcome = faulty.auth.deactivate(id).await;
            assert_eq!(faults.has_been(), others < 3, "a step, and two sign-ins");
            if let Err(error) = outcome {
                assert!(["store.unavailable", "store.unknown"].contains(&error.code()), "{error}");
                faulty.auth.deactivate(id).await.unwrap();
            }
            faults.after(usize::MAX, Fault::None);
            for login in logins {
                faulty.me(login.is(200).access_token()).await.fails(401, "auth.sign_in_ended");
            }
            assert!(world.workspaces.people().get(id).await.unwrap().is_none());
            node.auth.reactivate(id).await.unwrap();
        }
    }
}

async fn what_was_interrupted_is_done_by_the_job(world: World) {
    let (faults, node) = (Arc::<Once>::default(), world.node());
    let faulty = world.node_on(&world.store.with_faults(faults.clone()));
    node.signed_in("admin@example.org").await;
    let ann = node.signed_in("ann@example.org").await;
    // The process ends once the user's document is written.
    faults.after(0, Fault::EndsAfter);
    let ending = faulty.auth.deactivate(id_of(&ann));
    let ended = tokio::time::timeout(Duration::from_secs(2), ending).await;
    assert!(ended.is_err() && faults.has_been());
    node.login("ann@example.org").await.fails(401, "auth.invalid_credentials");
    node.refresh(ann.refresh_token()).await.fails(401, "auth.sign_in_ended");
    assert!(world.workspaces.people().get(id_of(&ann)).await.unwrap().is_some(), "something is left to do");
    work(&world, &world.node().auth).await;
    assert!(world.workspaces.people().get(id_of(&ann)).await.unwrap().is_none());
    let sign_in = claims(ann.access_token())["sid"].as_str().unwrap().to_owned();
    let left = world.store.system().get_documents(&SIGN_INS, vec![sign_in]).await.unwrap();
    assert!(left.is_empty());
}
