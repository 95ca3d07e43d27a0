//! The moment of the replica set that this process knows of: reads are answered from that moment or a later one, so that a
//! new primary, which may learn late what the old one had acknowledged, is never behind what was seen before.

use std::sync::atomic::{AtomicU64, Ordering};

use bson::Timestamp;
use mongodb::ClientSession;

#[derive(Debug, Default)]
pub(super) struct Floor(AtomicU64);

impl Floor {
    /// Holds the session's next read to the moment.
    pub(super) fn bind(&self, session: &mut ClientSession) {
        let known = self.0.load(Ordering::Acquire);
        if let (Ok(time), Ok(increment)) =
            (u32::try_from(known >> 32), u32::try_from(known & u64::from(u32::MAX)))
            && known > 0
        {
            session.advance_operation_time(Timestamp { time, increment });
        }
    }

    /// Remembers the moment that the session's last operation saw, which must be one that a majority has.
    pub(super) fn raise(&self, session: &ClientSession) {
        if let Some(Timestamp { time, increment }) = session.operation_time() {
            self.0.fetch_max(u64::from(time) << 32 | u64::from(increment), Ordering::AcqRel);
        }
    }
}
