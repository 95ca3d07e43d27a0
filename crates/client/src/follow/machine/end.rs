//! Rule 10: how a connection ends, and when there is another.

use std::time::Duration;

use super::{Machine, Outcome, Output, Pause, ask::Asked, held::Resume};
use crate::follow::Event;

/// After these it takes new credentials, or a user who wants to try again.
const NOT_BY_ITSELF: [u16; 3] = [4001, 4003, 4010];

impl Machine {
    pub(super) fn end(&mut self, code: Option<u16>, lasted: Duration) {
        self.held.retain(|_, held| !held.is_fetching());
        self.held.values_mut().for_each(|held| held.resume = Resume::Settled);
        self.unwatched_yet.clear();
        (self.epoch, self.is_ready) = (None, false);
        self.outbox.interrupt();
        self.settle_commands(code);
        let stopped = code.is_some_and(|code| NOT_BY_ITSELF.contains(&code));
        self.tell(Event::Disconnected { code, stopped });
        let shutdown = self.shutdown.take();
        if stopped {
            self.failures = 0;
            return self.out.push(Output::Stop);
        }
        let after = self.pause(lasted, shutdown);
        self.out.push(Output::Connect { after });
    }

    fn settle_commands(&mut self, code: Option<u16>) {
        for asked in std::mem::take(&mut self.asked).into_values() {
            if let Asked::Command { ticket, .. } = asked {
                self.settle(ticket, Outcome::Ended { code });
            }
        }
        for (ticket, _) in std::mem::take(&mut self.commands) {
            self.settle(ticket, Outcome::NotConnected);
        }
    }

    /// A connection that lasted longer than one waits now was a good one: then it begins with the shortest wait.
    fn pause(&mut self, lasted: Duration, shutdown: Option<Duration>) -> Pause {
        if let Some(at_least) = shutdown {
            self.failures = 0;
            return Pause { at_least, random: Duration::ZERO };
        }
        if lasted > self.reconnect.bound(self.failures) {
            self.failures = 0;
        }
        let random = self.reconnect.bound(self.failures);
        self.failures = self.failures.saturating_add(1);
        Pause { at_least: Duration::ZERO, random }
    }
}
