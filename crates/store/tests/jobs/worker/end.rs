//! How workers end, in order or not, and what becomes of the jobs they had in hand.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::Duration,
};

use parlance_store::{
    Batch,
    job::{Policy, State},
};

use super::{
    super::{claim_one, eventually, on_both},
    Gate, Log, Outcome, start,
};

const GRACE: Duration = Duration::from_secs(60);

/// Counts the handlers that are under way: it goes down too where one is dropped.
#[derive(Clone, Debug, Default)]
struct Running(Arc<AtomicUsize>);

impl Running {
    fn begin(&self) -> Self {
        self.0.fetch_add(1, SeqCst);
        self.clone()
    }

    fn count(&self) -> usize {
        self.0.load(SeqCst)
    }
}

struct Ends(Running);

impl Drop for Ends {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, SeqCst);
    }
}

/// A handler that takes until the gate opens.
async fn pass(gate: Gate, ends: Ends) -> Outcome {
    gate.pass().await;
    drop(ends);
    Ok(Batch::new())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shutdown_lets_running_jobs_end_and_takes_no_more() {
    on_both(async |at| {
        let (jobs, gate, running) = (at.node(), Gate::shut(), Running::default());
        let (held, count) = (gate.clone(), running.clone());
        let worker = start(&jobs, 1, move |_| pass(held.clone(), Ends(count.begin())));
        let first = at.ask_one().await;
        eventually("a job runs", async || running.count() == 1).await;
        let second = at.ask_one().await;
        // The shutdown has begun when the gate opens: both are polled in this order.
        tokio::join!(worker.shutdown(GRACE), async { gate.open() });
        assert_eq!((at.state(first).await, at.state(second).await), (None, Some(State::Ready)));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shutdown_gives_back_the_leases_of_jobs_that_take_too_long() {
    on_both(async |at| {
        let (jobs, running) = (at.node_with(Policy { attempts: 1, ..Policy::default() }), Running::default());
        let count = running.clone();
        let worker = start(&jobs, 4, move |_| pass(Gate::shut(), Ends(count.begin())));
        let ids = at.ask(at.ids.next(), 3).await;
        eventually("the jobs run", async || running.count() == 3).await;
        worker.shutdown(Duration::from_millis(1)).await;
        assert_eq!(running.count(), 0, "a handler outlives the shutdown");
        for id in ids {
            let job = at.find(id).await.unwrap();
            assert_eq!((job.state, job.forgiven, job.owner), (State::Ready, 1, None));
        }
        assert_eq!(at.node().claim(10).await.unwrap().len(), 3, "another node goes on at once");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dropped_worker_stops_and_its_jobs_run_again_after_their_leases() {
    on_both(async |at| {
        let (jobs, running) = (at.node(), Running::default());
        let count = running.clone();
        let worker = start(&jobs, 4, move |_| pass(Gate::shut(), Ends(count.begin())));
        let id = at.ask_one().await;
        eventually("the job runs", async || running.count() == 1).await;
        drop(worker);
        eventually("the handler is dropped", async || running.count() == 0).await;
        assert_eq!(at.state(id).await, Some(State::Leased));

        let (other, log) = (at.node(), Log::default());
        let noted = log.clone();
        let worker = start(&other, 4, move |job| {
            noted.note(&job);
            async { Ok(Batch::new()) }
        });
        at.clock.advance(Duration::from_secs(30));
        eventually("the job ends", async || at.find(id).await.is_none()).await;
        worker.shutdown(GRACE).await;
        assert_eq!(log.read(), [(id, 2)]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lease_is_renewed_for_as_long_as_the_handler_takes() {
    on_both(async |at| {
        let policy = Policy { lease: Duration::from_millis(600), ..Policy::default() };
        let (jobs, gate, running) = (at.node_with(policy), Gate::shut(), Running::default());
        let (held, count) = (gate.clone(), running.clone());
        let worker = start(&jobs, 1, move |_| pass(held.clone(), Ends(count.begin())));
        let id = at.ask_one().await;
        eventually("the job runs", async || running.count() == 1).await;
        for _ in 0..5 {
            let before = at.find(id).await.unwrap().due_at;
            at.clock.advance(Duration::from_millis(400));
            eventually("the lease is renewed", async || at.find(id).await.unwrap().due_at > before).await;
            at.node().sweep().await.unwrap();
            assert_eq!(at.find(id).await.unwrap().attempt, 1);
            assert_eq!(at.state(id).await, Some(State::Leased));
        }
        gate.open();
        eventually("the job ends", async || at.find(id).await.is_none()).await;
        worker.shutdown(GRACE).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_handler_whose_lease_is_lost_is_dropped() {
    on_both(async |at| {
        let policy = Policy { lease: Duration::from_millis(600), ..Policy::default() };
        let (jobs, other, running) = (at.node_with(policy), at.node(), Running::default());
        let count = running.clone();
        let worker = start(&jobs, 1, move |_| pass(Gate::shut(), Ends(count.begin())));
        let id = at.ask_one().await;
        eventually("the job runs", async || running.count() == 1).await;
        // One slot, and it is taken: what the sweep makes ready is the other node's. The worker may renew in between.
        eventually("the lease ends", async || {
            at.clock.advance(Duration::from_millis(600));
            other.sweep().await.unwrap();
            at.state(id).await == Some(State::Ready)
        })
        .await;
        let lease = claim_one(&other).await;
        eventually("the handler is dropped", async || running.count() == 0).await;
        other.complete(&lease, Batch::new()).await.unwrap();
        worker.shutdown(GRACE).await;
    })
    .await;
}
