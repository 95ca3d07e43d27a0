//! Who holds a lease can end the job, together with what follows; who lost it can do nothing.

use std::time::Duration;

use parlance_store::{
    Batch, CommitError,
    job::{Job, Jobs, Lease, LeaseError, Policy, State, Whose},
};

use super::{Stage, claim_one, dead, on_both};
use crate::support::model::{Head, SEQ};

const LEASE: Duration = Duration::from_secs(30);

fn head() -> Batch {
    let mut batch = Batch::new();
    batch.insert(&Head::new("head"));
    batch
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_ends_in_one_commit_with_what_follows() {
    on_both(async |at| {
        let (jobs, workspace) = (at.node(), at.ids.next());
        let id = at.ask(workspace, 1).await[0];
        let lease = claim_one(&jobs).await;
        let parts = [at.job(workspace), at.job(workspace)];

        let mut spoilt = head();
        spoilt.update::<Head>("nobody", [], [SEQ.grow(1)]).insert(&parts[0]);
        let outcome = jobs.complete(&lease, spoilt).await;
        assert_eq!(outcome, Err(LeaseError::Commit(CommitError::Missing(1))));
        let scope = at.store.workspace(workspace);
        assert_eq!(at.state(id).await, Some(State::Leased));
        assert!(scope.get::<Head>("head").await.unwrap().is_none());
        assert!(at.find(parts[0].id).await.is_none());

        let mut follow_up = head();
        follow_up.insert(&parts[0]).insert(&parts[1]);
        jobs.complete(&lease, follow_up).await.unwrap();
        assert!(at.find(id).await.is_none());
        assert!(scope.get::<Head>("head").await.unwrap().is_some());
        assert_eq!(jobs.claim(5).await.unwrap().len(), 2);
        assert_eq!(jobs.complete(&lease, Batch::new()).await, Err(LeaseError::Lost), "it has ended");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_lost_its_lease_changes_nothing() {
    on_both(async |at| {
        let (slow, quick, workspace) = (at.node(), at.node(), at.ids.next());
        let id = at.ask(workspace, 1).await[0];
        let mut lost = [claim_one(&slow).await, claim_again(at, &slow).await, claim_again(at, &slow).await];
        let held = claim_again(at, &quick).await;
        let before = at.find(id).await;

        for lease in &mut lost {
            assert_eq!(slow.complete(lease, head()).await, Err(LeaseError::Lost));
            assert_eq!(slow.renew(lease).await, Err(LeaseError::Lost));
        }
        let [first, second, third] = lost;
        assert_eq!(slow.retry(first, "late").await, Err(LeaseError::Lost));
        assert_eq!(slow.give_up(second, "late").await, Err(LeaseError::Lost));
        assert_eq!(slow.give_back(third).await, Err(LeaseError::Lost));
        assert_eq!(at.find(id).await, before);
        assert!(dead(&slow).await.is_empty());
        assert!(at.store.workspace(workspace).get::<Head>("head").await.unwrap().is_none());

        quick.complete(&held, head()).await.unwrap();
        assert!(at.store.workspace(workspace).get::<Head>("head").await.unwrap().is_some());
    })
    .await;
}

/// Lets the lease of the only job end, and claims it anew.
async fn claim_again(at: &Stage, jobs: &Jobs) -> Lease {
    at.clock.advance(LEASE);
    assert_eq!(jobs.sweep().await.unwrap().moved, 1);
    claim_one(jobs).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_renewed_lease_lasts_its_full_time_again() {
    on_both(async |at| {
        let (jobs, other) = (at.node(), at.node());
        let id = at.ask_one().await;
        let mut lease = claim_one(&jobs).await;
        for _ in 0..5 {
            at.clock.advance(LEASE * 2 / 3);
            jobs.renew(&mut lease).await.unwrap();
            assert_eq!(lease.ends_at(), at.now().after(LEASE));
            assert_eq!(other.sweep().await.unwrap().moved, 0);
        }
        at.clock.advance(LEASE);
        jobs.renew(&mut lease).await.unwrap();
        assert_eq!(other.sweep().await.unwrap().moved, 0, "it had ended, but nobody had taken it over");
        assert_eq!(at.find(id).await.unwrap().attempt, 1);
        jobs.complete(&lease, Batch::new()).await.unwrap();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lease_given_back_spends_no_attempt() {
    on_both(async |at| {
        let (jobs, other) = (at.node_with(Policy { attempts: 1, ..Policy::default() }), at.node());
        let id = at.ask_one().await;
        for attempt in 1..=3 {
            let lease = claim_one(&jobs).await;
            assert_eq!(lease.job().attempt, attempt);
            jobs.give_back(lease).await.unwrap();
            let job = at.find(id).await.unwrap();
            assert_eq!((job.state, job.forgiven, job.owner), (State::Ready, attempt, None));
        }
        drop(claim_one(&other).await);
        at.clock.advance(LEASE);
        jobs.sweep().await.unwrap();
        assert_eq!(dead(&jobs).await, [id], "an attempt that was not given back counts");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_earlier_lease_of_the_same_node_changes_nothing() {
    on_both(async |at| {
        let jobs = at.node();
        let id = at.ask_one().await;
        let first = claim_one(&jobs).await;
        let second = claim_again(at, &jobs).await;
        assert_eq!(jobs.complete(&first, head()).await, Err(LeaseError::Lost));
        jobs.give_back(second).await.unwrap();
        let third = claim_one(&jobs).await;
        assert_eq!(jobs.complete(&first, head()).await, Err(LeaseError::Lost));

        jobs.give_up(third, "no such address").await.unwrap();
        let dead = jobs.dead(Whose::Everyone, None, 1).await.unwrap();
        jobs.replay(Whose::Everyone, dead[0].id).await.unwrap();
        let fourth = claim_one(&jobs).await;
        assert_eq!(jobs.give_back(first).await, Err(LeaseError::Lost));
        assert_eq!(at.find(id).await.as_ref(), Some(fourth.job()));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lease_of_another_node_on_an_earlier_job_of_the_same_id_changes_nothing() {
    on_both(async |at| {
        let (slow, quick, workspace) = (at.node(), at.node(), at.ids.next());
        let id = at.ask(workspace, 1).await[0];
        let late = claim_one(&slow).await;
        quick.give_up(claim_again(at, &quick).await, "no such address").await.unwrap();
        let mut batch = Batch::new();
        batch.insert(&Job { id, ..at.job(workspace) });
        at.store.workspace(workspace).commit(batch).await.unwrap();
        let held = claim_one(&quick).await;
        assert_eq!(held.job().attempt, late.job().attempt);
        assert_eq!(slow.complete(&late, head()).await, Err(LeaseError::Lost));
        quick.complete(&held, head()).await.unwrap();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_renewal_and_a_sweep_at_the_same_time_one_happens() {
    on_both(async |at| {
        let (jobs, other) = (at.node(), at.node());
        at.ask_one().await;
        let mut lease = claim_one(&jobs).await;
        for round in 0..100 {
            at.clock.set(lease.ends_at());
            let (renewed, swept, again) = tokio::join!(jobs.renew(&mut lease), other.sweep(), other.sweep());
            let moved = swept.unwrap().moved + again.unwrap().moved;
            assert_eq!(moved, usize::from(renewed.is_err()), "round {round}: {renewed:?}");
            if renewed.is_err() {
                lease = claim_one(&jobs).await;
                jobs.give_back(lease).await.unwrap();
                lease = claim_one(&jobs).await;
            }
        }
    })
    .await;
}
