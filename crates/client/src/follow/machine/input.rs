//! What a machine is told, and what it says.

use std::time::Duration;

use parlance_base::{Epoch, StreamId};
use serde_json::Value;

use crate::{
    Refusal,
    follow::{Event, Snapshot},
    socket::{Command, Frame, StreamKind},
};

/// What happened.
#[derive(Clone, Debug, PartialEq)]
pub enum Input {
    /// A frame came.
    Frame(Box<Frame>),
    /// A fetch has its answer.
    Fetched {
        /// The stream.
        stream: StreamId,
        /// Which fetch it was.
        fetch: u64,
        /// What was fetched.
        fetched: Box<Fetched>,
    },
    /// A fetch has failed.
    NotFetched {
        /// The stream.
        stream: StreamId,
        /// Which fetch it was.
        fetch: u64,
        /// When the server wants to be asked again at the soonest.
        retry_after: Option<Duration>,
    },
    /// A wait is over.
    Due(Due),
    /// The application wants this done.
    Command {
        /// What the outcome is told under: never used again.
        ticket: u64,
        /// What is to be done.
        command: Box<Command>,
    },
    /// The connection, or the attempt at one, has ended.
    Ended {
        /// The close code, where there was one.
        code: Option<u16>,
        /// How long it was there since `ready`; nothing, if it did not come that far.
        lasted: Duration,
    },
}

/// What was fetched of a stream: `seq` and `epoch` were read first.
#[derive(Clone, Debug, PartialEq)]
pub struct Fetched {
    /// How far the stream had come.
    pub seq: u64,
    /// What `seq` counts in.
    pub epoch: Epoch,
    /// How the stream stands.
    pub snapshot: Snapshot,
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq)]
pub enum Output {
    /// Send this frame.
    Send {
        /// Its id.
        id: String,
        /// The frame.
        command: Command,
    },
    /// Fetch a stream over HTTP. An earlier fetch of the same stream does not matter any more.
    Fetch(Fetch),
    /// Tell the application.
    Tell(Event),
    /// Tell what became of a command.
    Settled {
        /// The command's ticket.
        ticket: u64,
        /// What became of it.
        outcome: Outcome,
    },
    /// Say so when this time is over, unless the connection ends before.
    Wait {
        /// How long.
        pause: Pause,
        /// What is due then.
        due: Due,
    },
    /// Connect again after this time, to whichever node.
    Connect {
        /// How long.
        after: Pause,
    },
    /// Do not connect before the application asks for it.
    Stop,
}

/// A stream to fetch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fetch {
    /// The stream.
    pub stream: StreamId,
    /// Which fetch this is.
    pub fetch: u64,
    /// What the stream is the log of.
    pub kind: StreamKind,
    /// An answer has to come as far as this, in this epoch, to be of use.
    pub since: u64,
    /// See `since`.
    pub epoch: Epoch,
}

/// What became of a command.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// It was carried out, and this is the answer.
    Done(Value),
    /// It was refused.
    Refused(Refusal),
    /// The connection ended before the answer came.
    Ended {
        /// The close code, where there was one.
        code: Option<u16>,
    },
    /// There was no connection to send it over.
    NotConnected,
    /// Too much was waiting already.
    Full,
    /// It is for the machine alone to send such a frame.
    NotYours,
}

/// What is due when a wait is over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Due {
    /// To resume these streams again.
    Resume(Vec<StreamId>),
    /// To fetch this stream again.
    Fetch {
        /// The stream.
        stream: StreamId,
        /// Which fetch it was.
        fetch: u64,
    },
    /// To watch this group again.
    Watch(StreamId),
    /// To send this group's next message again.
    Message(StreamId),
}

/// How long to wait: `at_least`, and a random part of `random` more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pause {
    /// In any case.
    pub at_least: Duration,
    /// Any part of this more.
    pub random: Duration,
}

impl Pause {
    /// What a server that asked for nothing is given.
    const UNASKED: Duration = Duration::from_secs(1);

    /// As long as the server asks for, and a little more, so that not everybody comes at once.
    pub(super) fn asked(retry_after: Option<Duration>) -> Self {
        let at_least = retry_after.unwrap_or(Self::UNASKED);
        Self { at_least, random: at_least / 2 }
    }
}
