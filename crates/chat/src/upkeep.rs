//! What is done from time to time, by one of the nodes that have the store: whoever holds the task's lease.

use std::{sync::Arc, time::Duration};

use parlance_base::{BoxFuture, Clock, NodeId, Result, Time};
use parlance_store::{
    Store,
    lease::{Grant, Leases},
};
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::{
    sync::{CancellationToken, DropGuard},
    task::TaskTracker,
};
use tracing::warn;

/// Something to be done from time to time. It may be cut off anywhere, and be done again.
pub(crate) trait Task: Send + Sync + 'static {
    /// The name of its lease.
    fn name(&self) -> &'static str;

    /// How often it is to be done.
    fn every(&self) -> Duration;

    /// Does it.
    fn run(self: Arc<Self>, now: Time) -> BoxFuture<'static, Result<()>>;
}

/// What a node needs to take its turn.
#[derive(Clone, Debug)]
pub(crate) struct Turns {
    leases: Leases,
    clock: Arc<dyn Clock>,
    node: NodeId,
}

/// Upkeep that goes on, until it is ended or dropped.
#[derive(Debug)]
pub(crate) struct Upkeep {
    tasks: TaskTracker,
    end: DropGuard,
}

impl Turns {
    pub(crate) fn new(store: Store, clock: Arc<dyn Clock>, node: NodeId) -> Self {
        Self { leases: Leases::new(store, Arc::clone(&clock)), clock, node }
    }

    /// Does the task from now on, as often as it is this node's turn.
    pub(crate) fn start(self, task: Arc<impl Task>) -> Upkeep {
        let (stop, tasks) = (CancellationToken::new(), TaskTracker::new());
        let stopped = stop.clone();
        tasks.spawn(async move {
            let mut held = None;
            stopped.run_until_cancelled(self.repeat(task, &mut held)).await;
            if let Some(grant) = held {
                // Else it ends by itself.
                let _ = self.leases.release(grant).await;
            }
        });
        tasks.close();
        Upkeep { tasks, end: stop.drop_guard() }
    }

    async fn repeat(&self, task: Arc<impl Task>, held: &mut Option<Grant>) {
        let mut turns = interval(task.every());
        turns.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            turns.tick().await;
            if let Err(error) = self.turn(&task, held).await {
                warn!(%error, task = task.name(), "upkeep was not done, and waits for the next time");
            }
        }
    }

    async fn turn(&self, task: &Arc<impl Task>, held: &mut Option<Grant>) -> Result<()> {
        // Whoever has it keeps it from one turn to the next.
        *held = self.leases.acquire(task.name(), self.node, task.every() * 2).await?;
        if held.is_some() { Arc::clone(task).run(self.clock.now()).await } else { Ok(()) }
    }
}

impl Upkeep {
    /// Ends it where it is.
    pub(crate) async fn end(self) {
        drop(self.end);
        self.tasks.wait().await;
    }
}
