//! Where a client is in its streams, as it is written down.

use std::collections::{BTreeMap, BTreeSet};

use parlance_base::{Epoch, StreamId};
use serde::{Deserialize, Serialize};

use super::Event;
use crate::socket::StreamKind;

/// Where a client is in its streams: what it needs to go on after it was started anew. It belongs to one user in one
/// workspace, and to the content that was told of: they are written down in one step, or this last.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct State {
    /// The position in each stream.
    pub streams: BTreeMap<StreamId, Cursor>,
    /// The groups that one watches, member or not.
    pub watched: BTreeSet<StreamId>,
}

/// The position in a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor {
    /// What the stream is the log of.
    pub kind: StreamKind,
    /// What `seq` counts in.
    pub epoch: Epoch,
    /// The last entry that one has.
    pub seq: u64,
}

impl State {
    /// The state once this event was taken.
    pub fn apply(&mut self, event: &Event) {
        match event {
            Event::Entry(entry) => {
                if let Some(cursor) = self.streams.get_mut(&entry.stream_id) {
                    cursor.seq = entry.seq;
                }
            }
            Event::Reset { stream_id, kind, seq, epoch, .. } => {
                self.streams.insert(*stream_id, Cursor { kind: *kind, epoch: *epoch, seq: *seq });
            }
            Event::Gone { stream_id } => {
                self.streams.remove(stream_id);
                self.watched.remove(stream_id);
            }
            Event::Confirmed { stream_id, epoch } => {
                if let Some(cursor) = self.streams.get_mut(stream_id) {
                    cursor.epoch = *epoch;
                }
            }
            Event::Watched { group_id } => {
                self.watched.insert(*group_id);
            }
            Event::Unwatched { group_id } => {
                self.watched.remove(group_id);
            }
            Event::Connected { .. }
            | Event::Typing(_)
            | Event::Receipt(_)
            | Event::Presence(_)
            | Event::Disconnected { .. } => {}
        }
    }
}
