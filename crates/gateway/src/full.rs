//! Says in the log that all places are taken, and not more often than somebody wants to read it.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::{AcquireError, OwnedSemaphorePermit, Semaphore},
    time::Instant,
};
use tracing::warn;

/// How long it is not said again.
const QUIET: Duration = Duration::from_secs(60);

/// How many places there are, and when it was said last that none is left.
#[derive(Debug)]
pub(crate) struct Full {
    most: usize,
    said: Option<Instant>,
}

impl Full {
    pub(crate) const fn new(most: usize) -> Self {
        Self { most, said: None }
    }

    /// A place, once there is one.
    pub(crate) async fn taken(
        &mut self,
        places: &Arc<Semaphore>,
    ) -> Result<OwnedSemaphorePermit, AcquireError> {
        if let Ok(place) = Arc::clone(places).try_acquire_owned() {
            return Ok(place);
        }
        if self.said.is_none_or(|said| said.elapsed() >= QUIET) {
            self.said = Some(Instant::now());
            warn!(
                connections = self.most,
                "all connections are taken: whoever connects waits until one ends"
            );
        }
        Arc::clone(places).acquire_owned().await
    }
}
