//! An entry on its way to clients: encoded once, shared by all that send it.

use std::{fmt, sync::Arc};

use parlance_base::{StreamId, WorkspaceId};

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
    /// What guests are sent in its place, where it is not for them.
    pub for_guests: Option<Frame>,
    /// What the entry changes in who may read the stream.
    pub audience: Option<Audience>,
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
