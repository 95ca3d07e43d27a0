//! What the machine waits for. There are no more waits than streams and frames that it knows.

use tokio::time::{Instant, sleep_until};

use crate::follow::Due;

#[derive(Debug, Default)]
pub(super) struct Timers(Vec<(Instant, Due)>);

impl Timers {
    pub(super) fn set(&mut self, at: Instant, due: Due) {
        self.0.push((at, due));
    }

    /// The connection has ended, and with it what was waited for.
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    /// Waits for the first to be due; for ever, where there is none. Nothing is lost if the wait is dropped.
    pub(super) async fn next(&mut self) -> Due {
        let first =
            self.0.iter().enumerate().min_by_key(|(_, (at, _))| *at).map(|(place, (at, _))| (place, *at));
        let Some((place, at)) = first else { return std::future::pending().await };
        sleep_until(at).await;
        self.0.swap_remove(place).1
    }
}
