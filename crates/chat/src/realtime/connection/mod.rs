//! One socket, from its first frame to its close.
//!
//! A connection is pure: what happens goes in, what is to be done comes out, and the time is told to it. It holds, per
//! stream that its client follows, how far the client has come. An entry is sent if it is the next one there, wherever
//! it comes from: the queue of the hub or a page of the store. If it is not, the client is behind, and pages are read
//! until it is not. So there is no seam between replay and live flow at which an entry could be lost or sent twice: a
//! stream is live again when the client has come to the highest `seq` that the connection has heard of, and whatever
//! the hub queues after that is the next one.
//!
//! Rights are exact, because they are followed in the same place: an entry that takes the user's right is sent, and
//! then nothing more of its stream. Rights that were looked up hold as of the head that was read before them.
//!
//! A `resume` is answered at once where all of its streams are followed, and otherwise once the rights of all were looked up; its `ok` rewinds the streams, and from then on the one gate above does the rest. Several resumes are answered in turn, and for a stream that two of them name
//! the later one counts: the earlier replay ends there, without its `replayed`.

mod desk;
mod errand;
mod flow;
mod heartbeat;
mod looks;
mod open;
mod opening;
mod patience;
mod place;
mod port;
mod verdicts;

use std::{mem, time::Duration};

use parlance_base::{Error, StreamId, Time};
use serde_json::value::RawValue;

use super::{
    Control, Delivery, Grant, Verdict,
    frame::{self, BadFrame, ClientFrame, CloseCode, ServerFrame},
    limits::{DRAIN_WITHIN, FRAME_BYTES},
};
use {
    flow::Then,
    heartbeat::Heartbeat,
    open::{Open, refuse},
    patience::Patience,
};

pub use opening::Opening;
pub use port::{Input, Output, Ready, Text};

/// One socket: what its client is owed, and what it waits for.
#[derive(Debug)]
pub struct Connection {
    phase: Phase,
    heartbeat: Heartbeat,
    patience: Patience,
}

#[derive(Debug)]
enum Phase {
    /// Nobody yet: `auth` is awaited.
    Anonymous { until: Time },
    /// Credentials are being checked and streams gathered; `id` is that of the `auth` frame.
    Checking { id: Option<String> },
    /// The client follows its streams.
    Open(Open),
    /// The node shuts down and only the running command is waited for.
    Draining { open: Open, until: Time },
    /// Over.
    Closed,
}

impl Connection {
    /// A new socket. Its first ping goes out after `first_ping`, at random up to [`super::limits::PING_EVERY`], so that
    /// connections that came together do not ping together.
    #[must_use]
    pub fn new(now: Time, opening: Opening, first_ping: Duration) -> Self {
        Self {
            phase: Phase::begin(now, opening),
            heartbeat: Heartbeat::new(now, first_ping),
            patience: Patience::default(),
        }
    }

    /// Whether the queue of the hub is to be drained now: not before the caller is let in, and not while their last
    /// good check is too old. Until then entries wait in the queue, in order, within its bound.
    #[must_use]
    pub fn wants_live(&self, now: Time) -> bool {
        matches!(&self.phase, Phase::Open(open) if open.is_trusted(now))
    }

    /// What may be sent past the connection from now on, until anything else happens to it.
    #[must_use]
    pub fn grant(&self, now: Time) -> Option<Grant> {
        if let Phase::Open(open) = &self.phase { open.grant(now) } else { None }
    }

    /// Takes in that what was granted was sent, up to this `seq` of the stream; comes before anything else does.
    pub fn passed(&mut self, stream: StreamId, at: u64) {
        if let Phase::Open(open) = &mut self.phase {
            open.passed(stream, at);
        }
    }

    /// Whether it is being looked up who is there.
    #[must_use]
    pub const fn is_checking(&self) -> bool {
        matches!(self.phase, Phase::Checking { .. })
    }

    /// When the connection next wants an [`Input::Tick`].
    #[must_use]
    pub fn deadline(&self, now: Time) -> Time {
        let phase = match &self.phase {
            Phase::Anonymous { until } | Phase::Draining { until, .. } => Some(*until),
            Phase::Open(open) => open.deadline(now),
            Phase::Checking { .. } | Phase::Closed => None,
        };
        phase.map_or(self.heartbeat.deadline(), |deadline| deadline.min(self.heartbeat.deadline()))
    }

    /// Takes in what happened and appends what is to be done. `now` never goes back.
    pub fn handle(&mut self, now: Time, input: Input<'_>, out: &mut Vec<Output>) {
        if matches!(self.phase, Phase::Closed) {
            return;
        }
        match self.step(now, input, out) {
            Ok(Then::Wait) => {}
            Ok(Then::GoOn) => {
                if let Phase::Open(open) = &mut self.phase {
                    open.go_on(now, out);
                }
            }
            Err(code) => self.close(code, out),
        }
    }

