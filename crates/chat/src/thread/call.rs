//! Calls somebody into a thread who is mentioned there.

use parlance_base::{EntryId, Result, UserId};
use parlance_stream::{Read, View};

use super::{InThread, Participant};
use crate::message::Mentioned;

/// What a plan reads that [calls](call) this user.
pub(crate) fn part_of(thread: EntryId, user: UserId) -> Read {
    Read::of::<Participant>(Participant::id_of(thread, user))
}

/// Counts otherwise how often the user was mentioned in the thread, by the view's entry. Who had nothing to do with it before follows
/// it from the reply on that is at this `seq`.
pub(crate) fn call(
    view: &mut View<'_>,
    (thread, seq): (&InThread, i64),
    user: UserId,
    count: impl FnOnce(&mut Mentioned),
) -> Result<()> {
    let part = view.get::<Participant>(Participant::id_of(thread.id, user))?;
    let mut part = part.unwrap_or_else(|| {
        let (seq, ordinal) = (seq - 1, thread.ordinal - 1);
        Participant { seq, ordinal, ..Participant::none(thread.id, user) }
    });
    let before = part.mentioned.count();
    count(&mut part.mentioned);
    if part.mentioned.count() > before {
        part.called_seq = view.next_seq();
        part.at = view.now();
    }
    view.put(&part)
}
