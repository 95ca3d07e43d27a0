//! The parts of a server, running, and their routes.

use std::sync::Arc;

use axum::Router;
use parlance_auth::Auth;
use parlance_base::{Authenticate, Identify};
use parlance_chat::Running;
use parlance_license::{Gate, Membership};
use parlance_store::{Store, job::Handlers};
use tokio_util::sync::CancellationToken;

use crate::{
    access::Proxies,
    api::{self, Mounts},
    config::Config,
    error::StartError,
    health::{self, Health},
    measure::{self, Requests, Sources},
    parts::Parts,
};

/// All parts, running.
pub(crate) struct Composition {
    /// Nobody has registered yet.
    pub(crate) is_new: bool,
    /// What is looked up where metrics are read.
    pub(crate) sources: Sources,
    stopping: CancellationToken,
    chat: Running,
    gate: Gate,
    membership: Membership,
    store: Store,
}

/// Has these parts run; and their routes.
pub(crate) async fn compose(config: &Config, parts: Parts) -> Result<(Composition, Router), StartError> {
    let (is_new, membership) = match enter(&parts).await {
        Ok(entered) => entered,
        Err(error) => {
            parts.close().await;
            return Err(error);
        }
    };
    let Parts { store, clock, ids, gate, starter, auth, .. } = parts;
    let chat = starter.handling(auth.handlers(Handlers::new())).start(Arc::new(auth.clone()));
    let stopping = CancellationToken::new();
    let (started, hearing) = (clock.now(), chat.hearing());
    let (system, stopped) = (store.system(), stopping.clone());
    let health = Health { system, store: store.clone(), clock, hearing, stopping: stopped };
    let sources = Sources { health: health.clone(), jobs: chat.chat().jobs().clone(), started };
    let mounts = mounts(auth, gate.clone(), &chat, health);
    let around = (Proxies::new(&config.trusted_proxies), Requests::new(measure::is_on(config)));
    let router = api::router(mounts, ids, around, &config.allowed_origins);
    Ok((Composition { is_new, sources, stopping, chat, gate, membership, store }, router))
}

impl Composition {
    /// Says that the node is about to go, answers those who wait for news, and closes the sockets in order.
    pub(crate) async fn stop(&self) {
        self.stopping.cancel();
        self.chat.stop().await;
    }

    /// Ends everything, once nobody asks any more.
    pub(crate) async fn end(self) {
        self.chat.shutdown().await;
        self.membership.leave().await;
        self.gate.close().await;
        self.store.close().await;
    }
}

/// Whether nobody has registered, and the node's place among those of the store: taken before anything runs that a node which
/// may not join should not do.
async fn enter(parts: &Parts) -> Result<(bool, Membership), StartError> {
    let is_new = !parts.auth.has_users().await?;
    Ok((is_new, parts.gate.join(parts.node).await?))
}

fn mounts(auth: Auth, gate: Gate, chat: &Running, health: Health) -> Mounts {
    let workspaces = chat.chat().workspaces().clone();
    let callers: Arc<dyn Authenticate> = Arc::new(auth.clone());
    let users: Arc<dyn Identify> = Arc::new(auth.clone());
    Mounts {
        auth: parlance_auth::router(auth),
        workspaces: parlance_workspace::router(workspaces, Arc::clone(&users), callers),
        chat: parlance_chat::open_api(chat),
        license: parlance_license::router(gate, users),
        health: health::router(health),
    }
}
