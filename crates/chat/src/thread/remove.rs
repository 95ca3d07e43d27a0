//! Takes a thread out of the store whose message is gone, with who takes part in it, and who follows it.

use parlance_base::{EntryId, Result};
use parlance_store::{Batch, Find, Scope, Stored};
use parlance_stream::{Entry, Read, View};
use serde_json::json;
use uuid::Uuid;

use super::{Follow, Participant, THREAD_ID, Thread, USER_ID};
use crate::message::body_of;

/// How many are taken out at once.
const AT_ONCE: usize = 500;

/// Whether somebody has replied to the message.
pub(crate) fn has_replies(message: &Entry) -> bool {
    body_of(message).is_ok_and(|body| body.replies.is_some())
}

/// What a plan reads that [forgets](forget) this thread.
pub(crate) fn read_of(thread: EntryId) -> Read {
    Read::of::<Thread>(thread)
}

/// Has the message forget that anybody has replied to it; false where nobody had.
pub(crate) fn forget(view: &mut View<'_>, message: &mut Entry) -> Result<bool> {
    let mut body = body_of(message)?;
    if body.replies.take().is_none() {
        return Ok(false);
    }
    view.remove::<Thread>(message.id)?;
    message.data = json!(body);
    message.rev = view.next_seq();
    view.put(message)?;
    Ok(true)
}

/// Takes out who takes part in this thread, and who follows it.
pub(crate) async fn remove(scope: &Scope, thread: EntryId) -> Result<()> {
    remove_all::<Participant>(scope, thread, |it| it.id).await?;
    remove_all::<Follow>(scope, thread, |it| it.id).await
}

async fn remove_all<T: Stored>(scope: &Scope, thread: EntryId, id: fn(&T) -> Uuid) -> Result<()> {
    loop {
        let of = Find::new([THREAD_ID.is(thread.to_string())]).ascending(USER_ID).limit(AT_ONCE);
        let some = scope.find::<T>(of).await?;
        if some.is_empty() {
            return Ok(());
        }
        let mut batch = Batch::new();
        for one in &some {
            batch.delete::<T>(id(one), []);
        }
        scope.commit(batch).await?;
    }
}
