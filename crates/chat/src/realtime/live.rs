//! An entry on its way to clients: encoded once, shared by all that send it.

use std::{fmt, sync::Arc};

use parlance_base::{Role, StreamId, UserId, WorkspaceId};

use super::{Audience, Frame};

/// A stream, named together with its workspace: another workspace's connection can never listen to it by mistake.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StreamKey {
    /// The workspace that the stream belongs to.
    pub workspace: WorkspaceId,
    /// The stream.
    pub stream: StreamId,
}

/// A committed entry, as the frame that clients receive.
pub struct Live {
    /// The stream that the entry is in.
    pub key: StreamKey,
    /// Its position there: 1, 2, 3 …
    pub seq: u64,
    /// The whole frame, as JSON text.
    pub frame: Frame,
    /// From whom it is withheld, in whole or in part: the first of them that a reader is among says what they are sent.
    pub withheld: Vec<Withheld>,
    /// What the entry changes in who may read the stream.
    pub audience: Option<Audience>,
}

/// From whom an entry is withheld, and the frame that they are sent in its place.
#[derive(Debug)]
pub struct Withheld {
    /// Who may not see it.
    pub from: Whom,
    /// What they may see of it, at the least that there is an entry.
    pub frame: Frame,
}

/// Who may not see an entry of a stream that they read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whom {
    /// Guests of the workspace.
    Guests,
    /// Who may read only what came after this `seq`: the entry tells of what is there.
    Newcomers(u64),
    /// Who does not run the group and is none of these, whom the entry tells of.
    Bystanders(Arc<[UserId]>),
}

/// Somebody who reads a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reader {
    /// Who it is.
    pub user: UserId,
    /// What they are in the workspace.
    pub role: Role,
    /// The first `seq` that they may read.
    pub readable_from: u64,
    /// Whether they run the group.
    pub runs: bool,
}

impl Whom {
    /// Whether the reader is among them.
    #[must_use]
    pub fn includes(&self, reader: &Reader) -> bool {
        match self {
            Self::Guests => reader.role == Role::Guest,
            Self::Newcomers(seq) => *seq < reader.readable_from,
            Self::Bystanders(but) => !reader.runs && !but.contains(&reader.user),
        }
    }
}

impl Live {
    /// Whether it is the same for everyone who reads the stream, and changes nobody's right to.
    pub(super) fn is_plain(&self) -> bool {
        self.audience.is_none() && self.withheld.is_empty()
    }
}

impl fmt::Debug for Live {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The frame is content, which no log may hold.
        write!(f, "Live({}/{}, {} bytes)", self.key.stream, self.seq, self.frame.bytes())
    }
}

/// A range of a stream, read from the store: the head was read first, the entries after it.
#[derive(Clone, Debug, Default)]
pub struct Page {
    /// The `seq` of the stream's last entry.
    pub head: u64,
    /// Entries below this `seq` may have been pruned.
    pub log_floor: u64,
    /// The entries that follow the position asked for, without a hole; empty if the first of them was pruned.
    pub entries: Vec<Arc<Live>>,
}

/// The store did not answer: the same may succeed later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unavailable;
