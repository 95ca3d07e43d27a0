//! `/api/license`: what is licensed, for everyone; its details and the key, for those who run the installation. And the
//! layer that keeps writes behind a feature.

mod gated;
mod install;
mod status;

use std::sync::Arc;

use axum::extract::FromRef;
use parlance_base::{Grant, Identify, Identity};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::gate::Gate;

pub use gated::{Gated, GatedService};

#[derive(Clone)]
struct Door {
    gate: Gate,
    host: Arc<dyn Identify>,
}

impl FromRef<Door> for Arc<dyn Identify> {
    fn from_ref(door: &Door) -> Self {
        Self::clone(&door.host)
    }
}

/// The routes of `/api/license`, to be nested there.
pub fn router(gate: Gate, host: Arc<dyn Identify>) -> OpenApiRouter {
    OpenApiRouter::new().routes(routes!(status::status, install::install)).with_state(Door { gate, host })
}

/// Whether they run the installation, and came themselves: an API key is a workspace's.
fn runs_installation(who: &Identity) -> bool {
    who.is_installation_admin && who.grant == Grant::Full
}
