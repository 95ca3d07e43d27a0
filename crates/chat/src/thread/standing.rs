//! How somebody stands to a thread: whether they follow it, and how far they have read. Pure.

use super::{Follow, Participant, Thread};
use crate::read_state::{Pointer, ReadState};

/// How somebody stands to a thread.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Standing {
    pub(super) following: bool,
    pub(super) read: Pointer,
    pub(super) read_rev: i64,
    /// How many mentions of them came after that, where they follow it.
    pub(super) mentions: i64,
}

impl Standing {
    /// Who takes part in a thread follows it, unless they said otherwise after they last said something there or were mentioned. They have read up to
    /// what they said there, unless they took that back since.
    pub(super) fn of(participant: Option<&Participant>, follow: Option<&Follow>) -> Self {
        let sent = participant.map(Participant::read);
        let unread = |following: bool, read: Pointer| {
            participant.filter(|_| following).map_or(0, |it| it.mentioned.unread(read.mentions, 0))
        };
        let Some(follow) = follow else {
            let (following, read) = (sent.is_some(), sent.unwrap_or_default());
            return Self { following, read, read_rev: 0, mentions: unread(following, read) };
        };
        let takes_part_since = |seq| participant.is_some_and(|participant| participant.called_seq > seq);
        let following = match follow.following {
            Some(true) => true,
            Some(false) => takes_part_since(follow.decided_seq),
            None => sent.is_some(),
        };
        let said =
            Pointer { seq: follow.read_seq, ordinal: follow.read_ordinal, mentions: follow.read_mentions };
        // Who follows it because they asked to has read no more by being mentioned: that is where others begin to follow.
        let asked = follow.following == Some(true) && participant.is_some_and(|it| it.replies == 0);
        let sent = sent.filter(|sent| sent.seq > follow.marked_seq && !asked);
        let read = sent.map_or(said, |sent| sent.max(said));
        Self { following, read, read_rev: follow.read_rev, mentions: unread(following, read) }
    }

    /// How many replies came after what they have read, where they follow the thread.
    pub(super) fn unread(&self, thread: Option<&Thread>) -> i64 {
        let replies = thread.map_or(0, |thread| thread.ordinal);
        if self.following { (replies - self.read.ordinal).max(0) } else { 0 }
    }

    /// The same, as it is told.
    pub(super) fn state(&self, thread: Option<&Thread>) -> ReadState {
        let (unread, mentions) = (self.unread(thread), self.mentions);
        ReadState { read_seq: self.read.seq, read_rev: self.read_rev, unread, mentions }
    }
}

impl Participant {
    /// How far they have read, by what they said.
    pub(super) const fn read(&self) -> Pointer {
        Pointer { seq: self.seq, ordinal: self.ordinal, mentions: self.mentions }
    }
}

#[cfg(test)]
mod tests {
    use parlance_base::{EntryId, Time, UserId};
    use uuid::Uuid;

    use super::*;
    use crate::message::Mentioned;

    const USER: u128 = 1;

    fn participant(seq: i64, ordinal: i64) -> Participant {
        let (thread_id, user_id) = (EntryId::from(Uuid::nil()), UserId::from(Uuid::from_u128(USER)));
        let at = Time::from_millis(0);
        Participant {
            id: Uuid::nil(),
            thread_id,
            user_id,
            seq,
            ordinal,
            mentions: 0,
            replies: 1,
            mentioned: Mentioned::default(),
            called_seq: seq,
            at,
        }
    }

    fn follow(following: Option<bool>, decided_seq: i64, read: i64, marked_seq: i64) -> Follow {
        let Participant { id, thread_id, user_id, at, .. } = participant(0, 0);
        let (read_seq, read_ordinal, read_rev) = (read, read, i64::from(marked_seq > 0));
        Follow {
            id,
            thread_id,
            user_id,
            following,
            decided_seq,
            read_seq,
            read_ordinal,
            read_mentions: 0,
            read_rev,
            marked_seq,
            at,
        }
    }

    #[test]
    fn who_takes_part_follows_until_they_say_otherwise_and_again_once_they_say_more() {
        let follows = |sent: Option<i64>, follow: Option<Follow>| {
            let sent = sent.map(|seq| participant(seq, seq));
            Standing::of(sent.as_ref(), follow.as_ref()).following
        };
        assert!(!follows(None, None));
        assert!(follows(Some(5), None));
        assert!(follows(None, Some(follow(Some(true), 3, 0, 0))));
        assert!(!follows(Some(5), Some(follow(Some(false), 5, 0, 0))));
        assert!(follows(Some(6), Some(follow(Some(false), 5, 0, 0))));
        assert!(!follows(None, Some(follow(None, 0, 4, 0))));
        assert!(follows(Some(1), Some(follow(None, 0, 4, 0))));
    }

    #[test]
    fn one_has_read_what_one_said_or_sent_whichever_is_further_but_for_what_was_taken_back() {
        let read = |sent: i64, said: i64, marked: i64| {
            let (sent, follow) = (participant(sent, sent), follow(None, 0, said, marked));
            Standing::of(Some(&sent), Some(&follow)).read.ordinal
        };
        assert_eq!(read(5, 3, 0), 5);
        assert_eq!(read(5, 7, 0), 7);
        assert_eq!(read(5, 3, 6), 3);
        assert_eq!(read(7, 3, 6), 7);
    }
}
