//! `/api/workspaces`, one file per noun.
//!
//! The workspace is the one that the path names. Its caller comes from the host like any other, so that somebody who is
//! not of it hears the same as of a workspace that does not exist.

mod ending;
mod inside;
mod members;
mod users;
mod wire;
mod workspaces;

use std::sync::Arc;

use axum::extract::FromRef;
use parlance_base::{Authenticate, Identify};
use utoipa_axum::router::OpenApiRouter;

use crate::Workspaces;

/// What handlers reach: the workspaces, and the host that knows the callers.
#[derive(Clone)]
struct Door {
    workspaces: Workspaces,
    identify: Arc<dyn Identify>,
    authenticate: Arc<dyn Authenticate>,
}

impl FromRef<Door> for Arc<dyn Identify> {
    fn from_ref(door: &Door) -> Self {
        Self::clone(&door.identify)
    }
}

/// The routes of `/api/workspaces`, to be nested there.
pub fn router(
    workspaces: Workspaces,
    identify: Arc<dyn Identify>,
    authenticate: Arc<dyn Authenticate>,
) -> OpenApiRouter {
    let door = Door { workspaces, identify, authenticate };
    let router = OpenApiRouter::new().merge(workspaces::router()).merge(ending::router());
    router.merge(members::router()).merge(users::router()).with_state(door)
}
