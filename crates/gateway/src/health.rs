//! Whether this node lives, and whether it can serve.

use std::{sync::Arc, time::Duration};

use axum::extract::State;
use parlance_base::{Clock, Error, Result, Time};
use parlance_edge::{ErrorBody, Failure};
use parlance_store::{Hearing, Scope, Store};
use serde::Serialize;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::secret;

/// How long the store and the other nodes may take to be heard of before the node counts as not ready.
pub(crate) const WITHIN: Duration = Duration::from_secs(2);

/// How far a node's clock may be off the store's.
const OFF: Duration = Duration::from_secs(2);

/// What a node needs to serve.
#[derive(Clone)]
pub(crate) struct Health {
    pub(crate) system: Scope,
    pub(crate) store: Store,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) hearing: Hearing,
    pub(crate) stopping: CancellationToken,
}

/// How a node was found.
pub(crate) struct Found {
    is_stopping: bool,
    pub(crate) store: Result<()>,
    /// Whether something can be stored.
    storing: Result<()>,
    pub(crate) bus: Result<()>,
    /// What time it was by this machine's clock before and after it was by the store's.
    times: Option<(Time, Time, Time)>,
}

/// How this node is.
#[derive(Debug, Serialize, ToSchema)]
struct HealthView {
    /// `live` or `ready`.
    status: &'static str,
}

pub(crate) fn router(health: Health) -> OpenApiRouter {
    OpenApiRouter::new().routes(routes!(live)).routes(routes!(ready)).with_state(health)
}

/// Whether the process answers at all
#[utoipa::path(get, path = "/live", tag = "health", security(()), responses((status = 200, body = HealthView)))]
async fn live() -> axum::Json<HealthView> {
    axum::Json(HealthView { status: "live" })
}

/// Whether the node can serve: its store answers and takes in, it hears the other nodes, its clock is right, and it is not shutting down
#[utoipa::path(get, path = "/ready", tag = "health", security(()), responses(
    (status = 200, body = HealthView), (status = 503, body = ErrorBody)))]
async fn ready(State(health): State<Health>) -> Result<axum::Json<HealthView>, Failure> {
    match health.state().await.refusal() {
        None => Ok(axum::Json(HealthView { status: "ready" })),
        Some(error) => Err(error.into()),
    }
}

impl Health {
    /// How the node is now, which takes two seconds at most to find out.
    pub(crate) async fn state(&self) -> Found {
        let (store, storing, bus, times) =
            tokio::join!(self.store(), self.storing(), self.bus(), self.times());
        Found { is_stopping: self.stopping.is_cancelled(), store, storing, bus, times }
    }

    async fn store(&self) -> Result<()> {
        let late = |_| Error::unavailable("store.unavailable", "the store does not answer");
        timeout(WITHIN, secret::probe(&self.system)).await.map_err(late)?
    }

    async fn storing(&self) -> Result<()> {
        let late = |_| Error::unavailable("store.unavailable", "the store does not take anything in");
        timeout(WITHIN, self.store.writable()).await.map_err(late)?
    }

    /// A way that is opened anew within moments was there all the time.
    async fn bus(&self) -> Result<()> {
        let late = |_| Error::unavailable("bus.unavailable", "the other nodes cannot be heard");
        timeout(WITHIN, self.hearing.good()).await.map_err(late)
    }

    /// Nothing where the store has no clock but this machine's, or does not answer.
    async fn times(&self) -> Option<(Time, Time, Time)> {
        let before = self.clock.now();
        let there = timeout(WITHIN, self.store.time()).await.ok()?.ok()??;
        Some((before, there, self.clock.now()))
    }
}

impl Found {
    /// Whether it can serve.
    pub(crate) fn is_ready(&self) -> bool {
        !self.is_stopping && self.store.is_ok() && self.storing.is_ok() && self.bus.is_ok() && !self.is_off()
    }

    /// Why the node is not ready; nothing if it is.
    pub(crate) fn refusal(self) -> Option<Error> {
        if self.is_stopping {
            return Some(Error::unavailable("server.stopping", "the node is shutting down"));
        }
        let is_off = self.is_off();
        let off = || Error::unavailable("clock.off", "the node's clock is more than 2 s off the store's");
        self.store.and(self.storing).and(self.bus).err().or_else(|| is_off.then(off))
    }

    /// How far the store's clock is ahead of this machine's; 0 where it is not known.
    pub(crate) fn offset_seconds(&self) -> f64 {
        let Some((before, there, after)) = self.times else { return 0.0 };
        let ahead = there.since(before).as_secs_f64() - before.since(there).as_secs_f64();
        ahead - after.since(before).as_secs_f64() / 2.0
    }

    /// Whether the clocks differ by more than the time that it took to ask would explain.
    fn is_off(&self) -> bool {
        self.times
            .is_some_and(|(before, there, after)| there < before.before(OFF) || there > after.after(OFF))
    }
}
