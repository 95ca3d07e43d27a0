//! The one place that knows all parts and puts them together.

use std::sync::Arc;

use axum::Router;
use parlance_auth::{Auth, Secrets};
use parlance_base::{Authenticate, Clock, Identify, Ids};
use parlance_chat::{Chat, Running, Setup};
use parlance_license::{Gate, Membership};
use parlance_store::{Store, job::Handlers};
use tokio_util::sync::CancellationToken;

use crate::{
    access::Proxies,
    api::{self, Mounts},
    config::Config,
    error::StartError,
    health::{self, Health},
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
    chat: Running,
    membership: Membership,
    store: Store,
}

/// What the routers are made of, beside chat.
struct Domain {
    gate: Gate,
    auth: Auth,
}

/// The parts over this ground, and their routes.
pub(crate) async fn compose(
    config: &Config,
    ground: Ground,
    once: Once,
) -> Result<(Composition, Router), StartError> {
    let root = secret::settle(config, &ground.store.system(), &ground.ids, once.replace_secret).await?;
    let setup = setup(config, &ground, once).await?;
    let (gate, node) = (setup.gate.clone(), setup.node);
    let (chat, starter) = Chat::new(setup);
    let Ground { store, clock, ids, public_url } = ground;
    let (workspaces, wanted) = (chat.workspaces().clone(), translate::auth(config, &public_url));
    let revoked = Arc::new(move |revocation| chat.revoke(revocation));
    let auth = Auth::new(&store, workspaces, clock, ids.clone(), &Secrets::new(root), wanted, revoked)?;
    let is_new = !auth.has_users().await?;
    // Before anything runs that a node which may not join should not do.
    let membership = gate.join(node).await?;
    let chat = starter.handling(auth.handlers(Handlers::new())).start(Arc::new(auth.clone()));
    let stopping = CancellationToken::new();
    let health = Health { system: store.system(), stopping: stopping.clone() };
    let mounts = mounts(Domain { gate, auth }, &chat, health);
    let router = api::router(mounts, ids, Proxies::new(&config.trusted_proxies));
    Ok((Composition { is_new, stopping, chat, membership, store }, router))
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
        self.store.close().await;
    }
}

async fn setup(config: &Config, ground: &Ground, once: Once) -> Result<Setup, StartError> {
    let Ground { store, clock, ids, .. } = ground;
    let gate = Gate::open_trusting(store, Arc::clone(clock), once.trust).await?;
    let setup = Setup::with(store.clone(), Arc::clone(clock), ids.clone(), gate);
    Ok(Setup { rates: translate::rates(config), bus: translate::bus(config, store), ..setup })
}

fn mounts(domain: Domain, chat: &Running, health: Health) -> Mounts {
    let Domain { gate, auth } = domain;
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
