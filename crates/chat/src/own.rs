//! A user's own stream in a workspace: what concerns them alone, and is told to all of their devices.

use parlance_base::{StreamId, UserId};
use parlance_stream::{Draft, Head, Page, Step, View};
use serde_json::Value;

pub(crate) const KIND: &str = "user";

/// The stream of this user.
pub(crate) fn stream(user: UserId) -> StreamId {
    StreamId::from(user.uuid())
}

/// The head of the user's stream, which the view is of; a new one where there was nothing to tell before.
pub(crate) fn head(view: &View<'_>, user: UserId) -> Head {
    view.head().cloned().unwrap_or_else(|| Head::new(stream(user), KIND, view.now()))
}

/// Tells the user this, in the stream that the view is of, which begins with it where there was nothing to tell before.
pub(crate) fn tell(view: &mut View<'_>, user: UserId, kind: &'static str, data: Value) -> Step {
    if view.head().is_none() {
        let head = head(view, user);
        view.put_head(head);
    }
    Step::Append(Draft { page: Page::Event, kind, counts: false, data })
}
