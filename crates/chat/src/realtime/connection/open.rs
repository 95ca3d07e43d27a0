//! A connection whose caller is known: what it follows, and what it has running.

use std::collections::BTreeMap;

use parlance_base::{Error, Kind, StreamId, Time};
use serde_json::value::RawValue;

use super::{
    Output,
    desk::Desk,
    errand::Errand,
    looks::{Ask, Looks},
    place::Place,
    port::Ready,
    send,
};
use crate::realtime::{
    CallerRef, Grant,
    frame::{Command, Request, Resume, ServerFrame},
    limits::{FRAMES_RETRY, TRUST, WAITING_FRAMES},
    turns::Turns,
};

#[derive(Debug)]
pub(super) struct Open {
    pub(super) caller: CallerRef,
    pub(super) epoch: String,
    /// When the last good check of the caller was asked for.
    checked: Time,
    pub(super) places: BTreeMap<StreamId, Place>,
    /// The stream that an entry was last given of.
    pub(super) last: Option<StreamId>,
    /// Streams whose client is behind, until their next page is read: one at a time, each in its turn.
    pub(super) pages: Turns<StreamId>,
    /// The page being read: of which stream, after which `seq`.
    pub(super) reading: Option<(StreamId, u64)>,
    pub(super) read: Errand,
    pub(super) looks: Looks,
    pub(super) desk: Desk,
}

impl Open {
    pub(super) fn new(ready: &Ready) -> Self {
        Self {
            caller: ready.caller,
            epoch: ready.epoch.clone(),
            checked: ready.checked,
            places: ready.streams.iter().map(|standing| (standing.stream, Place::live(standing))).collect(),
            last: None,
            pages: Turns::new(1, 1),
            reading: None,
            read: Errand::default(),
            looks: Looks::default(),
            desk: Desk::default(),
        }
    }

    /// Whether the caller was found good recently enough to be sent entries, and to have commands carried out.
    pub(super) fn is_trusted(&self, now: Time) -> bool {
        now.since(self.checked) <= TRUST
    }

    /// What may be sent past the connection: what comes next of the stream that had something last.
    pub(super) fn grant(&self, now: Time) -> Option<Grant> {
        let stream = self.last.filter(|_| self.is_trusted(now))?;
        let place = self.places.get(&stream).filter(|place| place.is_settled())?;
        Some(Grant { stream, next: place.at() + 1, until: self.checked.after(TRUST) })
    }

    pub(super) fn passed(&mut self, stream: StreamId, at: u64) {
        if let Some(place) = self.places.get_mut(&stream) {
            place.passed(at);
        }
    }

    pub(super) fn deadline(&self, now: Time) -> Option<Time> {
        // Until the caller is trusted again there is nothing to repeat, and that comes as an input.
        let waits = [self.read.deadline(), self.looks.deadline()];
        waits.into_iter().flatten().min().filter(|_| self.is_trusted(now))
    }

    /// The caller was found good by a check asked for at `asked`.
    pub(super) fn checked(&mut self, asked: Time) {
        self.checked = self.checked.max(asked);
    }

    /// Takes in a frame that the client sent.
    pub(super) fn request(&mut self, id: Option<String>, request: Request, out: &mut Vec<Output>) {
        match request {
            Request::Auth { .. } => {
                let error =
                    Error::new(Kind::Conflict, "auth.repeated", "the connection is already authenticated");
                refuse(id, &error, out);
            }
            Request::Ping => answer(id, out),
            Request::Resume(resume) => match id {
                Some(id) if self.looks.takes_resumes() => self.ask(Ask::Resume { id, resume }, out),
                id => refuse(id, &too_many_frames(), out),
            },
            Request::Watch(stream) => self.ask(Ask::Watch { id, stream }, out),
            Request::Unwatch(stream) => self.ask(Ask::Unwatch { id, stream }, out),
            Request::Command(command) => self.command(id, command, out),
        }
    }

    fn ask(&mut self, ask: Ask, out: &mut Vec<Output>) {
        if self.has_room() { self.looks.push(ask) } else { refuse(ask.into_id(), &too_many_frames(), out) }
    }

    fn command(&mut self, id: Option<String>, command: Command, out: &mut Vec<Output>) {
        if self.has_room() { self.desk.push(id, command) } else { refuse(id, &too_many_frames(), out) }
    }

    fn has_room(&self) -> bool {
        self.looks.len() + self.desk.len() < WAITING_FRAMES
    }

    /// Starts whatever can be started, once the caller is trusted: a command is carried out as of who they were then.
    pub(super) fn go_on(&mut self, now: Time, out: &mut Vec<Output>) {
        if self.is_trusted(now) {
            out.extend(self.desk.next().map(Output::Run));
            self.look(now, out);
            self.read_page(now, out);
        }
    }

    fn look(&mut self, now: Time, out: &mut Vec<Output>) {
        while let Some(ask) = self.looks.turn() {
            match ask {
                Ask::Unwatch { id, stream } => self.unwatch(id, stream, out),
                // Where a stream is followed, its entries have told everything that a look would.
                Ask::Resume { id, resume } if self.follows_all(&resume) => {
                    self.resume(id, &resume, None, out);
                }
                ask => self.looks.run(ask),
            }
        }
        out.extend(self.looks.begin(now).map(Output::Look));
    }

    fn follows_all(&self, resume: &Resume) -> bool {
        resume.cursors.keys().all(|stream| self.places.contains_key(stream))
    }

    fn read_page(&mut self, now: Time, out: &mut Vec<Output>) {
        if !self.read.may_start(now) {
            return;
        }
        while let Some(stream) = self.pages.next().and_then(|turn| turn.first().copied()) {
            if let Some(place) = self.places.get(&stream).filter(|place| place.is_behind()) {
                let after = place.at();
                self.read.start();
                self.reading = Some((stream, after));
                return out.push(Output::Read { stream, after });
            }
            self.pages.answered();
        }
    }

    /// Takes in what became of the running command.
    pub(super) fn reply(&mut self, result: Result<Box<RawValue>, Error>, out: &mut Vec<Output>) {
        let Some(id) = self.desk.answered() else { return };
        match result {
            Ok(data) => send(&ServerFrame::answer(&id, &data), out),
            Err(error) => refuse(Some(id), &error, out),
        }
    }

    /// Answers, with an error, all frames that only waited for their turn.
    pub(super) fn refuse_waiting(&mut self, error: &Error, out: &mut Vec<Output>) {
        for id in self.looks.close().chain(self.desk.close()) {
            refuse(Some(id), error, out);
        }
    }
}

/// Answers a frame that has nothing to tell.
pub(super) fn answer(id: Option<String>, out: &mut Vec<Output>) {
    if let Some(id) = id {
        send(&ServerFrame::ok(&id), out);
    }
}

/// Answers a frame with an error.
pub(super) fn refuse(id: Option<String>, error: &Error, out: &mut Vec<Output>) {
    if let Some(id) = id {
        send(&ServerFrame::error(Some(&id), error), out);
    }
}

fn too_many_frames() -> Error {
    let message = format!("more than {WAITING_FRAMES} frames wait for their answer");
    Error::new(Kind::TooMany { retry_after: FRAMES_RETRY }, "rate.limited", message)
}
