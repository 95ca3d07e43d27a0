//! What a machine holds of a stream.

use std::collections::VecDeque;

use parlance_base::Epoch;

use crate::{follow::Cursor, socket::StreamKind, wire::Entry};

/// What is held of a stream.
#[derive(Debug)]
pub(super) struct Held {
    pub(super) kind: StreamKind,
    pub(super) place: Place,
    pub(super) resume: Resume,
}

#[derive(Debug)]
pub(super) enum Place {
    /// Everything up to `seq` was told.
    At { epoch: Epoch, seq: u64 },
    /// It is being fetched, and has no position.
    Fetching(Fetching),
}

/// A fetch that runs.
#[derive(Debug)]
pub(super) struct Fetching {
    pub(super) fetch: u64,
    pub(super) tries: u32,
    /// What was fetched has to come as far as this.
    pub(super) since: u64,
    /// What has come since, in order.
    pub(super) kept: VecDeque<Box<Entry>>,
}

/// Whether a `resume` is on its way. Unless it is settled, whatever comes of the stream is ignored.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Resume {
    Settled,
    /// It is to be sent.
    Wanted,
    /// It was sent under this id, the last one that names the stream.
    Sent(String),
    /// It was refused, and is to be sent again in a while.
    Refused,
}

impl Held {
    pub(super) const fn at(cursor: Cursor) -> Self {
        let place = Place::At { epoch: cursor.epoch, seq: cursor.seq };
        Self { kind: cursor.kind, place, resume: Resume::Settled }
    }

    /// Whether what comes of the stream is of use.
    pub(super) fn is_heard(&self) -> bool {
        self.resume == Resume::Settled
    }

    pub(super) const fn is_fetching(&self) -> bool {
        matches!(self.place, Place::Fetching(_))
    }

    /// The cursor and its epoch; none while there is none.
    pub(super) const fn cursor(&self) -> Option<(Epoch, u64)> {
        match self.place {
            Place::At { epoch, seq } => Some((epoch, seq)),
            Place::Fetching(_) => None,
        }
    }

    pub(super) fn fetching(&mut self, fetch: u64) -> Option<&mut Fetching> {
        match &mut self.place {
            Place::Fetching(fetching) if fetching.fetch == fetch => Some(fetching),
            _ => None,
        }
    }
}
