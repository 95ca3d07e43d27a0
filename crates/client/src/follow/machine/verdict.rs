//! Rules 5, 7 and 8: what the server says of a stream.

use parlance_base::StreamId;

use super::{Machine, held::Place};
use crate::{
    follow::Event,
    socket::{Status, StreamKind, Verdict},
};

impl Machine {
    pub(super) fn verdict(&mut self, verdict: Verdict) {
        let held = self.held.get(&verdict.id);
        // Rule 4.
        if held.is_some_and(|held| !held.is_heard()) {
            return;
        }
        // What is gained later is a group.
        let kind = held.map_or(StreamKind::Group, |held| held.kind);
        match verdict.status {
            Status::Current | Status::Replayed => self.confirm(verdict.id),
            Status::Reset => self.start_over(verdict.id, kind, verdict.seq.unwrap_or(0)),
            Status::Gone => self.forget(verdict.id),
            Status::Unknown => {}
        }
    }

    /// Rule 5: the cursor is of this connection's epoch.
    fn confirm(&mut self, stream_id: StreamId) {
        let (Some(held), Some(current)) = (self.held.get_mut(&stream_id), self.epoch) else { return };
        if let Place::At { epoch, .. } = &mut held.place
            && *epoch != current
        {
            *epoch = current;
            self.tell(Event::Confirmed { stream_id, epoch: current });
        }
    }

    /// Rule 8.
    pub(super) fn forget(&mut self, stream_id: StreamId) {
        let was_held = self.held.remove(&stream_id).is_some();
        let was_watched = self.watched.remove(&stream_id);
        self.unwatched_yet.remove(&stream_id);
        if self.stale.remove(&stream_id) || was_held || was_watched {
            self.tell(Event::Gone { stream_id });
        }
    }
}
