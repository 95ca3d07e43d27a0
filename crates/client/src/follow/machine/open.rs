//! Rules 1 to 3 and 11: how a connection begins.

use parlance_base::StreamId;

use super::{Machine, held::Resume};
use crate::{follow::Event, socket::Ready};

impl Machine {
    pub(super) fn ready(&mut self, ready: Ready) {
        if self.is_ready {
            return;
        }
        self.epoch = Some(ready.epoch);
        for stream in &ready.streams {
            match self.held.get_mut(&stream.id) {
                Some(held) => held.kind = stream.kind,
                // Rule 2.
                None => self.start_over(stream.id, stream.kind, stream.seq),
            }
        }
        if !ready.more {
            self.is_ready = true;
            self.tell(Event::Connected {
                connection_id: ready.connection_id,
                user_id: ready.user.id,
                workspace_id: ready.workspace_id,
            });
            self.go_on();
        }
    }

    /// What there is to do once everything is known that `ready` tells.
    fn go_on(&mut self) {
        // Rule 3: whether `ready` names it or not, but not what is being fetched.
        for held in self.held.values_mut().filter(|held| !held.is_fetching()) {
            held.resume = Resume::Wanted;
        }
        self.send_resumes();
        // Rule 11.
        let unheld = |group: &StreamId| !self.held.contains_key(group);
        self.unwatched_yet = self.watched.iter().copied().filter(unheld).collect();
        self.send_watches();
        self.forget_lost();
        self.send_messages();
    }

    /// What the last connection left without a position, and this one does not bring back, is gone.
    fn forget_lost(&mut self) {
        let is_lost = |id: &StreamId| !self.held.contains_key(id) && !self.watched.contains(id);
        let lost: Vec<StreamId> = self.stale.iter().copied().filter(is_lost).collect();
        for stream_id in lost {
            self.stale.remove(&stream_id);
            self.tell(Event::Gone { stream_id });
        }
    }
}
