//! What happens to jobs as time passes: leases end, waits end, and any number of nodes may look after that.

use std::time::Duration;

use parlance_store::{
    Batch, CommitError,
    job::{Job, Policy, State, Whose},
};
use tokio::task::JoinSet;

use super::{claim_one, dead, on_both};

const LEASE: Duration = Duration::from_secs(30);

#[tokio::test(flavor = "multi_thread")]
async fn a_job_whose_worker_vanished_runs_again_after_its_lease() {
    on_both(async |at| {
        let (gone, other) = (at.node(), at.node());
        let id = at.ask_one().await;
        drop(claim_one(&gone).await);
        at.clock.advance(LEASE - Duration::from_millis(1));
        assert_eq!(other.sweep().await.unwrap().moved, 0);
        at.clock.advance(Duration::from_millis(1));
        assert_eq!(other.sweep().await.unwrap().moved, 1);
        let lease = claim_one(&other).await;
        assert_eq!((lease.job().id, lease.job().attempt), (id, 2));
        assert_eq!(lease.job().last_error.as_deref(), Some("its worker was lost"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_kills_its_worker_each_time_ends_up_dead() {
    on_both(async |at| {
        let jobs = at.node_with(Policy { attempts: 3, ..Policy::default() });
        let id = at.ask_one().await;
        for attempt in 1..=3 {
            assert!(dead(&jobs).await.is_empty());
            assert_eq!(claim_one(&jobs).await.job().attempt, attempt);
            at.clock.advance(LEASE);
            assert_eq!(jobs.sweep().await.unwrap().moved, 1);
        }
        assert!(at.find(id).await.is_none());
        let dead = jobs.dead(Whose::Everyone, None, 10).await.unwrap();
        assert_eq!((dead[0].job_id, dead[0].attempt), (id, 3));
        assert_eq!((dead[0].died_at, dead[0].last_error.as_str()), (at.now(), "its worker was lost"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nodes_that_sweep_at_the_same_time_move_each_job_once() {
    on_both(async |at| {
        let workspace = at.ids.next();
        let mut batch = Batch::new();
        for _ in 0..250 {
            batch.insert(&at.job(workspace).due(at.now().after(Duration::from_secs(1))));
        }
        at.store.workspace(workspace).commit(batch).await.unwrap();
        at.clock.advance(Duration::from_secs(1));
        let mut running = JoinSet::new();
        for _ in 0..4 {
            let jobs = at.node();
            running.spawn(async move {
                let mut moved = 0;
                for _ in 0..10 {
                    moved += jobs.sweep().await.unwrap().moved;
                }
                moved
            });
        }
        assert_eq!(running.join_all().await.into_iter().sum::<usize>(), 250);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sweep_moves_a_bounded_page_and_says_that_there_is_more() {
    on_both(async |at| {
        let (jobs, workspace) = (at.node(), at.ids.next());
        let mut batch = Batch::new();
        for _ in 0..150 {
            batch.insert(&at.job(workspace).due(at.now().after(Duration::from_secs(1))));
        }
        at.store.workspace(workspace).commit(batch).await.unwrap();
        at.clock.advance(Duration::from_secs(1));
        let swept = jobs.sweep().await.unwrap();
        assert_eq!((swept.moved, swept.more), (100, true));
        let swept = jobs.sweep().await.unwrap();
        assert_eq!((swept.moved, swept.more), (50, false));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_dies_twice_under_one_id_does_not_stop_the_sweep() {
    on_both(async |at| {
        let jobs = at.node_with(Policy { attempts: 1, ..Policy::default() });
        let (workspace, id) = (at.ids.next(), at.ids.next());
        for _ in 0..2 {
            let mut batch = Batch::new();
            batch.insert(&Job { id, ..at.job(workspace) });
            at.store.workspace(workspace).commit(batch).await.unwrap();
            drop(claim_one(&jobs).await);
            at.clock.advance(LEASE);
            assert_eq!(jobs.sweep().await.unwrap().moved, 1);
        }
        assert_eq!(dead(&jobs).await, [id, id]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_is_in_the_queue_once() {
    on_both(async |at| {
        let workspace = at.ids.next();
        let id = at.ask(workspace, 1).await[0];
        let mut batch = Batch::new();
        batch.insert(&Job { id, ..at.job(workspace) });
        let repeated = at.store.workspace(workspace).commit(batch).await;
        assert_eq!(repeated, Err(CommitError::Duplicate(0, "id")));
        assert_eq!(at.state(id).await, Some(State::Ready));
    })
    .await;
}
