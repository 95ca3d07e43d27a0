//! Chat put together over a store, running, and ended in order: the one door by which a program takes it in.
//!
//! A program opens a [`Setup`], makes [`Chat`] of it, and has the [`Starter`] start what runs in the background, once it
//! can say who calls. What it mounts is [`router`](crate::router); what it ends with is [`Running::shutdown`].

use std::{fmt, sync::Arc, time::Duration};

use parlance_base::{Authenticate, Clock, Ids, NodeId, Result, SystemClock};
use parlance_license::Gate;
use parlance_store::{
    Collection, Config, Hearing, OpenError, Schema, Store,
    job::{DEAD_JOBS, Handlers, JOBS, Jobs, Policy, Worker, WorkerConfig},
    lease::LEASES,
};
use parlance_stream::{ENTRIES, HEADS, Limits, Streams};
use parlance_workspace::{Auditing, Followers, KEEP_DELETED, Workspaces};
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::{
    chat::{Chat, Shared},
    draft::DRAFTS,
    folder::{Emptying, FOLDER_DELETED, FOLDERS},
    forget::{FORGOTTEN, Forgetting},
    group::{CLEARED, Clearing, ENDED, Ending, lifecycle::Lifecycle},
    host::{Host, Logins},
    measure::Sends,
    member::{DEPARTED, Departures, MEMBERS, RENAMED, Renames},
    message::{MENTIONS, PINS, REACTIONS, UNREACTED, Unreacting, VERSIONS_OF_MESSAGES},
    outbox::{MEMBERSHIP, Memberships},
    pace::{Pace, Rates},
    read_state::Receipts,
    realtime::{self, Bus, Realtime, Said, signals},
    scheduled::{SCHEDULED, SCHEDULED_MESSAGES, Sending},
    settings::SETTINGS,
    thread::{FOLLOWS, PARTICIPANTS, THREADS},
    upkeep::{Turns, Upkeep},
    waits::Waits,
};

/// The version of [`schema`].
const SCHEMA: u32 = 2;

/// How long jobs that run may go on once chat is told to end.
const GRACE: Duration = Duration::from_secs(10);

/// What chat is made of. [`Setup::open`] and [`Setup::over`] fill it in; what is to be otherwise is changed then.
#[derive(Debug)]
pub struct Setup {
    /// Where everything is kept. It holds at least [`collections`].
    pub store: Store,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// New ids.
    pub ids: Ids,
    /// What this process is called among those that have the store.
    pub node: NodeId,
    /// What is licensed, over the same store.
    pub gate: Gate,
    /// How fast users may do things.
    pub rates: Rates,
    /// How other processes on the same store are reached: through the store.
    pub bus: Bus,
    /// Whether another chat of this process is over the same store; other processes are known of.
    pub others_write: bool,
    /// Whether [`Running::shutdown`] closes the store: where [`Setup::open`] has opened it.
    pub owns_store: bool,
}

/// Starts chat, once its host can say who calls.
#[must_use = "chat that is not started delivers nothing and runs no jobs"]
#[derive(Debug)]
pub struct Starter {
    chat: Chat,
    bus: Bus,
    said: Said,
    handlers: Handlers,
    followers: Followers,
    turns: Turns,
    owned: Option<Owned>,
}

/// Chat that runs, until [`Running::shutdown`]. Dropping it is the hard way to end: sockets are cut and jobs are dropped where
/// they are. What was acknowledged is stored all the same.
#[must_use = "chat ends when this is dropped"]
pub struct Running {
    pub(crate) chat: Chat,
    pub(crate) host: Arc<dyn Authenticate>,
    pub(crate) realtime: Realtime,
    worker: Worker,
    auditing: Auditing,
    upkeep: Upkeep,
    owned: Option<Owned>,
    _end: DropGuard,
}

/// What [`Setup::open`] has opened.
#[derive(Debug)]
struct Owned {
    store: Store,
    gate: Gate,
}

