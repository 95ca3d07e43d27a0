//! Jobs from outside, on both engines: what is promised to those who ask for work, and to those who run it.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    reason = "these are tests, and a failed one says on which engine"
)]

mod cost;
mod dead;
mod lease;
mod outbox;
mod remove;
mod sweep;
mod turn;
mod unknown;
mod worker;

use std::{sync::Arc, time::Duration};

use parlance_base::{Ids, JobId, ManualClock, NodeId, Time, WorkspaceId};
use parlance_store::{
    Batch, Schema, Store,
    job::{DEAD_JOBS, JOBS, Job, Jobs, Lease, Policy, State, Whose},
    lease::LEASES,
};

use crate::support::{
    model,
    world::{Engine, World},
};

/// A store with a clock in the test's hand.
pub(crate) struct Stage {
    pub(crate) world: World,
    pub(crate) store: Store,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) ids: Ids,
}

/// What these tests store.
pub(crate) fn schema() -> Schema {
    let mut schema = model::schema();
    schema.collections.extend([&JOBS, &DEAD_JOBS, &LEASES]);
    schema
}

/// Runs the test in a fresh store of each engine.
pub(crate) async fn on_both(test: impl AsyncFn(&Stage)) {
    for engine in [Engine::Sqlite, Engine::Mongo] {
        println!("on {engine:?}:");
        let stage = Stage::new(World::new(engine).await).await;
        test(&stage).await;
        stage.store.close().await;
        stage.world.end().await;
    }
}

impl Stage {
    pub(crate) async fn new(world: World) -> Self {
        let store = world.open(&schema()).await;
        let clock = Arc::new(ManualClock::at(Time::from_millis(1_795_253_400_000)));
        let ids = Ids::new(clock.clone()).unwrap();
        Self { world, store, clock, ids }
    }

    /// The queue as a node of its own sees it.
    fn node(&self) -> Jobs {
        self.node_with(Policy::default())
    }

    fn node_with(&self, policy: Policy) -> Jobs {
        Jobs::new(self.store.clone(), self.clock.clone(), self.ids.clone(), self.ids.next::<NodeId>(), policy)
    }

    pub(crate) fn now(&self) -> Time {
        parlance_base::Clock::now(&*self.clock)
    }

    fn job(&self, workspace: WorkspaceId) -> Job {
        Job::new(self.ids.next(), workspace, "test", "", self.now())
    }

    /// Commits so many ready jobs of the workspace.
    async fn ask(&self, workspace: WorkspaceId, count: usize) -> Vec<JobId> {
        let jobs: Vec<_> = (0..count).map(|_| self.job(workspace)).collect();
        for some in jobs.chunks(500) {
            let mut batch = Batch::new();
            for job in some {
                batch.insert(job);
            }
            self.store.workspace(workspace).commit(batch).await.unwrap();
        }
        jobs.iter().map(|job| job.id).collect()
    }

    /// Commits one ready job of a workspace of its own.
    async fn ask_one(&self) -> JobId {
        self.ask(self.ids.next(), 1).await[0]
    }

    async fn find(&self, id: JobId) -> Option<Job> {
        self.store.system().get(id).await.unwrap()
    }

    async fn state(&self, id: JobId) -> Option<State> {
        self.find(id).await.map(|job| job.state)
    }
}

/// Claims the only job that is ready.
async fn claim_one(jobs: &Jobs) -> Lease {
    let mut leases = jobs.claim(1).await.unwrap();
    assert_eq!(leases.len(), 1, "one job is ready");
    leases.remove(0)
}

/// The ids of all jobs that were given up.
async fn dead(jobs: &Jobs) -> Vec<JobId> {
    jobs.dead(Whose::Everyone, None, 100).await.unwrap().iter().map(|dead| dead.job_id).collect()
}

/// Waits until it holds.
async fn eventually(what: &str, holds: impl AsyncFn() -> bool) {
    let wait = async {
        while !holds().await {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), wait).await.unwrap_or_else(|_| panic!("{what}"));
}
