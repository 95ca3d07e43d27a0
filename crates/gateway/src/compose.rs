//! The one place that knows all parts and puts them together.

use std::{sync::Arc, time::Duration};

use axum::Router;
use parlance_auth::{Auth, Secrets};
use parlance_base::{Authenticate, Clock, Identify, Ids, NodeId};
use parlance_chat::{
    Chat, DEPARTED, Parts, RENAMED,
    realtime::{Bus, Realtime, Said, Setup, Signals, signals},
};
use parlance_license::{Gate, Membership};
use parlance_store::{
    Store,
    job::{Handlers, Jobs, Policy, Worker, WorkerConfig},
};
use parlance_stream::{Limits, Streams};
use parlance_workspace::{Followers, Workspaces};
use tokio_util::sync::CancellationToken;

use crate::{
    access::Proxies,
    api::{self, Mounts},
    config::Config,
    error::StartError,
    health::{self, Health},
    revoke::Revoking,
    secret,
    server::Once,
    translate,
};

/// What everything is over.
pub(crate) struct Ground {
    pub(crate) store: Store,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) ids: Ids,
    /// Where browsers find it.
    pub(crate) public_url: String,
}

/// All parts, put together and running.
pub(crate) struct Composition {
    /// Nobody has registered yet.
    pub(crate) is_new: bool,
    stopping: CancellationToken,
    chat: Chat,
    realtime: Realtime,
    revoking: Revoking,
    worker: Worker,
    streams: Streams,
    membership: Membership,
    store: Store,
}

/// What the routers are made of.
struct Domain {
    streams: Streams,
    gate: Gate,
    workspaces: Workspaces,
    auth: Auth,
}

/// The parts over this ground, and their routes.
pub(crate) async fn compose(
    config: &Config,
    ground: Ground,
    once: Once,
) -> Result<(Composition, Router), StartError> {
    let root = secret::settle(config, &ground.store.system(), &ground.ids, once.replace_secret).await?;
    let domain = domain(config, &ground, &Secrets::new(root), once).await?;
    let is_new = !domain.auth.has_users().await?;
    let node = ground.ids.next();
    // Before anything runs that a node which may not join should not do.
    let membership = domain.gate.join(node).await?;
    let (signals, said) = signals();
    let (chat, worker) = chat(config, &ground, &domain, signals.clone(), node);
    let realtime = realtime(&ground, &domain, &chat, said);
    let revoking = Revoking::start(&domain.streams, &domain.auth, signals);
    let stopping = CancellationToken::new();
    let health = Health { system: ground.store.system(), stopping: stopping.clone() };
    let streams = domain.streams.clone();
    let mounts = mounts(domain, chat.clone(), realtime.clone(), health);
    let router = api::router(mounts, ground.ids, Proxies::new(&config.trusted_proxies));
    let store = ground.store;
    let composition =
        Composition { is_new, stopping, chat, realtime, revoking, worker, streams, membership, store };
    Ok((composition, router))
}

impl Composition {
    /// Says that the node is about to go, answers those who wait for news, and closes the sockets in order.
    pub(crate) async fn stop(&self) {
        self.stopping.cancel();
        self.chat.end_waits();
        self.realtime.shutdown().await;
    }

    /// Ends everything, once nobody asks any more: what runs gets this long.
    pub(crate) async fn end(self, grace: Duration) {
        self.worker.shutdown(grace).await;
        self.revoking.end().await;
        self.streams.close().await;
        self.membership.leave().await;
        self.store.close().await;
    }
}

async fn domain(
    config: &Config,
    ground: &Ground,
    secrets: &Secrets,
    once: Once,
) -> Result<Domain, StartError> {
    let Ground { store, clock, ids, public_url } = ground;
    let streams = Streams::new(store.clone(), Arc::clone(clock), ids.clone(), Limits::default(), false);
    let gate = Gate::open_trusting(store, Arc::clone(clock), once.trust).await?;
    let workspaces = Workspaces::new(store.clone(), streams.clone(), gate.clone(), ids.clone());
    let wanted = translate::auth(config, public_url);
    let auth = Auth::new(store, workspaces.clone(), Arc::clone(clock), ids.clone(), secrets, wanted)?;
    Ok(Domain { streams, gate, workspaces, auth })
}

fn chat(config: &Config, ground: &Ground, domain: &Domain, signals: Signals, node: NodeId) -> (Chat, Worker) {
    let Ground { store, clock, ids, .. } = ground;
    let jobs = Jobs::new(store.clone(), Arc::clone(clock), ids.clone(), node, Policy::default());
    let chat = Chat::new(Parts {
        store: store.clone(),
        streams: domain.streams.clone(),
        jobs: jobs.clone(),
        workspaces: domain.workspaces.clone(),
        signals,
        ids: ids.clone(),
        rate: translate::rate(config),
    });
    let followers = Followers { departed: vec![DEPARTED], renamed: vec![RENAMED] };
    let handlers = domain.workspaces.handlers(chat.handlers(Handlers::new()), followers);
    let worker = Worker::start(jobs, handlers, &WorkerConfig::default());
    (chat, worker)
}

fn realtime(ground: &Ground, domain: &Domain, chat: &Chat, said: Said) -> Realtime {
    Realtime::start(Setup {
        domain: Arc::new(chat.clone()),
        host: Arc::new(domain.auth.clone()),
        committed: domain.streams.committed(),
        said,
        bus: Bus::Store(ground.store.clone()),
        ids: ground.ids.clone(),
    })
}

fn mounts(domain: Domain, chat: Chat, realtime: Realtime, health: Health) -> Mounts {
    let Domain { gate, workspaces, auth, .. } = domain;
    let callers: Arc<dyn Authenticate> = Arc::new(auth.clone());
    let users: Arc<dyn Identify> = Arc::new(auth.clone());
    Mounts {
        auth: parlance_auth::router(auth),
        workspaces: parlance_workspace::router(workspaces, Arc::clone(&users), Arc::clone(&callers)),
        chat: parlance_chat::router(chat, realtime, callers),
        license: parlance_license::router(gate, users),
        health: health::router(health),
    }
}