/// Every collection that chat and what it stands on keep in a store. A host that keeps something of its own in the same store
/// opens it with these and its own.
#[must_use]
pub fn collections() -> Vec<&'static Collection> {
    let mut all = vec![
        &ENTRIES,
        &HEADS,
        &JOBS,
        &DEAD_JOBS,
        &LEASES,
        &MEMBERS,
        &PINS,
        &REACTIONS,
        &MENTIONS,
        &VERSIONS_OF_MESSAGES,
        &FOLDERS,
        &THREADS,
        &PARTICIPANTS,
        &FOLLOWS,
        &SETTINGS,
        &DRAFTS,
        &SCHEDULED_MESSAGES,
    ];
    all.extend(parlance_license::COLLECTIONS);
    all.extend(parlance_workspace::COLLECTIONS);
    all
}

/// What a store must hold before chat may use it.
#[must_use]
pub fn schema() -> Schema {
    Schema { version: SCHEMA, collections: collections(), migrations: Vec::new() }
}

impl Setup {
    /// Chat over the store at this place, which it makes or brings up to date, by the machine's clock.
    ///
    /// # Errors
    /// [`OpenError`], which says what to do.
    ///
    /// # Panics
    /// Outside of a Tokio runtime.
    pub async fn open(place: Config) -> Result<Self, OpenError> {
        let failed = |error: Box<dyn std::error::Error + Send + Sync>| OpenError::Failed(error);
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let ids = Ids::new(Arc::clone(&clock)).map_err(|error| failed(error.into()))?;
        let store = Store::open(place, &schema(), &ids).await?;
        let setup = Self::over(store, clock, ids).await.map_err(|error| failed(error.into()))?;
        Ok(Self { owns_store: true, ..setup })
    }

    /// Chat over a store that the host has opened itself.
    ///
    /// # Errors
    /// `store.unavailable` where the store cannot say what is licensed.
    ///
    /// # Panics
    /// Outside of a Tokio runtime.
    pub async fn over(store: Store, clock: Arc<dyn Clock>, ids: Ids) -> Result<Self> {
        let gate = Gate::open(&store, Arc::clone(&clock)).await?;
        Ok(Self::with(store, clock, ids, gate))
    }

    /// The same, with a gate that the host has opened itself.
    #[must_use]
    pub fn with(store: Store, clock: Arc<dyn Clock>, ids: Ids, gate: Gate) -> Self {
        let (node, rates, bus) = (ids.next(), Rates::default(), Bus::Store(store.clone()));
        Self { store, clock, ids, node, gate, rates, bus, others_write: false, owns_store: false }
    }
}

impl Chat {
    /// Chat made of this, and what starts it. A process makes one over a store.
    pub fn new(setup: Setup) -> (Self, Starter) {
        let Setup { store, clock, ids, node, gate, rates, bus, others_write, owns_store } = setup;
        let streams =
            Streams::new(store.clone(), Arc::clone(&clock), ids.clone(), Limits::default(), others_write);
        let owned = owns_store.then(|| Owned { store: store.clone(), gate: gate.clone() });
        let workspaces = Workspaces::new(store.clone(), streams.clone(), gate, ids.clone());
        let turns = Turns::new(store.clone(), Arc::clone(&clock), node);
        let jobs = Jobs::new(store.clone(), clock, ids.clone(), node, Policy::default());
        let (signals, said) = signals();
        let (pace, waits, closing) = (Pace::new(rates), Waits::default(), CancellationToken::new());
        let (sends, receipts) = (Sends::new(), Receipts::default());
        let shared =
            Shared { store, streams, jobs, workspaces, ids, signals, pace, waits, sends, receipts, closing };
        let chat = Self { shared: Arc::new(shared) };
        let (handlers, followers) = (Handlers::new(), Followers::default());
        (chat.clone(), Starter { chat, bus, said, handlers, followers, turns, owned })
    }

