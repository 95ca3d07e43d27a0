//! A job comes with the change that asks for it, and runs when it is due.

use std::time::Duration;

use parlance_store::{
    Batch, CommitError,
    job::{Job, MAX_PAYLOAD, State},
};

use super::{claim_one, on_both};
use crate::support::model::{Head, SEQ};

#[tokio::test(flavor = "multi_thread")]
async fn a_job_is_there_exactly_if_its_batch_is() {
    on_both(async |at| {
        let (jobs, workspace) = (at.node(), at.ids.next());
        let refused = at.job(workspace);
        let mut batch = Batch::new();
        batch.update::<Head>("head", [SEQ.is(7)], [SEQ.set(8)]).insert(&refused);
        assert_eq!(at.store.workspace(workspace).commit(batch).await, Err(CommitError::Missing(0)));
        assert!(at.find(refused.id).await.is_none());
        assert!(jobs.claim(1).await.unwrap().is_empty());

        let job = Job { payload: "{\"to\":\"ada\"}".to_owned(), ..at.job(workspace) };
        let mut batch = Batch::new();
        batch.insert(&Head::new("head")).insert(&job);
        at.store.workspace(workspace).commit(batch).await.unwrap();
        let lease = claim_one(&jobs).await;
        let leased = lease.job();
        assert_eq!((leased.id, leased.workspace_id, leased.attempt), (job.id, workspace, 1));
        assert_eq!((&leased.kind, &leased.payload), (&job.kind, &job.payload));
        assert_eq!(lease.ends_at(), at.now().after(Duration::from_secs(30)));
        assert_eq!(at.find(job.id).await.as_ref(), Some(lease.job()));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_runs_once_it_is_due_and_not_before() {
    on_both(async |at| {
        let (jobs, workspace) = (at.node(), at.ids.next());
        let job = at.job(workspace).due(at.now().after(Duration::from_secs(60)));
        let mut batch = Batch::new();
        batch.insert(&job);
        at.store.workspace(workspace).commit(batch).await.unwrap();

        at.clock.advance(Duration::from_millis(59_999));
        assert_eq!(jobs.sweep().await.unwrap().moved, 0);
        assert!(jobs.claim(1).await.unwrap().is_empty());
        at.clock.advance(Duration::from_millis(1));
        assert!(jobs.claim(1).await.unwrap().is_empty(), "it is the sweep that makes jobs ready");
        assert_eq!(jobs.sweep().await.unwrap().moved, 1);
        assert_eq!(claim_one(&jobs).await.job().id, job.id);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_due_in_the_past_is_ready() {
    on_both(async |at| {
        let (jobs, workspace) = (at.node(), at.ids.next());
        let job = at.job(workspace).due(at.now().before(Duration::from_secs(1)));
        assert_eq!(job.state, State::Ready);
        let mut batch = Batch::new();
        batch.insert(&job);
        at.store.workspace(workspace).commit(batch).await.unwrap();
        assert_eq!(claim_one(&jobs).await.job().id, job.id);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_with_a_payload_over_the_limit_is_refused() {
    on_both(async |at| {
        let workspace = at.ids.next();
        for (bytes, fits) in [(MAX_PAYLOAD, true), (MAX_PAYLOAD + 1, false)] {
            let job = Job { payload: "x".repeat(bytes), ..at.job(workspace) };
            let mut batch = Batch::new();
            batch.insert(&job);
            let outcome = at.store.workspace(workspace).commit(batch).await;
            assert_eq!(outcome.is_ok(), fits, "{bytes}: {outcome:?}");
            assert_eq!(at.find(job.id).await.is_some(), fits, "{bytes}");
        }
    })
    .await;
}
