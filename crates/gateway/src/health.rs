//! Whether this node lives, and whether it can serve.

use std::time::Duration;

use axum::extract::State;
use parlance_base::Error;
use parlance_edge::{ErrorBody, Failure};
use parlance_store::Scope;
use serde::Serialize;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::secret;

/// How long the store may take to answer before the node counts as not ready.
const STORE_WITHIN: Duration = Duration::from_secs(2);

#[derive(Clone)]
pub(crate) struct Health {
    pub(crate) system: Scope,
    pub(crate) stopping: CancellationToken,
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

/// Whether the node can serve: its store answers, and it is not shutting down
#[utoipa::path(get, path = "/ready", tag = "health", security(()), responses(
    (status = 200, body = HealthView), (status = 503, body = ErrorBody)))]
async fn ready(State(health): State<Health>) -> Result<axum::Json<HealthView>, Failure> {
    if health.stopping.is_cancelled() {
        return Err(Error::unavailable("server.stopping", "the node is shutting down").into());
    }
    match timeout(STORE_WITHIN, secret::probe(&health.system)).await {
        Ok(probed) => {
            probed?;
            Ok(axum::Json(HealthView { status: "ready" }))
        }
        Err(_) => Err(Error::unavailable("store.unavailable", "the store does not answer").into()),
    }
}
