//! The router's plain HTTP: each handler takes its request apart, makes one call to the domain and puts the answer
//! together.

mod changes;
mod directory;
mod drafts;
mod folders;
mod groups;
mod members;
mod messages;
mod scheduled;
mod settings;
mod threads;

use std::sync::Arc;

use axum::extract::{DefaultBodyLimit, FromRef};
use parlance_base::Authenticate;
use parlance_edge::ErrorBody;
use utoipa_axum::router::OpenApiRouter;

use crate::chat::Chat;

/// The largest body: the longest message, every character of it escaped, and some room.
const BODY_BYTES: usize = 256 * 1_024;

/// What handlers are given.
#[derive(Clone)]
pub(crate) struct Door {
    pub(crate) chat: Chat,
    pub(crate) host: Arc<dyn Authenticate>,
}

impl FromRef<Door> for Arc<dyn Authenticate> {
    fn from_ref(door: &Door) -> Self {
        Arc::clone(&door.host)
    }
}

/// All routes but the sockets.
pub(crate) fn router() -> OpenApiRouter<Door> {
    OpenApiRouter::new()
        .merge(directory::router())
        .merge(groups::router())
        .merge(folders::router())
        .merge(members::router())
        .merge(messages::router())
        .merge(threads::router())
        .merge(settings::router())
        .merge(drafts::router())
        .merge(scheduled::router())
        .merge(changes::router())
        .layer(DefaultBodyLimit::max(BODY_BYTES))
}
