//! Commits whose answer is lost, and a store that is out of reach.

use std::sync::{Arc, Mutex};

use parlance_store::fault::{Fault, Faults};

use crate::{
    node::Node,
    support::{World, on_both},
};

on_both! {
    what_was_committed_although_nobody_heard_is_answered,
    what_was_not_committed_is_not_answered_as_if_it_was,
    a_refresh_whose_answer_was_lost_rotates_once,
    a_copy_ends_the_sign_in_also_where_the_answer_is_lost,
    a_store_out_of_reach_lets_nobody_in,
}

/// What goes wrong next; nothing else does.
#[derive(Debug, Default)]
pub(crate) struct Planned {
    commit: Mutex<Option<Fault>>,
    reads_fail: Mutex<bool>,
}

impl Faults for Planned {
    fn commit(&self) -> Fault {
        self.commit.lock().unwrap().take().unwrap_or(Fault::None)
    }

    fn read(&self) -> bool {
        *self.reads_fail.lock().unwrap()
    }
}

impl Planned {
    pub(crate) fn next(&self, fault: Fault) {
        *self.commit.lock().unwrap() = Some(fault);
    }

    pub(crate) fn fail_reads(&self, fail: bool) {
        *self.reads_fail.lock().unwrap() = fail;
    }
}

pub(crate) fn faulty(world: &World) -> (Node, Arc<Planned>) {
    let planned = Arc::<Planned>::default();
    (world.node_on(&world.store.with_faults(planned.clone())), planned)
}

async fn what_was_committed_although_nobody_heard_is_answered(world: World) {
    let (node, planned) = faulty(&world);
    planned.next(Fault::AnswerLost);
    let user = node.register("ann@example.org").await.is(201).body;
    assert_eq!(user["is_installation_admin"], true);
    planned.next(Fault::AnswerLost);
    let login = node.login("ann@example.org").await.is(200);
    node.me(login.access_token()).await.is(200);
    planned.next(Fault::AnswerLost);
    let logout = || node.ask("POST", "/logout").bearer(login.access_token()).send();
    logout().await.fails(503, "store.unknown");
    logout().await.is(204);
    node.me(login.access_token()).await.fails(401, "auth.sign_in_ended");
}

async fn what_was_not_committed_is_not_answered_as_if_it_was(world: World) {
    let (node, planned) = faulty(&world);
    for (fault, code) in [(Fault::RequestLost, "store.unknown"), (Fault::Refused, "store.unavailable")] {
        planned.next(fault);
        node.register("ann@example.org").await.fails(503, code);
    }
    let login = node.signed_in("ann@example.org").await;
    for (fault, code) in [(Fault::RequestLost, "store.unknown"), (Fault::Refused, "store.unavailable")] {
        planned.next(fault);
        node.login("ann@example.org").await.fails(503, code);
        planned.next(fault);
        node.ask("POST", "/logout").bearer(login.access_token()).send().await.fails(503, code);
        node.me(login.access_token()).await.is(200);
    }
}

async fn a_refresh_whose_answer_was_lost_rotates_once(world: World) {
    let (node, planned) = faulty(&world);
    let mut last = node.signed_in("ann@example.org").await;
    for (at, fault) in [Fault::AnswerLost, Fault::RequestLost, Fault::None].into_iter().enumerate() {
        planned.next(fault);
        last = node.refresh(last.refresh_token()).await.is(200);
        let generation = last.refresh_token().split('.').nth(1).unwrap().to_owned();
        assert_eq!(generation, (at + 1).to_string(), "{fault:?}");
    }
}

async fn a_copy_ends_the_sign_in_also_where_the_answer_is_lost(world: World) {
    let (node, planned) = faulty(&world);
    node.register("ann@example.org").await.is(201);
    for fault in [Fault::AnswerLost, Fault::RequestLost, Fault::Refused] {
        let login = node.login("ann@example.org").await.is(200);
        let next = node.refresh(login.refresh_token()).await.is(200);
        world.pass(31);
        planned.next(fault);
        node.refresh(login.refresh_token()).await.fails(401, "auth.refresh_reused");
        node.refresh(next.refresh_token()).await.fails(401, "auth.sign_in_ended");
        node.me(next.access_token()).await.fails(401, "auth.sign_in_ended");
    }
}

async fn a_store_out_of_reach_lets_nobody_in(world: World) {
    let (node, planned) = faulty(&world);
    let login = node.signed_in("ann@example.org").await;
    node.me(login.access_token()).await.is(200);
    planned.fail_reads(true);
    world.pass(3);
    for answer in [
        node.me(login.access_token()).await,
        node.login("ann@example.org").await,
        node.register("ben@example.org").await,
        node.refresh(login.refresh_token()).await,
    ] {
        answer.fails(503, "store.unavailable");
    }
    planned.fail_reads(false);
    node.me(login.access_token()).await.is(200);
}
