//! When something periodic is next due.

use std::time::Duration;

use parlance_base::Time;

use crate::realtime::limits::ROUND_RETRY;

#[derive(Debug)]
pub(super) struct Round {
    every: Duration,
    due: Time,
}

impl Round {
    pub(super) fn new(every: Duration, now: Time) -> Self {
        Self { every, due: now.after(every) }
    }

    pub(super) fn due(&self) -> Time {
        self.due
    }

    /// Whether the round is due; then the next one is put off by a whole period.
    pub(super) fn begins(&mut self, now: Time) -> bool {
        let begins = now >= self.due;
        if begins {
            self.due = now.after(self.every);
        }
        begins
    }

    /// Part of the round failed: the next one comes sooner.
    pub(super) fn failed(&mut self, now: Time) {
        self.due = self.due.min(now.after(ROUND_RETRY));
    }
}
