//! The rules for a client, as a machine without I/O: what happens goes in, what is to be done comes out.
//!
//! The numbers in comments are those of the rules in `docs/protocol.md`. A machine lives through many connections: its
//! owner tells it of each frame and of each end, and does what it says in the order in which it says it. Rule 12 is
//! [`super::Timeline`]'s, rule 14 the socket's.

mod ask;
mod end;
mod entry;
mod fetch;
mod held;
mod input;
mod open;
mod outbox;
mod resume;
mod verdict;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use parlance_base::{Epoch, StreamId};

use self::{ask::Asked, held::Held, outbox::Outbox};
use super::{Event, State};
use crate::{
    backoff::Backoff,
    socket::{Command, Frame},
};

pub use input::{Due, Fetch, Fetched, Input, Outcome, Output, Pause};

/// Streams in one `resume`.
const CURSORS: usize = 1_000;
/// The server takes 32 frames that wait for their answer: so many of each of the four kinds.
const IN_FLIGHT: usize = 8;
/// Commands that wait to be sent; one more is refused.
const COMMANDS: usize = 256;
/// Messages that wait to be acknowledged; one more is refused.
const MESSAGES: usize = 1_024;
/// Entries kept of a stream while it is fetched; when one more comes, they are dropped and the fetch has to reach further.
const KEPT: usize = 256;

/// The rules for a client.
#[derive(Debug)]
pub struct Machine {
    held: BTreeMap<StreamId, Held>,
    /// The application has something of these, which is void, and they are not held or being fetched.
    stale: BTreeSet<StreamId>,
    watched: BTreeSet<StreamId>,
    /// Watched, and to be watched on this connection too.
    unwatched_yet: BTreeSet<StreamId>,
    /// What everything on this connection counts in, once `ready` has begun to come.
    epoch: Option<Epoch>,
    is_ready: bool,
    /// Frames that wait for their answer.
    asked: BTreeMap<String, Asked>,
    commands: VecDeque<(u64, Command)>,
    outbox: Outbox,
    frames: u64,
    fetches: u64,
    /// Attempts that have failed in a row.
    failures: u32,
    shutdown: Option<std::time::Duration>,
    reconnect: Backoff,
    out: Vec<Output>,
}

impl Machine {
    /// A machine that goes on from this state, not connected yet; `reconnect` is how connections are tried again.
    #[must_use]
    pub fn new(state: &State, reconnect: Backoff) -> Self {
        Self {
            held: state.streams.iter().map(|(id, cursor)| (*id, Held::at(*cursor))).collect(),
            stale: BTreeSet::new(),
            watched: state.watched.clone(),
            unwatched_yet: BTreeSet::new(),
            epoch: None,
            is_ready: false,
            asked: BTreeMap::new(),
            commands: VecDeque::new(),
            outbox: Outbox::default(),
            frames: 0,
            fetches: 0,
            failures: 0,
            shutdown: None,
            reconnect,
            out: Vec::new(),
        }
    }

    /// Whether the whole of `ready` has come on this connection.
    #[must_use]
    pub const fn is_ready(&self) -> bool {
        self.is_ready
    }

    /// What is to be done after this, in this order.
    #[must_use]
    pub fn handle(&mut self, input: Input) -> Vec<Output> {
        match input {
            Input::Frame(frame) => self.hear(*frame),
            Input::Fetched { stream, fetch, fetched } => self.fetched(stream, fetch, *fetched),
            Input::NotFetched { stream, fetch, retry_after } => self.fetch_later(stream, fetch, retry_after),
            Input::Due(due) => self.due(due),
            Input::Command { ticket, command } => self.command(ticket, *command),
            Input::Ended { code, lasted } => self.end(code, lasted),
        }
        std::mem::take(&mut self.out)
    }

    fn hear(&mut self, frame: Frame) {
        match frame {
            Frame::Ready(ready) => self.ready(ready),
            Frame::Entry(entry) => self.entry(entry),
            Frame::Resumed(verdicts) => verdicts.into_iter().for_each(|verdict| self.verdict(verdict)),
            Frame::Ok { id, data } => self.answered(&id, Ok(data)),
            Frame::Error { id: Some(id), refusal } => self.answered(&id, Err(refusal)),
            Frame::Typing(typing) => self.tell(Event::Typing(typing)),
            Frame::Receipt(receipt) => self.tell(Event::Receipt(receipt)),
            Frame::Presence(changes) => self.tell(Event::Presence(changes)),
            Frame::Shutdown { reconnect_after } => self.shutdown = Some(reconnect_after),
            // Without an id, the connection ends with why nobody is let in, or a frame of ours was bad.
            Frame::Error { id: None, .. } | Frame::Other(_) => {}
        }
    }

    fn due(&mut self, due: Due) {
        match due {
            Due::Resume(streams) => self.resume_again(&streams),
            Due::Fetch { stream, fetch } => self.fetch_again(stream, fetch),
            Due::Watch(group) => self.watch_again(group),
            Due::Message(group) => self.message_again(group),
        }
    }

    fn tell(&mut self, event: Event) {
        self.out.push(Output::Tell(event));
    }

    fn wait(&mut self, pause: Pause, due: Due) {
        self.out.push(Output::Wait { pause, due });
    }
}

#[cfg(test)]
mod tests;
