//! Live delivery as it runs on one node: one task that drives the hub, the bus, and a task per socket.

mod answer;
mod drive;
mod pages;

use std::{fmt, sync::Arc, time::Duration};

use parlance_base::{Authenticate, Error, Ids, Result};
use parlance_store::Hearing;
use parlance_stream::Committed;
use tokio::{
    runtime::{Handle, RuntimeFlavor},
    sync::{broadcast, mpsc},
    time::timeout,
};
use tokio_util::{
    sync::{CancellationToken, DropGuard},
    task::{TaskTracker, task_tracker::TaskTrackerToken},
};

use super::{
    Domain, HubInput,
    bus::Bus,
    limits::{CLOSE_WITHIN, DRAIN_WITHIN},
    signal::Said,
    timeline::Timeline,
};
use crate::measure::Sockets;
use {answer::Oracle, drive::Driver, pages::Pages};

/// What sockets tell the hub and may wait for it; sockets with more to tell wait themselves.
const TOLD: usize = 1_024;

/// What a node's live delivery is made of.
pub struct Setup {
    /// The chat domain.
    pub domain: Arc<dyn Domain>,
    /// Who knows the callers.
    pub host: Arc<dyn Authenticate>,
    /// What this node commits: [`parlance_stream::Streams::committed`].
    pub committed: broadcast::Receiver<Committed>,
    /// What the domain and the host have to say to all nodes.
    pub said: Said,
    /// How other nodes are reached.
    pub bus: Bus,
    /// Where ids and randomness come from.
    pub ids: Ids,
}

/// A node's live delivery, running. Clones are names for the same.
#[derive(Clone)]
pub struct Realtime(pub(super) Arc<Node>);

/// What the sockets of a node share.
pub(super) struct Node {
    pub(super) domain: Arc<dyn Domain>,
    pub(super) host: Arc<dyn Authenticate>,
    pub(super) ids: Ids,
    pub(super) timeline: Timeline,
    pub(super) hub: mpsc::Sender<HubInput>,
    pages: Pages,
    pub(super) sockets: TaskTracker,
    pub(super) measured: Sockets,
    /// One thread does everything.
    pub(super) is_one_thread: bool,
    /// The node shuts down: sockets say goodbye.
    pub(super) stopping: CancellationToken,
    /// Everything ends, whatever it is doing.
    pub(super) end: CancellationToken,
    hearing: Hearing,
    tasks: TaskTracker,
}

impl Realtime {
    /// Starts the tasks. They run until [`Realtime::shutdown`].
    #[must_use]
    pub fn start(setup: Setup) -> Self {
        let Setup { domain, host, committed, said, bus, ids } = setup;
        let (hub, told) = mpsc::channel(TOLD);
        let (tasks, end, timeline) = (TaskTracker::new(), CancellationToken::new(), Timeline::begin());
        let name = ids.next();
        let line = bus.join(name, &tasks, &end);
        let hearing = line.hearing.clone();
        let oracle = Oracle { domain: Arc::clone(&domain), host: Arc::clone(&host) };
        let driver = Driver::new(name, timeline, oracle, committed, said, line);
        tasks.spawn(end.clone().run_until_cancelled_owned(driver.run(told)));
        Self(Arc::new(Node {
            domain,
            host,
            ids,
            timeline,
            hub,
            pages: Pages::new(),
            sockets: TaskTracker::new(),
            measured: Sockets::new(),
            is_one_thread: Handle::current().runtime_flavor() == RuntimeFlavor::CurrentThread,
            stopping: CancellationToken::new(),
            end,
            hearing,
            tasks,
        }))
    }

    /// Tells every client to come back later or elsewhere, lets running commands finish, closes all sockets and ends all
    /// tasks. Takes ten seconds at most, and as long again if called while the first call runs. New sockets are refused.
    pub async fn shutdown(&self) {
        let node = &self.0;
        node.stopping.cancel();
        node.sockets.close();
        // Whoever is not done by then is dropped.
        let _ = timeout(DRAIN_WITHIN + CLOSE_WITHIN, node.sockets.wait()).await;
        node.end.cancel();
        // A socket that is still being opened ends as soon as it is open.
        let _ = timeout(CLOSE_WITHIN, node.sockets.wait()).await;
        node.tasks.close();
        node.tasks.wait().await;
    }

    /// Whether this node hears the others.
    pub(crate) fn hearing(&self) -> Hearing {
        self.0.hearing.clone()
    }

    /// Does this beside live delivery, until that ends.
    pub(crate) fn beside(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.0.tasks.spawn(self.0.end.clone().run_until_cancelled_owned(task));
    }

    /// What ends all at once, when it is dropped.
    pub(crate) fn end_when_dropped(&self) -> DropGuard {
        self.0.end.clone().drop_guard()
    }
}

impl Node {
    /// A place for a socket that is being opened: a shutdown waits for it, and closes it like the others.
    ///
    /// # Errors
    /// 503 `server.shutting_down` for who comes too late.
    pub(super) fn place(&self) -> Result<TaskTrackerToken> {
        // The place comes before the look: a shutdown that is not seen here sees the place.
        let place = self.sockets.token();
        if self.stopping.is_cancelled() {
            return Err(Error::unavailable("server.shutting_down", "the server is shutting down"));
        }
        Ok(place)
    }

    /// A random part of `span`, so that what happens to many at once does not come back all at once.
    pub(super) fn part_of(&self, span: Duration) -> Duration {
        span.mul_f64(f64::from(u16::from_be_bytes(self.ids.random())) / f64::from(u16::MAX))
    }
}

impl fmt::Debug for Realtime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Realtime").field("sockets", &self.0.sockets.len()).finish_non_exhaustive()
    }
}
