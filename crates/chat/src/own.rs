//! A user's own stream in a workspace: what concerns them alone, and is told to all of their devices.

use parlance_base::{StreamId, UserId};
use parlance_stream::{Draft, Head, Page, Step, View};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

pub(crate) const KIND: &str = "user";

/// What the head of somebody's own stream keeps.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Details {
    /// How many folders they have.
    pub(crate) folders: i64,
    /// How many messages of theirs are to be sent later, or could not be.
    pub(crate) scheduled: i64,
    /// How many of them they took back are remembered.
    pub(crate) cancelled: i64,
}

/// The stream of this user.
pub(crate) fn stream(user: UserId) -> StreamId {
    StreamId::from(user.uuid())
}

/// The head of the user's stream, which the view is of; a new one where there was nothing to tell before.
pub(crate) fn head(view: &View<'_>, user: UserId) -> Head {
    view.head().cloned().unwrap_or_else(|| Head::new(stream(user), KIND, view.now()))
}

/// What the head of the user's own stream keeps.
pub(crate) fn details(head: &Head) -> Details {
    Details::deserialize(&head.details).unwrap_or_default()
}

/// Counts folders that come (or go, where negative), and answers how many there are then.
pub(crate) fn count_folders(view: &mut View<'_>, user: UserId, come: i64) -> i64 {
    count(view, user, |details| details.folders += come).folders
}

/// Counts messages to be sent later that come (or go, where negative), and such as were taken back; answers how many there are then.
pub(crate) fn count_scheduled(
    view: &mut View<'_>,
    user: UserId,
    (come, cancelled): (i64, i64),
) -> (i64, i64) {
    let details = count(view, user, |details| {
        details.scheduled += come;
        details.cancelled += cancelled;
    });
    (details.scheduled, details.cancelled)
}

fn count(view: &mut View<'_>, user: UserId, change: impl FnOnce(&mut Details)) -> Details {
    let mut head = head(view, user);
    let mut details = details(&head);
    change(&mut details);
    head.details = json!(details);
    view.put_head(head);
    details
}

/// Tells the user this, in the stream that the view is of, which begins with it where there was nothing to tell before.
pub(crate) fn tell(view: &mut View<'_>, user: UserId, kind: &'static str, data: Value) -> Step {
    if view.head().is_none() {
        let head = head(view, user);
        view.put_head(head);
    }
    Step::Append(Draft { page: Page::Event, kind, counts: false, data })
}
