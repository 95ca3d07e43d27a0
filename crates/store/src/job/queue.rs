//! The queue as one node sees it.

use std::sync::{Arc, Mutex, PoisonError};

use parlance_base::{Clock, Ids, NodeId, Result, Time};
use tokio::sync::Notify;

use super::{
    document::{DIED_AT, DUE_AT, DeadJob, Job, STATE, State},
    policy::Policy,
};
use crate::{
    query::{Find, MAX_LIMIT},
    scope::Scope,
    store::Store,
};

/// One node's hand on the queue of jobs. Clones share it.
#[derive(Clone, Debug)]
pub struct Jobs {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    store: Store,
    clock: Arc<dyn Clock>,
    ids: Ids,
    node: NodeId,
    policy: Policy,
    /// The workspace that had the last turn.
    served: Mutex<String>,
    wake: Notify,
}

impl Jobs {
    /// The queue in `store`, as `node` sees it. A node's id is that of one process: it never comes back after a restart.
    #[must_use]
    pub fn new(store: Store, clock: Arc<dyn Clock>, ids: Ids, node: NodeId, policy: Policy) -> Self {
        let (served, wake) = (Mutex::default(), Notify::new());
        Self { shared: Arc::new(Shared { store, clock, ids, node, policy, served, wake }) }
    }

    /// Tells this node's worker that there may be something to run. Whoever committed a job that may run at once calls
    /// it; without it, the job starts with the worker's next sweep.
    pub fn wake(&self) {
        self.shared.wake.notify_one();
    }

    /// How many jobs of the installation wait, are ready or run, and how many are dead; each counted up to 5,000.
    ///
    /// # Errors
    /// `store.unavailable` while the store is out of reach.
    pub async fn count(&self) -> Result<(usize, usize)> {
        let mut queued: usize = 0;
        for state in [State::Waiting, State::Ready, State::Leased] {
            let of_state = Find::new([STATE.is(state.as_str())]).ascending(DUE_AT).limit(MAX_LIMIT);
            queued = queued.saturating_add(self.system().count::<Job>(of_state).await?);
        }
        let dead = Find::new([]).ascending(DIED_AT).limit(MAX_LIMIT);
        Ok((queued.min(MAX_LIMIT), self.system().count::<DeadJob>(dead).await?))
    }

    /// Ends at the next [`wake`](Self::wake), or at once if there was one since the last time.
    pub(super) async fn woken(&self) {
        self.shared.wake.notified().await;
    }

    pub(super) fn store(&self) -> &Store {
        &self.shared.store
    }

    /// The scope in which jobs of all workspaces are read.
    pub(super) fn system(&self) -> Scope {
        self.shared.store.system()
    }

    pub(super) fn now(&self) -> Time {
        self.shared.clock.now()
    }

    pub(super) fn node(&self) -> NodeId {
        self.shared.node
    }

    pub(super) fn policy(&self) -> &Policy {
        &self.shared.policy
    }

    /// The job as it is kept from now on, now that it is given up.
    pub(super) fn given_up(&self, job: &Job, error: &str) -> DeadJob {
        job.given_up(self.shared.ids.next(), self.now(), error)
    }

    pub(super) fn random(&self) -> u64 {
        u64::from_be_bytes(self.shared.ids.random())
    }

    pub(super) fn served(&self) -> String {
        self.shared.served.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn set_served(&self, workspace: String) {
        *self.shared.served.lock().unwrap_or_else(PoisonError::into_inner) = workspace;
    }
}
