//! How far one member has read.

use parlance_store::Change;
use parlance_stream::Head;

use super::senders;
use crate::{
    group,
    member::{Member, READ_ORDINAL, READ_SEQ, SENT_ORDINAL, SENT_SEQ},
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
    /// How far the member has read: as they said, or further, where they have sent something since they last took something
    /// back.
    pub(crate) fn of(head: &Head, member: &Member) -> Self {
        let said = Self { seq: member.read_seq, ordinal: member.read_ordinal };
        let before = Self { seq: member.sent_seq, ordinal: member.sent_ordinal };
        let sent = senders::sent(head, member.user_id).map_or(before, |sent| sent.max(before));
        if sent.seq > member.marked_seq { said.max(sent) } else { said }
    }

    /// How many messages came after it.
    pub(crate) fn unread(self, head: &Head) -> i64 {
        let gone = group::details(head).cleared.ordinal;
        (head.ordinal - self.ordinal.max(gone)).max(0)
    }

    /// The changes of a membership whose member has read up to here, and no less than before.
    pub(super) fn reached(self) -> [Change; 2] {
        [READ_SEQ.raise_to(self.seq), READ_ORDINAL.raise_to(self.ordinal)]
    }

    /// The changes of a membership whose member has sent a message here.
    pub(crate) fn sent(self) -> [Change; 2] {
        [SENT_SEQ.raise_to(self.seq), SENT_ORDINAL.raise_to(self.ordinal)]
    }
}
