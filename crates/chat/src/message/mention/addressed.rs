//! Whom a stored message is for, which whoever wants to change that has to know first: a plan names what it looks at before it sees the
//! message.

use parlance_base::{EntryId, Error, Kind, Result, UserId};
use parlance_stream::Entry;

use crate::{
    chat::By,
    message::{answered, view::body_of},
    thread::thread_of,
};

/// How often a message is looked at again that changes meanwhile.
pub(in crate::message) const TRIES: usize = 5;

const CHANGED: &str = "message.changed";

/// Whom a stored message is for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::message) struct Addressed {
    pub(in crate::message) mentions: Vec<UserId>,
    /// Those of whom its author said so by their ids.
    pub(in crate::message) named: Vec<UserId>,
    /// The message that it replies to in a thread.
    pub(in crate::message) thread: Option<EntryId>,
    /// The message that it answers.
    pub(in crate::message) answered: Option<EntryId>,
}

impl By {
    /// Whom the message is for, whoever may see it; nobody where there is none.
    pub(in crate::message) async fn addressed(&self, id: EntryId) -> Result<Addressed> {
        let entry = self.scope().get::<Entry>(id).await?;
        Ok(entry.as_ref().map(Addressed::of).unwrap_or_default())
    }
}

impl Addressed {
    fn of(entry: &Entry) -> Self {
        let body = body_of(entry).unwrap_or_default();
        let (thread, answered) = (thread_of(entry), answered(entry));
        Self { mentions: body.mentions, named: body.named, thread, answered }
    }

    /// Nothing, where this is still whom the message is for.
    ///
    /// # Errors
    /// One that [`is_changed`] knows.
    pub(in crate::message) fn check(&self, entry: &Entry) -> Result<()> {
        if Self::of(entry) == *self { Ok(()) } else { Err(changed()) }
    }
}

/// Whether something was not done because the message changed after it was looked at.
pub(in crate::message) fn is_changed<T>(outcome: &Result<T>) -> bool {
    outcome.as_ref().is_err_and(|error| error.code() == CHANGED)
}

/// What is told where it keeps changing.
pub(in crate::message) fn keeps_changing() -> Error {
    Error::unavailable("stream.busy", "the message keeps changing")
}

fn changed() -> Error {
    Error::new(Kind::Conflict, CHANGED, "the message has changed meanwhile")
}
