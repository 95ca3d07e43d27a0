//! Whether the client is still there.

use std::time::Duration;

use parlance_base::Time;

use crate::realtime::{
    frame::CloseCode,
    limits::{PING_EVERY, SILENCE},
};

#[derive(Debug)]
pub(super) struct Heartbeat {
    heard: Time,
    ping: Time,
}

impl Heartbeat {
    /// `first_ping` is what keeps the connections of a node from pinging all at once.
    pub(super) fn new(now: Time, first_ping: Duration) -> Self {
        Self { heard: now, ping: now.after(first_ping.min(PING_EVERY)) }
    }

    pub(super) fn hear(&mut self, now: Time) {
        self.heard = now;
    }

    /// Whether to ping now; an error once the client has been silent for too long.
    pub(super) fn beats(&mut self, now: Time) -> Result<bool, CloseCode> {
        if now >= self.heard.after(SILENCE) {
            return Err(CloseCode::HeartbeatMissed);
        }
        let beats = now >= self.ping;
        if beats {
            self.ping = now.after(PING_EVERY);
        }
        Ok(beats)
    }

    pub(super) fn deadline(&self) -> Time {
        self.ping.min(self.heard.after(SILENCE))
    }
}
