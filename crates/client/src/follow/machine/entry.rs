//! Rule 6: taking entries, each once and in order.

use super::{
    KEPT, Machine,
    held::{Fetching, Place},
};
use crate::{follow::Event, wire::Entry};

impl Machine {
    pub(super) fn entry(&mut self, entry: Box<Entry>) {
        let stream = entry.stream_id;
        let Some(held) = self.held.get_mut(&stream).filter(|held| held.is_heard()) else { return };
        match &mut held.place {
            Place::Fetching(fetching) => fetching.keep(entry),
            Place::At { seq, .. } if entry.seq == seq.saturating_add(1) => {
                *seq = entry.seq;
                self.tell(Event::Entry(entry));
            }
            Place::At { seq, .. } if entry.seq <= *seq => {}
            Place::At { .. } => self.resume(stream),
        }
    }
}

impl Fetching {
    /// Rule 7: keeps what comes meanwhile. What cannot be kept, or does not follow what is, has to be part of what is
    /// fetched.
    fn keep(&mut self, entry: Box<Entry>) {
        let last = self.kept.back().map_or(self.since, |kept| kept.seq);
        if entry.seq <= last {
            return;
        }
        if entry.seq == last.saturating_add(1) && self.kept.len() < KEPT {
            self.kept.push_back(entry);
        } else {
            self.since = entry.seq;
            self.kept.clear();
        }
    }
}