    /// The same handlers and those of chat's own jobs.
    fn handlers(&self, handlers: Handlers) -> Handlers {
        handlers
            .on(MEMBERSHIP, Arc::new(Memberships(self.clone())))
            .on(DEPARTED, Arc::new(Departures(self.clone())))
            .on(RENAMED, Arc::new(Renames(self.clone())))
            .on(FORGOTTEN, Arc::new(Forgetting(self.clone())))
            .on(UNREACTED, Arc::new(Unreacting(self.clone())))
            .on(CLEARED, Arc::new(Clearing(self.clone())))
            .on(ENDED, Arc::new(Ending(self.clone())))
            .on(FOLDER_DELETED, Arc::new(Emptying(self.clone())))
            .on(SCHEDULED, Arc::new(Sending(self.clone())))
    }
}

impl Starter {
    /// Has the host's own jobs run as well, by chat's worker: those that are committed to the same store.
    pub fn handling(self, handlers: Handlers) -> Self {
        Self { handlers, ..self }
    }

    /// Has these jobs of the host's own made when a member goes or is called something else.
    pub fn following(self, followers: Followers) -> Self {
        Self { followers, ..self }
    }

    /// As [`start`](Self::start), for a host that says of its users no more than who has logged in.
    ///
    /// # Panics
    /// Outside of a Tokio runtime.
    pub fn start_with(self, logins: impl Logins) -> Running {
        let workspaces = self.chat.workspaces().clone();
        self.start(Arc::new(Host { logins, workspaces }))
    }

    /// Starts live delivery and the worker of jobs.
    ///
    /// # Panics
    /// Outside of a Tokio runtime.
    pub fn start(self, host: Arc<dyn Authenticate>) -> Running {
        let Self { chat, bus, said, handlers, mut followers, turns, owned } = self;
        followers.departed.push(DEPARTED);
        followers.renamed.extend([RENAMED, FORGOTTEN]);
        let (jobs, handlers) = (chat.jobs().clone(), chat.handlers(handlers));
        let handlers = chat.workspaces().handlers(handlers, followers, jobs, KEEP_DELETED);
        let worker = Worker::start(chat.jobs().clone(), handlers, &WorkerConfig::default());
        let realtime = Realtime::start(realtime::Setup {
            domain: Arc::new(chat.clone()),
            host: Arc::clone(&host),
            committed: chat.streams().committed(),
            said,
            bus,
            ids: chat.shared.ids.clone(),
        });
        realtime.beside(chat.clone().tell_receipts());
        let auditing = chat.workspaces().audit();
        let upkeep = turns.start(Arc::new(Lifecycle(chat.clone())));
        Running { _end: realtime.end_when_dropped(), chat, host, realtime, worker, auditing, upkeep, owned }
    }
}

impl Running {
    /// Whether this process hears the others that have the store, so that what happens there is delivered here at once. Where
    /// it does not, that takes some seconds.
    #[must_use]
    pub fn hearing(&self) -> Hearing {
        self.realtime.hearing()
    }

    /// The chat that runs.
    #[must_use]
    pub const fn chat(&self) -> &Chat {
        &self.chat
    }

    /// Says goodbye: answers those who wait for news with what there is, tells every socket when to come back and closes it with
    /// 4011, and takes no more of either. Other requests go on. Takes ten seconds at most.
    ///
    /// The future does nothing until it is awaited, and borrows nothing: it goes into `axum::serve`'s graceful shutdown.
    pub fn stop(&self) -> impl Future<Output = ()> + Send + use<> {
        let (chat, realtime) = (self.chat.clone(), self.realtime.clone());
        async move {
            chat.end_waits();
            realtime.shutdown().await;
        }
    }

    /// Ends everything in order, once no more requests come: stops where [`stop`](Self::stop) has not, lets jobs that run end,
    /// does what waits to be written, and closes the store if it is chat's own. Takes half a minute at most, and moments as a rule.
    pub async fn shutdown(self) {
        self.stop().await;
        let Self { chat, worker, auditing, upkeep, owned, .. } = self;
        upkeep.end().await;
        worker.shutdown(GRACE).await;
        auditing.end().await;
        chat.streams().close().await;
        if let Some(Owned { store, gate }) = owned {
            gate.close().await;
            store.close().await;
        }
    }
}

impl fmt::Debug for Running {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Running").field("realtime", &self.realtime).finish_non_exhaustive()
    }
}
