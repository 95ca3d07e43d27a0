//! Groups, messages and live delivery: one router, to be mounted by whoever can say who calls.
//!
//! [`Chat`] is the domain: everything is done through [`Chat::by`], whichever door a caller came in by. [`realtime`]
//! brings every reader the same entries in the same order, none lost and none doubled.

mod chat;
mod delivery;
mod event;
mod group;
mod http;
mod member;
mod message;
mod outbox;
mod pace;
mod permission;
mod read_state;
pub mod realtime;
mod standing;
mod typing;

use std::sync::Arc;

use parlance_base::Authenticate;
use utoipa_axum::router::OpenApiRouter;

use crate::realtime::Realtime;

pub use chat::{By, COLLECTIONS, Chat, Parts};
pub use group::{
    Group, GroupChange, GroupKind, MyGroup, NewGroup, Other, ParsePlaceError, Place, Visibility,
};
pub use member::{DEPARTED, MemberView, RENAMED, Rights, RightsChange};
pub use message::{
    AllChanges, AuthorView, Changes, Cursors, Edit, MAX_CONTENT, Message, MessagePage, NewMessage, Position,
    Sent, VersionView,
};
pub use pace::Rate;
pub use read_state::{ReadState, Unread, UnreadGroup};

/// Everything of chat, to be mounted under a prefix of the host's choice and finished with [`parlance_edge::finish`].
pub fn router(chat: Chat, realtime: Realtime, host: Arc<dyn Authenticate>) -> OpenApiRouter {
    http::router().with_state(http::Door { chat, host }).merge(realtime::router(realtime))
}
