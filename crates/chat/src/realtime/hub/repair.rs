//! How the hub finds what it was not told: missing entries, last entries, callers whose time is over.

use parlance_base::Time;

use super::{Hub, HubOutput};
use crate::realtime::{CallerRef, Check, Delivery, Page, StreamKey, Unavailable, limits::HUB_RETRY};

impl Hub {
    pub(super) fn range(&mut self, now: Time, key: StreamKey, result: Result<Page, Unavailable>) {
        self.reads.answered();
        let Some(feed) = self.feeds.get(&key) else { return };
        match result {
            Ok(page) if page.log_floor > feed.order.at() + 1 => self.skip(key, page.head),
            Ok(page) => page.entries.into_iter().for_each(|live| self.advance(key, live, false)),
            Err(Unavailable) => {}
        }
        self.read_on(now, key);
    }

    pub(super) fn heads(&mut self, now: Time, result: Result<Vec<(StreamKey, u64)>, Unavailable>) {
        self.heads.answered();
        match result {
            Ok(heads) => heads.into_iter().for_each(|(key, head)| self.hint(key, head)),
            Err(Unavailable) => self.heads_round.failed(now),
        }
    }

    pub(super) fn checked(
        &mut self,
        now: Time,
        asked: Time,
        result: Result<Vec<(CallerRef, Check)>, Unavailable>,
    ) {
        self.checks.answered();
        let Ok(checked) = result else { return self.checks_round.failed(now) };
        for (caller, check) in checked {
            for (connection, code) in self.listeners.checked(asked, caller, check) {
                self.remove(connection, Some(code));
            }
        }
    }

    pub(super) fn begin_rounds(&mut self, now: Time) {
        if self.heads_round.begins(now) {
            self.feeds.keys().for_each(|key| self.heads.want(*key));
        }
        if self.checks_round.begins(now) {
            self.listeners.callers().for_each(|caller| self.checks.want(caller));
        }
        if self.again_at.is_some_and(|at| now >= at) {
            self.again_at = None;
            std::mem::take(&mut self.again).into_iter().for_each(|key| self.reads.want(key));
        }
    }

    pub(super) fn ask(&mut self, now: Time, out: &mut Vec<HubOutput>) {
        while let Some(keys) = self.reads.next() {
            for key in keys {
                let Some(feed) = self.feeds.get_mut(&key) else {
                    self.reads.answered();
                    continue;
                };
                feed.read_after = feed.order.at();
                out.push(HubOutput::Read { key, after: feed.read_after });
            }
        }
        while let Some(keys) = self.heads.next() {
            out.push(HubOutput::Heads(keys));
        }
        while let Some(callers) = self.checks.next() {
            out.push(HubOutput::Check { asked: now, callers });
        }
    }

    /// What is missing was pruned, so it cannot be delivered: every listener is told how far the stream has come.
    fn skip(&mut self, key: StreamKey, head: u64) {
        let Some(feed) = self.feeds.get_mut(&key) else { return };
        feed.order.skip_to(head);
        let full = feed.tell_head(Delivery::Head { stream: key.stream, seq: head });
        let due = feed.order.next();
        self.remove_full(full);
        self.flow(key, due, false);
    }

    /// Reads the next page if there is more, but not at once if nothing came since the last one was asked for.
    fn read_on(&mut self, now: Time, key: StreamKey) {
        let Some(feed) = self.feeds.get_mut(&key) else { return };
        feed.reading = feed.order.is_behind();
        if !feed.reading {
            return;
        }
        if feed.order.at() > feed.read_after {
            self.reads.want(key);
        } else {
            self.again.insert(key);
            self.again_at.get_or_insert(now.after(HUB_RETRY));
        }
    }
}
