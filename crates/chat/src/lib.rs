//! Groups, messages and live delivery: one router, to be mounted by whoever can say who calls.
//!
//! `examples/embed.rs` is an application with a login of its own that mounts it, docs/embedding.md says what such a host owes and
//! gets. It begins with [`Setup`].
//!
//! [`Chat`] is the domain: everything is done through [`Chat::by`], whichever door a caller came in by. [`realtime`]
//! brings every reader the same entries in the same order, none lost and none doubled.

mod chat;
mod check;
mod delivery;
mod draft;
mod event;
mod folder;
mod forget;
mod group;
mod host;
mod http;
pub mod measure;
mod member;
mod message;
mod outbox;
mod own;
mod pace;
mod permission;
mod presence;
mod progress;
mod read_state;
pub mod realtime;
mod scheduled;
mod settings;
mod setup;
mod standing;
mod thread;
mod typing;
mod upkeep;
mod waits;

use std::sync::Arc;

use utoipa_axum::router::OpenApiRouter;

pub use chat::{By, Chat};
pub use check::{check_for_strays, check_group};
pub use draft::{DraftView, NewDraft};
pub use folder::{FolderChange, FolderView, NewFolder};
pub use group::{
    DefaultRights, DirectoryFilter, Group, GroupChange, GroupHistory, GroupKind, ListedGroup, MyGroup,
    NewGroup, NewRecordGroup, Other, ParsePlaceError, Place, Record, Visibility,
};
pub use host::Logins;
pub use member::{MemberView, Preferences, PreferencesChange, Rights, RightsChange};
pub use message::{
    AllChanges, AuthorView, Broadcast, Changes, Cursors, Edit, Forward, Forwarded, MAX_CONTENT, Message,
    MessagePage, NewMessage, PinnedMessage, Position, Quote, React, Reacted, ReactionCount, ReactionView,
    Sent, Suggested, Suggestion, SystemMessage, VersionView,
};
pub use pace::{Rate, Rates};
pub use parlance_base as base;
pub use parlance_edge as edge;
pub use parlance_license as license;
pub use parlance_store as store;
pub use parlance_workspace as workspace;
pub use read_state::{ReadState, ReadUpTo, Receipt, ReceiptList, Unread, UnreadFrom, UnreadGroup};
pub use scheduled::{ScheduledMessage, ScheduledState, Unsent};
pub use settings::{SettingsChange, SettingsView};
pub use setup::{Running, Setup, Starter, collections, schema};
pub use thread::{MessageThread, Replies, ThreadView};

/// Everything of chat, to be nested under a prefix of the host's choice: `Router::new().nest("/team/talk", router(&running))`.
/// Whatever comes in under that prefix is answered in the one error shape.
pub fn router(running: &Running) -> axum::Router {
    let (routes, _) = open_api(running).split_for_parts();
    edge::finish(routes, running.chat().shared.ids.clone())
}

/// The same routes with their description, for a host that has an OpenAPI document of its own. It puts [`edge::finish`] around
/// all its routes once.
pub fn open_api(running: &Running) -> OpenApiRouter {
    let door = http::Door { chat: running.chat.clone(), host: Arc::clone(&running.host) };
    let mut routes = http::router().with_state(door).merge(realtime::router(running.realtime.clone()));
    edge::describe(routes.get_openapi_mut());
    routes
}
