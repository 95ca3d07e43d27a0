//! How far one member has read.

use parlance_store::Change;
use parlance_stream::Head;

use super::senders;
use crate::{
    group,
    member::{Member, READ_ORDINAL, READ_SEQ},
};

/// A place in a group's stream that a member has read up to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Pointer {
    /// Its `seq`.
    pub(crate) seq: i64,
    /// The ordinal of the last message up to there.
    pub(crate) ordinal: i64,
}

impl Pointer {
    /// How far the member has read: as their membership says, or further, where they have sent something since.
    pub(crate) fn of(head: &Head, member: &Member) -> Self {
        let noted = Self { seq: member.read_seq, ordinal: member.read_ordinal };
        senders::sent(head, member.user_id).map_or(noted, |sent| noted.max(sent))
    }

    /// How many messages came after it.
    pub(crate) fn unread(self, head: &Head) -> i64 {
        let gone = group::details(head).cleared.ordinal;
        (head.ordinal - self.ordinal.max(gone)).max(0)
    }

    /// The changes that take a membership on to here, and never back.
    pub(crate) fn reached(self) -> [Change; 2] {
        [READ_SEQ.raise_to(self.seq), READ_ORDINAL.raise_to(self.ordinal)]
    }
}
