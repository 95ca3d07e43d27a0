//! The time of a node's hub and connections: it counts from the node's start and, unlike the time of day, is never set
//! back. It is compared only with itself.

use parlance_base::Time;
use tokio::time::Instant;

#[derive(Clone, Copy, Debug)]
pub(super) struct Timeline(Instant);

impl Timeline {
    pub(super) fn begin() -> Self {
        Self(Instant::now())
    }

    pub(super) fn now(self) -> Time {
        Time::default().after(self.0.elapsed())
    }

    /// When that time is reached.
    pub(super) fn instant(self, time: Time) -> Instant {
        self.0 + time.since(Time::default())
    }
}