    fn step(&mut self, now: Time, input: Input<'_>, out: &mut Vec<Output>) -> Result<Then, CloseCode> {
        match input {
            Input::Text(text) => self.text(now, text, out)?,
            Input::Binary => return Err(CloseCode::Binary),
            Input::Oversize => return Err(CloseCode::Oversize),
            Input::Alive => self.heartbeat.hear(now),
            Input::Authenticated(ready) => self.phase.authenticated(&ready, out),
            Input::Refused(error) => self.phase.refused(&error, out)?,
            Input::Live(delivery) => return self.live(now, delivery, out),
            Input::Looked(result) => self.if_open(|open| open.looked(now, result, out))?,
            Input::Page(result) => self.if_open(|open| open.page(now, result, out))?,
            Input::Control(control) => self.control(control)?,
            Input::Reply(result) => self.reply(result, out)?,
            Input::Shutdown { reconnect_after } => self.shutdown(now, reconnect_after, out)?,
            Input::Tick => self.tick(now, out)?,
        }
        Ok(Then::GoOn)
    }

    fn live(&mut self, now: Time, delivery: Delivery, out: &mut Vec<Output>) -> Result<Then, CloseCode> {
        if let Phase::Open(open) = &mut self.phase { open.live(now, delivery, out) } else { Ok(Then::Wait) }
    }

    fn if_open(&mut self, then: impl FnOnce(&mut Open) -> Result<(), CloseCode>) -> Result<(), CloseCode> {
        if let Phase::Open(open) = &mut self.phase { then(open) } else { Ok(()) }
    }

    fn control(&mut self, control: Control) -> Result<(), CloseCode> {
        if let Phase::Open(open) = &mut self.phase {
            open.checked(control.checked);
        }
        control.close.map_or(Ok(()), Err)
    }

    fn text(&mut self, now: Time, text: &str, out: &mut Vec<Output>) -> Result<(), CloseCode> {
        self.heartbeat.hear(now);
        if text.len() > FRAME_BYTES {
            return Err(CloseCode::Oversize);
        }
        match frame::parse(text).and_then(|frame| self.frame(frame, out)) {
            Ok(()) => Ok(()),
            Err(BadFrame { id, error }) => {
                send(&ServerFrame::error(id.as_deref(), &error), out);
                self.patience.lose(now)
            }
        }
    }

    fn frame(&mut self, frame: ClientFrame, out: &mut Vec<Output>) -> Result<(), BadFrame> {
        let ClientFrame { id, request } = frame;
        match &mut self.phase {
            Phase::Open(open) => open.request(id, request, out),
            Phase::Draining { .. } => refuse(id, &closing(), out),
            phase => return phase.opening_frame(id, request, out),
        }
        Ok(())
    }

    fn reply(
        &mut self,
        result: Result<Box<RawValue>, Error>,
        out: &mut Vec<Output>,
    ) -> Result<(), CloseCode> {
        if let Phase::Open(open) | Phase::Draining { open, .. } = &mut self.phase {
            open.reply(result, out);
        }
        if matches!(self.phase, Phase::Draining { .. }) { Err(CloseCode::ShuttingDown) } else { Ok(()) }
    }

    fn shutdown(&mut self, now: Time, wait: Duration, out: &mut Vec<Output>) -> Result<(), CloseCode> {
        if matches!(self.phase, Phase::Draining { .. }) {
            return Ok(());
        }
        send(&ServerFrame::shutdown(wait), out);
        match mem::replace(&mut self.phase, Phase::Closed) {
            Phase::Open(mut open) if open.desk.is_busy() => {
                open.refuse_waiting(&closing(), out);
                self.phase = Phase::Draining { open, until: now.after(DRAIN_WITHIN) };
                return Ok(());
            }
            Phase::Checking { id } => refuse(id, &closing(), out),
            phase => self.phase = phase,
        }
        Err(CloseCode::ShuttingDown)
    }

    fn tick(&mut self, now: Time, out: &mut Vec<Output>) -> Result<(), CloseCode> {
        match self.phase {
            Phase::Anonymous { until } if now >= until => return Err(CloseCode::Unauthenticated),
            Phase::Draining { until, .. } if now >= until => return Err(CloseCode::ShuttingDown),
            _ => {}
        }
        if self.heartbeat.beats(now)? {
            out.push(Output::Ping);
        }
        Ok(())
    }

    fn close(&mut self, code: CloseCode, out: &mut Vec<Output>) {
        if let Phase::Open(open) = &mut self.phase {
            open.refuse_waiting(&closing(), out);
        }
        self.phase = Phase::Closed;
        out.push(Output::Close(code));
    }
}

fn send(frame: &ServerFrame<'_>, out: &mut Vec<Output>) {
    out.push(Output::Send(Text::Own(frame.encode())));
}

fn tell(verdicts: &[Verdict], out: &mut Vec<Output>) {
    let told = verdicts.iter().map(|verdict| verdict.status).collect();
    out.push(Output::Send(Text::Verdicts { frame: ServerFrame::resumed(verdicts).encode(), told }));
}

/// The error for frames that are not carried out, and never will be, because the connection ends.
fn closing() -> Error {
    Error::unavailable("connection.closing", "the connection is closing, this was not carried out")
}

#[cfg(test)]
mod tests;
