//! Streams over HTTP, and what has been read.

use std::collections::BTreeMap;

use parlance_base::{EntryId, Epoch, StreamId, UserId};
use serde::{Deserialize, Serialize};

use super::Entry;

/// What came after a position in one stream.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Changes {
    /// The entries, oldest first.
    pub entries: Vec<Entry>,
    /// The position that the client has come to with them.
    pub seq: u64,
    /// What `seq` counts in.
    pub epoch: Epoch,
    /// The client's position meant nothing: it forgets what it has of the stream, and fetches anew from `seq` on.
    #[serde(default)]
    pub reset: bool,
}

/// News of several streams.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct AllChanges {
    /// The streams that have news, or a reset.
    pub streams: BTreeMap<StreamId, Changes>,
    /// The streams that the caller may not read, or not any more.
    #[serde(default)]
    pub gone: Vec<StreamId>,
    /// The epoch that all positions count in.
    pub epoch: Epoch,
}

/// How far the caller has read in a group, and what came after that.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct ReadState {
    /// The `seq` that the caller has read up to.
    pub read_seq: u64,
    /// How often they took back that they have read something: what says less of `read_seq` counts with a higher one.
    #[serde(default)]
    pub read_rev: u64,
    /// How many messages came after it.
    pub unread: u64,
    /// How many mentions of the caller; those of everybody count as one more, however many there are.
    #[serde(default)]
    pub mentions: u64,
}

/// What the caller has not read in all their groups.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Unread {
    /// Messages in all groups, without replies in threads.
    pub total: u64,
    /// Mentions of the caller, also in threads.
    #[serde(default)]
    pub mentions: u64,
    /// How many threads that the caller follows have replies that they have not read.
    #[serde(default)]
    pub threads: u64,
    /// Those groups that have any.
    pub groups: Vec<UnreadGroup>,
}

/// What the caller has not read in a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct UnreadGroup {
    /// The group.
    pub group_id: StreamId,
    /// Messages, without replies in threads.
    pub unread: u64,
    /// Mentions of the caller, also in threads.
    #[serde(default)]
    pub mentions: u64,
    /// Threads that the caller follows and that have replies that they have not read.
    #[serde(default)]
    pub threads: u64,
}

/// How far a member of a group has read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct MemberReceipt {
    /// Who.
    pub user_id: UserId,
    /// The `seq` that they have read up to.
    pub seq: u64,
    /// How often they took back that they have read something.
    #[serde(default)]
    pub read_rev: u64,
}

#[derive(Deserialize)]
pub(crate) struct Receipts {
    pub(crate) items: Vec<MemberReceipt>,
}

#[derive(Serialize)]
pub(crate) struct Cursors<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) epoch: Option<Epoch>,
    pub(crate) cursors: &'a BTreeMap<StreamId, u64>,
    pub(crate) wait: u64,
}

#[derive(Serialize)]
pub(crate) struct ReadUpTo {
    pub(crate) seq: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) thread_id: Option<EntryId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) read_rev: Option<u64>,
}

#[derive(Serialize)]
pub(crate) struct TypingNow {
    pub(crate) active: bool,
}
