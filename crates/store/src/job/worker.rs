//! The worker: sweeps, claims and runs jobs for as long as it lives.

use std::{num::NonZeroUsize, sync::Arc, time::Duration};

use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{MissedTickBehavior, interval, timeout},
};
use tokio_util::{
    sync::{CancellationToken, DropGuard},
    task::TaskTracker,
};

use super::{handler::Handlers, lease::Lease, queue::Jobs, run::Runner};
use crate::measure::Runs;

/// How long a shutdown waits for the leases that it recalls; those that are not given back by then end by themselves.
const RECALL: Duration = Duration::from_secs(5);

/// How much a worker does at once, and how often it looks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkerConfig {
    /// How many jobs run at once.
    pub slots: NonZeroUsize,
    /// How often it sweeps, and looks for jobs that other nodes made.
    pub sweep: Duration,
}

impl Default for WorkerConfig {
    /// 16 jobs at once, a sweep every second.
    fn default() -> Self {
        const SLOTS: NonZeroUsize = NonZeroUsize::MIN.saturating_add(15);
        Self { slots: SLOTS, sweep: Duration::from_secs(1) }
    }
}

/// Runs jobs in tasks that it owns. Dropping it is the hard way to end: handlers are dropped at their next await, and
/// their jobs run again when the leases have ended.
#[derive(Debug)]
pub struct Worker {
    /// What looks for jobs.
    scouts: TaskTracker,
    /// The jobs that run.
    runs: TaskTracker,
    stop: CancellationToken,
    recall: CancellationToken,
    _kill: DropGuard,
}

impl Worker {
    /// Starts to run jobs. A job of a kind that no handler runs is a failed attempt: a node of another release may
    /// know it, and if none does, it ends up among the dead. A process has one worker.
    ///
    /// # Panics
    /// Outside of a Tokio runtime, or for a sweep interval of zero.
    #[must_use]
    pub fn start(jobs: Jobs, handlers: Handlers, config: &WorkerConfig) -> Self {
        let (scouts, runs) = (TaskTracker::new(), TaskTracker::new());
        let (recall, kill) = (CancellationToken::new(), CancellationToken::new());
        let stop = kill.child_token();
        let measured = Arc::new(Runs::new(handlers.kinds()));
        let (recalled, killed) = (recall.clone(), kill.clone());
        let runner = Runner { jobs, handlers, tasks: runs.clone(), measured, recall: recalled, kill: killed };
        scouts.spawn(sweep(runner.jobs.clone(), config.sweep, stop.clone()));
        scouts.spawn(dispatch(runner, config.slots, stop.clone()));
        scouts.close();
        runs.close();
        Self { scouts, runs, stop, recall, _kill: kill.drop_guard() }
    }

    /// Takes no further job, lets those that run end within `grace`, and gives the leases of the others back, without
    /// spending an attempt. Returns at most five seconds after `grace`.
    pub async fn shutdown(self, grace: Duration) {
        self.stop.cancel();
        if timeout(grace, self.ended()).await.is_ok() {
            return;
        }
        let recalled = async {
            // A claim that is under way would take up again what is given back.
            self.scouts.wait().await;
            self.recall.cancel();
            self.runs.wait().await;
        };
        if timeout(RECALL, recalled).await.is_err() {
            tracing::warn!(
                jobs = self.runs.len(),
                "some jobs did not stop: they run again when their leases have ended"
            );
        }
    }

    async fn ended(&self) {
        self.scouts.wait().await;
        self.runs.wait().await;
    }
}

/// Sweeps at every interval. Each sweep ends with a look for jobs: other nodes make some, too.
async fn sweep(jobs: Jobs, every: Duration, stop: CancellationToken) {
    let mut ticks = interval(every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while stop.run_until_cancelled(ticks.tick()).await.is_some() {
        while sweep_page(&jobs).await && !stop.is_cancelled() {}
    }
}

/// Moves a page of jobs, and answers whether there may be more.
async fn sweep_page(jobs: &Jobs) -> bool {
    let swept = jobs.sweep().await;
    jobs.wake();
    match swept {
        Ok(swept) => swept.more,
        Err(error) => {
            tracing::warn!(%error, "jobs could not be swept");
            false
        }
    }
}

/// Claims jobs whenever there is room, and starts them.
async fn dispatch(runner: Runner, slots: NonZeroUsize, stop: CancellationToken) {
    let slots = Arc::new(Semaphore::new(slots.get()));
    while let Some(room) = stop.run_until_cancelled(free(&slots)).await {
        let leases = claim(&runner.jobs, room.len()).await;
        if leases.is_empty() && stop.run_until_cancelled(runner.jobs.woken()).await.is_none() {
            break;
        }
        for (lease, slot) in leases.into_iter().zip(room) {
            let runner = runner.clone();
            runner.tasks.clone().spawn(async move {
                runner.run(lease).await;
                drop(slot);
            });
        }
    }
}

/// The free slots, once there is one.
async fn free(slots: &Arc<Semaphore>) -> Vec<OwnedSemaphorePermit> {
    let first = Arc::clone(slots).acquire_owned().await;
    let more = std::iter::from_fn(|| Arc::clone(slots).try_acquire_owned().ok());
    first.into_iter().chain(more).collect()
}

async fn claim(jobs: &Jobs, most: usize) -> Vec<Lease> {
    jobs.claim(most).await.unwrap_or_else(|error| {
        tracing::warn!(%error, "jobs could not be claimed");
        Vec::new()
    })
}
