//! How far one member has read.

use parlance_store::Change;
use parlance_stream::Head;

use super::senders;
use crate::{
    group,
    member::{Member, READ_MENTIONS, READ_ORDINAL, READ_SEQ, SENT_MENTIONS, SENT_ORDINAL, SENT_SEQ},
};

/// A place in a group's stream that a member has read up to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Pointer {
    /// Its `seq`.
    pub(crate) seq: i64,
    /// The ordinal of the last message up to there.
    pub(crate) ordinal: i64,
    /// Which mention of the member was the last one up to there.
    pub(crate) mentions: i64,
}

impl Pointer {
    /// How far the member has read: as they said, or further, where they have sent something since they last took something
    /// back.
    pub(crate) fn of(head: &Head, member: &Member) -> Self {
        let said =
            Self { seq: member.read_seq, ordinal: member.read_ordinal, mentions: member.read_mentions };
        let before =
            Self { seq: member.sent_seq, ordinal: member.sent_ordinal, mentions: member.sent_mentions };
        let sent = senders::sent(head, member.user_id).map_or(before, |sent| sent.max(before));
        if sent.seq > member.marked_seq { said.max(sent) } else { said }
    }

    /// How many messages came after it.
    pub(crate) fn unread(self, head: &Head) -> i64 {
        let gone = group::details(head).cleared.ordinal;
        (head.ordinal - self.ordinal.max(gone)).max(0)
    }

    /// How many mentions of the member came after it, and one more where everybody was mentioned since.
    pub(crate) fn mentions(self, head: &Head, member: &Member) -> i64 {
        let gone = group::details(head).cleared;
        let of_all = head.broadcast_ordinal > self.ordinal.max(gone.ordinal);
        member.mentioned.unread(self.mentions, gone.seq) + i64::from(of_all)
    }

    /// The changes of a membership whose member has read up to here, and no less than before.
    pub(super) fn reached(self) -> [Change; 3] {
        let mentions = READ_MENTIONS.raise_to(self.mentions);
        [READ_SEQ.raise_to(self.seq), READ_ORDINAL.raise_to(self.ordinal), mentions]
    }

    /// The changes of a membership whose member has sent a message here.
    pub(crate) fn sent(self) -> [Change; 3] {
        let mentions = SENT_MENTIONS.raise_to(self.mentions);
        [SENT_SEQ.raise_to(self.seq), SENT_ORDINAL.raise_to(self.ordinal), mentions]
    }
}
