//! What was acknowledged.

use std::sync::{Arc, Mutex, PoisonError};

use parlance_base::{EntryId, StreamId};

/// A message that the server has acknowledged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Promise {
    /// The group that it is in.
    pub group: StreamId,
    /// Its place there.
    pub seq: u64,
    /// Its id.
    pub id: EntryId,
    /// What it said when it was sent.
    pub content: String,
}

/// Everything that was acknowledged so far. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct Ledger(Arc<Mutex<Vec<Promise>>>);

impl Ledger {
    /// Writes down what was acknowledged.
    pub fn write(&self, promise: Promise) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(promise);
    }

    /// How much was acknowledged.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// Whether nothing was.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// All of it.
    #[must_use]
    pub fn promises(&self) -> Vec<Promise> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
