//! Failed jobs come back later and later, and in the end to an administrator.

use std::{collections::BTreeSet, time::Duration};

use parlance_base::{JobId, Kind};
use parlance_store::{
    Batch,
    job::{Job, Jobs, Policy, State, Whose},
};
use tokio::task::JoinSet;

use super::{claim_one, dead, on_both};

/// Claims the only ready job and gives it up; answers what a replay names.
async fn bury(jobs: &Jobs) -> JobId {
    let lease = claim_one(jobs).await;
    let job = lease.job().clone();
    jobs.give_up(lease, "no such address").await.unwrap();
    let dead = jobs.dead(Whose::Workspace(job.workspace_id), None, 100).await.unwrap();
    dead.iter().find(|dead| dead.job_id == job.id).unwrap().id
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failing_job_waits_longer_each_time_and_then_is_dead() {
    on_both(async |at| {
        let jobs = at.node_with(Policy { attempts: 4, ..Policy::default() });
        let id = at.ask_one().await;
        for (attempt, longest) in [(1, 5_000), (2, 10_000), (3, 20_000)] {
            let lease = claim_one(&jobs).await;
            assert_eq!(lease.job().attempt, attempt);
            jobs.retry(lease, &format!("failure {attempt}")).await.unwrap();
            let job = at.find(id).await.unwrap();
            assert_eq!((job.state, job.owner), (State::Waiting, None));
            assert_eq!(job.last_error, Some(format!("failure {attempt}")));
            let wait = job.due_at.millis() - at.now().millis();
            assert!((longest / 2..=longest).contains(&wait), "attempt {attempt}: {wait} ms");
            at.clock.set(job.due_at);
            assert_eq!(jobs.sweep().await.unwrap().moved, 1);
        }
        jobs.retry(claim_one(&jobs).await, "failure 4").await.unwrap();
        assert!(at.find(id).await.is_none());
        assert_eq!(jobs.dead(Whose::Everyone, None, 10).await.unwrap()[0].last_error, "failure 4");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_long_error_the_beginning_is_kept() {
    on_both(async |at| {
        let jobs = at.node();
        let id = at.ask_one().await;
        jobs.retry(claim_one(&jobs).await, &"ö".repeat(10_000)).await.unwrap();
        assert_eq!(at.find(id).await.unwrap().last_error, Some("ö".repeat(500)));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replayed_job_runs_under_its_old_id_and_earlier_attempts_do_not_count() {
    on_both(async |at| {
        let jobs = at.node();
        let id = at.ask_one().await;
        let created_at = at.now();
        let dead_id = bury(&jobs).await;
        at.clock.advance(Duration::from_secs(60));
        jobs.replay(Whose::Everyone, dead_id).await.unwrap();
        assert!(dead(&jobs).await.is_empty());
        let lease = claim_one(&jobs).await;
        assert_eq!((lease.job().id, lease.job().created_at), (id, created_at));
        assert_eq!((lease.job().attempt, lease.job().forgiven), (2, 1));
        let again = jobs.replay(Whose::Everyone, dead_id).await.unwrap_err();
        assert_eq!((again.kind(), again.code()), (Kind::NotFound, "job.not_dead"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_replays_at_the_same_time_one_happens() {
    on_both(async |at| {
        let jobs = at.node();
        at.ask_one().await;
        let dead_id = bury(&jobs).await;
        let mut running = JoinSet::new();
        for _ in 0..8 {
            let jobs = at.node();
            running.spawn(async move {
                jobs.replay(Whose::Everyone, dead_id).await.map_err(|error| error.code())
            });
        }
        let outcomes = running.join_all().await;
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1, "{outcomes:?}");
        assert_eq!(
            outcomes.iter().filter(|outcome| **outcome == Err("job.not_dead")).count(),
            7,
            "{outcomes:?}"
        );
        assert_eq!(jobs.claim(10).await.unwrap().len(), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_was_asked_for_again_meanwhile_is_not_replayed_beside_it() {
    on_both(async |at| {
        let (jobs, workspace) = (at.node(), at.ids.next());
        let id = at.ask(workspace, 1).await[0];
        let dead_id = bury(&jobs).await;
        let mut batch = Batch::new();
        batch.insert(&Job { id, ..at.job(workspace) });
        at.store.workspace(workspace).commit(batch).await.unwrap();
        assert_eq!(jobs.replay(Whose::Everyone, dead_id).await.unwrap_err().code(), "job.queued");
        assert_eq!(dead(&jobs).await, [id]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_workspace_sees_and_replays_its_own_dead_jobs_only() {
    on_both(async |at| {
        let (jobs, ours, theirs) = (at.node(), at.ids.next(), at.ids.next());
        let our_job = at.ask(ours, 1).await[0];
        bury(&jobs).await;
        let their_job = at.ask(theirs, 1).await[0];
        let their_dead = bury(&jobs).await;

        let seen = jobs.dead(Whose::Workspace(ours), None, 10).await.unwrap();
        assert_eq!(seen.iter().map(|dead| dead.job_id).collect::<Vec<_>>(), [our_job]);
        assert_eq!(dead(&jobs).await.len(), 2);
        let refused = jobs.replay(Whose::Workspace(ours), their_dead).await.unwrap_err();
        assert_eq!(refused.code(), "job.not_dead");
        assert!(at.find(their_job).await.is_none());
        jobs.replay(Whose::Workspace(theirs), their_dead).await.unwrap();
        assert_eq!(claim_one(&jobs).await.job().id, their_job);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_dead_are_paged_without_gap_or_repeat() {
    on_both(async |at| {
        let (jobs, workspace) = (at.node(), at.ids.next());
        let asked: BTreeSet<_> = at.ask(workspace, 25).await.into_iter().collect();
        for _ in 0..25 {
            jobs.give_up(claim_one(&jobs).await, "no such address").await.unwrap();
        }
        for whose in [Whose::Workspace(workspace), Whose::Everyone] {
            let (mut seen, mut after) = (Vec::new(), None);
            loop {
                let page = jobs.dead(whose, after, 10).await.unwrap();
                let Some(last) = page.last() else { break };
                after = Some(last.id);
                seen.extend(page.iter().map(|dead| dead.job_id));
            }
            assert_eq!(seen.len(), 25);
            assert_eq!(seen.into_iter().collect::<BTreeSet<_>>(), asked);
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_dead_are_forgotten_after_thirty_days() {
    on_both(async |at| {
        let jobs = at.node();
        at.ask_one().await;
        bury(&jobs).await;
        at.clock.advance(Duration::from_secs(30 * 24 * 3_600));
        jobs.sweep().await.unwrap();
        assert_eq!(dead(&jobs).await.len(), 1);
        at.clock.advance(Duration::from_millis(1));
        jobs.sweep().await.unwrap();
        assert!(dead(&jobs).await.is_empty());
    })
    .await;
}
