//! Rule 7: starting a stream over.

use std::{collections::VecDeque, time::Duration};

use parlance_base::StreamId;

use super::{
    Due, Fetch, Fetched, Machine, Output, Pause,
    held::{Fetching, Held, Place, Resume},
};
use crate::{Backoff, follow::Event, socket::StreamKind};

/// How a fetch that failed, or did not come far enough, is tried again.
const AGAIN: Backoff = Backoff { first: Duration::from_millis(200), most: Duration::from_secs(10) };

impl Machine {
    /// What the application has of the stream is void; entries come after `since`.
    pub(super) fn start_over(&mut self, stream: StreamId, kind: StreamKind, since: u64) {
        self.fetches += 1;
        let fetching = Fetching { fetch: self.fetches, tries: 0, since, kept: VecDeque::new() };
        let held = Held { kind, place: Place::Fetching(fetching), resume: Resume::Settled };
        if self.held.insert(stream, held).is_some_and(|before| !before.is_fetching()) {
            self.stale.insert(stream);
        }
        self.fetch(stream);
    }

    fn fetch(&mut self, stream: StreamId) {
        let Some((held, epoch)) = self.held.get(&stream).zip(self.epoch) else { return };
        if let Place::Fetching(Fetching { fetch, since, .. }) = held.place {
            self.out.push(Output::Fetch(Fetch { stream, fetch, kind: held.kind, since, epoch }));
        }
    }

    pub(super) fn fetched(&mut self, stream: StreamId, fetch: u64, fetched: Fetched) {
        let Some(held) = self.held.get_mut(&stream) else { return };
        let kind = held.kind;
        let Some(fetching) = held.fetching(fetch) else { return };
        let Fetched { seq, epoch, snapshot } = fetched;
        if seq < fetching.since || self.epoch != Some(epoch) {
            return self.fetch_later(stream, fetch, None);
        }
        let mut kept = std::mem::take(&mut fetching.kept);
        kept.retain(|entry| entry.seq > seq);
        let last = kept.back().map_or(seq, |entry| entry.seq);
        held.place = Place::At { epoch, seq: last };
        self.stale.remove(&stream);
        self.tell(Event::Reset { stream_id: stream, kind, seq, epoch, snapshot });
        for entry in kept {
            self.tell(Event::Entry(entry));
        }
    }

    /// Rule 9: a failure says nothing of the stream.
    pub(super) fn fetch_later(&mut self, stream: StreamId, fetch: u64, retry_after: Option<Duration>) {
        let Some(fetching) = self.held.get_mut(&stream).and_then(|held| held.fetching(fetch)) else { return };
        let random = AGAIN.bound(fetching.tries);
        fetching.tries = fetching.tries.saturating_add(1);
        let pause = Pause { at_least: retry_after.unwrap_or_default(), random };
        self.wait(pause, Due::Fetch { stream, fetch });
    }

    pub(super) fn fetch_again(&mut self, stream: StreamId, fetch: u64) {
        if self.held.get_mut(&stream).and_then(|held| held.fetching(fetch)).is_some() {
            self.fetch(stream);
        }
    }
}
