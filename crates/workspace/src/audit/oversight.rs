//! Who read what they are not in: written before anything of it is answered, once for a while for each reader and what they
//! read.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use parlance_base::{Caller, CallerRef, EntryId, Ids, Result, StreamId};
use parlance_store::{Batch, Scope};
use tokio::time::Instant;

use super::{AuditEntry, denial::made_at};

/// How long one entry stands for further reads.
const STANDS_FOR: Duration = Duration::from_secs(60);

/// For how many readers and groups that is remembered; one more is written each time.
const MAX_HELD: usize = 10_000;

/// Who was written down as a reader of what, lately.
#[derive(Debug, Default)]
pub(crate) struct Oversight {
    held: Mutex<HashMap<(CallerRef, StreamId), Instant>>,
}

impl Oversight {
    /// Has it written that the caller reads the group, unless it was a moment ago.
    ///
    /// # Errors
    /// `store.unavailable`: nothing is to be answered then.
    pub(crate) async fn note(&self, scope: &Scope, ids: &Ids, by: &Caller, group: StreamId) -> Result<()> {
        let key = (by.reference(), group);
        if self.stands(&key) {
            return Ok(());
        }
        let id = ids.next::<EntryId>();
        let mut batch = Batch::new();
        batch.insert(&AuditEntry::done(id, by, "group.read_any", Some(group.to_string()), made_at(id)));
        scope.commit(batch).await?;
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.retain(|_, since| since.elapsed() < STANDS_FOR);
        if held.len() < MAX_HELD {
            held.insert(key, Instant::now());
        }
        Ok(())
    }

    fn stands(&self, key: &(CallerRef, StreamId)) -> bool {
        let held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.get(key).is_some_and(|since| since.elapsed() < STANDS_FOR)
    }
}
