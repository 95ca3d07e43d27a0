//! How far long work has come.

use serde::{Deserialize, Serialize};
use tokio::sync::watch;

/// So much of so much is done; of how much, where that is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Step {
    pub(crate) done: u64,
    pub(crate) of: Option<u64>,
}

/// Where work says how far it is. Where nobody listens any more, the work is to end.
#[derive(Debug)]
pub(crate) struct Steps(watch::Sender<Step>);

impl Steps {
    /// And where that is heard.
    pub(crate) fn new() -> (Self, watch::Receiver<Step>) {
        let (tell, hear) = watch::channel(Step::default());
        (Self(tell), hear)
    }

    /// Whether anybody hears it.
    pub(crate) fn tell(&self, done: u64, of: Option<u64>) -> bool {
        self.0.send(Step { done, of }).is_ok()
    }
}
