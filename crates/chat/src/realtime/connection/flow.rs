//! Entries on their way to the client: live ones from the queue, missed ones from pages. Both go through one gate, so
//! that a client gets each entry of a stream once, in order, and none after its right has ended.

use std::sync::Arc;

use parlance_base::{StreamId, Time};

use super::{Output, open::Open, place::Right, port::Text, tell};
use crate::realtime::{
    Audience, Delivery, Live, Page, Reader, Status, Unavailable, Verdict, frame::CloseCode,
};

/// What is to be done after something was taken in.
pub(super) enum Then {
    /// It was sent, if that, and nothing else has come of it.
    Wait,
    /// There may be more to do now.
    GoOn,
}

impl Open {
    /// Takes in what the hub has queued.
    pub(super) fn live(
        &mut self,
        now: Time,
        delivery: Delivery,
        out: &mut Vec<Output>,
    ) -> Result<Then, CloseCode> {
        match delivery {
            Delivery::Entry(live) => return self.entry(now, live, out),
            Delivery::Head { stream, seq } => self.hear_of(stream, seq),
            Delivery::Gained(stream) => self.doubt(stream)?,
            Delivery::Presence(frame) => {
                if self.is_trusted(now) {
                    out.push(Output::Send(Text::Volatile(frame)));
                }
                return Ok(Then::Wait);
            }
            Delivery::Volatile(volatile) => {
                if self.is_trusted(now) && self.places.contains_key(&volatile.stream) {
                    out.push(Output::Send(Text::Volatile(volatile.frame.clone())));
                }
                return Ok(Then::Wait);
            }
        }
        Ok(Then::GoOn)
    }

    fn entry(&mut self, now: Time, live: Arc<Live>, out: &mut Vec<Output>) -> Result<Then, CloseCode> {
        let (stream, seq, user) = (live.key.stream, live.seq, self.caller.user);
        let trusted = self.is_trusted(now);
        let Some(place) = self.places.get(&stream) else {
            if live.audience.as_ref().is_some_and(|audience| audience.gained().contains(&user)) {
                self.doubt(stream)?;
            }
            return Ok(Then::GoOn);
        };
        if seq <= place.at() {
            return Ok(Then::Wait);
        }
        if place.is_next(seq) && trusted {
            self.last = Some(stream);
            return self.give(live, out);
        }
        if place.loses_by(&live, user) {
            // What the client misses before this, it may no longer read.
            self.lose(stream, out)?;
        } else {
            self.hear_of(stream, seq);
        }
        Ok(Then::GoOn)
    }

    /// The stream has come to `seq`: what the client misses is read from the store.
    fn hear_of(&mut self, stream: StreamId, seq: u64) {
        if let Some(place) = self.places.get_mut(&stream) {
            place.hear_of(seq);
            if place.is_behind() {
                self.pages.want(stream);
            }
        }
    }

    /// Takes in the page that was asked for.
    pub(super) fn page(
        &mut self,
        now: Time,
        result: Result<Page, Unavailable>,
        out: &mut Vec<Output>,
    ) -> Result<(), CloseCode> {
        let Some((stream, after)) = self.reading.take() else { return Ok(()) };
        self.pages.answered();
        self.pages.want(stream);
        let helped = match result {
            // Whatever it held is read again once the caller is trusted.
            Ok(_) if !self.is_trusted(now) => true,
            Ok(page) => self.give_page(stream, after, page, out)?,
            Err(Unavailable) => false,
        };
        if helped {
            self.read.succeeded();
            return Ok(());
        }
        self.read.failed(now)
    }

    /// Gives the client what is its turn; whether the page was of any use.
    fn give_page(
        &mut self,
        stream: StreamId,
        after: u64,
        page: Page,
        out: &mut Vec<Output>,
    ) -> Result<bool, CloseCode> {
        if self.places.get(&stream).is_some_and(|place| page.log_floor > place.at() + 1) {
            // Pruned while being replayed: after a reconnect the client's cursor is judged anew.
            return Err(CloseCode::SlowConsumer);
        }
        if let Some(last) = page.entries.last() {
            // `replayed` comes after the last replayed entry, not in the middle of a page.
            self.hear_of(stream, last.seq);
        }
        for live in page.entries {
            if self.places.get(&stream).is_some_and(|place| place.is_next(live.seq)) {
                self.give(live, out)?;
            }
        }
        Ok(self.places.get(&stream).is_none_or(|place| place.at() != after || !place.is_behind()))
    }

    fn give(&mut self, live: Arc<Live>, out: &mut Vec<Output>) -> Result<Then, CloseCode> {
        let stream = live.key.stream;
        let Some(place) = self.places.get_mut(&stream) else { return Ok(Then::Wait) };
        let right = place.gave(&live, self.caller.user);
        let (at, replayed) = (place.at(), place.replay_ended());
        let reader = place.reader(&self.caller);
        let joined = match live.audience {
            Some(Audience::Joined(group)) => Some(group),
            _ => None,
        };
        out.push(Output::Send(text_of(live, &reader)));
        if let Some(group) = joined {
            self.doubt(group)?;
        }
        if right == Right::Lost {
            self.lose(stream, out)?;
        } else if replayed {
            let verdict = Verdict { id: stream, status: Status::Replayed, seq: Some(at) };
            tell(&[verdict], out);
        } else if joined.is_none() {
            return Ok(Then::Wait);
        }
        Ok(Then::GoOn)
    }

    fn lose(&mut self, stream: StreamId, out: &mut Vec<Output>) -> Result<(), CloseCode> {
        self.unfollow(stream, out);
        tell(&[Verdict { id: stream, status: Status::Gone, seq: None }], out);
        // The right may have come back later in the stream, and the word of that may have come before this entry.
        self.doubt(stream)
    }

    /// Has the rights looked up, if the stream is not followed anyway.
    fn doubt(&mut self, stream: StreamId) -> Result<(), CloseCode> {
        if self.places.contains_key(&stream) { Ok(()) } else { self.looks.doubt(stream) }
    }

    pub(super) fn unfollow(&mut self, stream: StreamId, out: &mut Vec<Output>) {
        if self.places.remove(&stream).is_some() {
            self.pages.forget(&stream);
            out.push(Output::Unlisten(stream));
        }
    }
}

/// The entry, as this reader of its stream may see it.
fn text_of(live: Arc<Live>, reader: &Reader) -> Text {
    match live.withheld.iter().find(|withheld| withheld.from.includes(reader)) {
        Some(withheld) => Text::Withheld(withheld.frame.clone()),
        None => Text::Entry(live),
    }
}
