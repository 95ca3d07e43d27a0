//! What was acknowledged.

use std::{sync::Arc, time::Duration};

use parlance_base::{EntryId, StreamId};
use tokio::{sync::watch, time::timeout};

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
pub struct Ledger(Arc<watch::Sender<Vec<Promise>>>);

impl Ledger {
    /// Writes down what was acknowledged.
    pub fn write(&self, promise: Promise) {
        self.0.send_modify(|promises| promises.push(promise));
    }

    /// Waits until so much was acknowledged, and answers how much it is.
    ///
    /// # Errors
    /// Where it does not come to that in time.
    pub async fn reach(&self, count: usize, within: Duration) -> Result<usize, String> {
        let mut promises = self.0.subscribe();
        match timeout(within, promises.wait_for(|promises| promises.len() >= count)).await {
            Ok(Ok(promises)) => Ok(promises.len()),
            _ => Err(format!("fewer than {count} messages were acknowledged in {} s", within.as_secs())),
        }
    }

    /// All of it.
    #[must_use]
    pub fn promises(&self) -> Vec<Promise> {
        self.0.borrow().clone()
    }
}
