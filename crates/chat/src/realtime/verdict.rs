//! What a client learns about each stream that it resumes, and how that is decided.

use parlance_base::StreamId;
use serde::Serialize;

use super::{Access, limits::REPLAY_ENTRIES};

/// What a stream is the log of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum StreamKind {
    /// A group.
    Group,
    /// A user in a workspace.
    User,
    /// A workspace.
    Workspace,
}

/// A stream that the caller may read. `head` was read first and the rights after it: the rights hold as of `head` at
/// least, so of later entries only those after `head` can still change them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The stream.
    pub stream: StreamId,
    /// What it is the log of.
    pub kind: StreamKind,
    /// The `seq` of its last entry, 0 if it has none.
    pub head: u64,
    /// Entries below this `seq` may have been pruned.
    pub log_floor: u64,
    /// The first `seq` that this caller may read, unless all of it is public.
    pub visible_from: u64,
    /// Whether everybody of the workspace may read all of it.
    pub is_public: bool,
    /// By what right.
    pub access: Access,
    /// Whether the caller runs the group.
    pub runs: bool,
}

impl Standing {
    /// The first `seq` that this caller may read as the stream is now.
    #[must_use]
    pub fn readable_from(&self) -> u64 {
        if self.is_public { 1 } else { self.visible_from }
    }

    /// The `seq` after which live flow starts for a caller who follows the stream from now on.
    #[must_use]
    pub fn start(&self) -> u64 {
        self.head.max(self.readable_from().saturating_sub(1))
    }
}

/// What happened to a stream that was resumed, gained or lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// The cursor was right: nothing was missed.
    Current,
    /// What was missed has all been sent, up to the verdict's `seq`.
    Replayed,
    /// What was missed cannot be sent, or the stream is new to this client: what the client holds of it is void, it
    /// fetches anew, and live entries start after the verdict's `seq`.
    Reset,
    /// There is no such stream for this client, or no longer.
    Gone,
}

/// One stream in a `resumed` frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// The stream.
    pub id: StreamId,
    /// What happened to it.
    pub status: Status,
    /// Where the client stands now; absent from `gone`, which tells nothing about the stream.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seq: Option<u64>,
}

/// What is owed for a cursor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Owed {
    Nothing,
    Replay,
    Reset,
}

/// Decides what is owed to a client that has a stream up to `cursor`, of an epoch that is this one or not, on a
/// connection which has come to `position` in it and may be sent what is there from `first` on.
pub(super) fn judge(cursor: u64, same_epoch: bool, position: u64, first: u64) -> Owed {
    let Some(behind) = position.checked_sub(cursor) else { return Owed::Reset };
    if !same_epoch || cursor.saturating_add(1) < first || behind > REPLAY_ENTRIES {
        return Owed::Reset;
    }
    if behind == 0 { Owed::Nothing } else { Owed::Replay }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_judged_by_what_can_still_be_sent() {
        for (cursor, same_epoch, first, owed) in [
            (2_000, true, 1, Owed::Nothing),
            (1_999, true, 1, Owed::Replay),
            (1_000, true, 1, Owed::Replay),
            (999, true, 1, Owed::Reset),
            (2_001, true, 1, Owed::Reset),
            (u64::MAX, true, 1, Owed::Reset),
            (2_000, false, 1, Owed::Reset),
            (1_499, true, 1_500, Owed::Replay),
            (1_498, true, 1_500, Owed::Reset),
        ] {
            assert_eq!(judge(cursor, same_epoch, 2_000, first), owed, "{cursor} from {first}");
        }
    }

    #[test]
    fn live_flow_never_starts_before_what_the_caller_may_read() {
        let mut standing = Standing {
            stream: StreamId::derived(&["group"]),
            kind: StreamKind::Group,
            head: 10,
            log_floor: 1,
            visible_from: 1,
            is_public: false,
            access: Access::Member,
            runs: false,
        };
        assert_eq!(standing.start(), 10);
        // They joined after the head was read, into a group whose history starts when one joins.
        standing.visible_from = 13;
        assert_eq!(standing.start(), 12);
        standing.is_public = true;
        assert_eq!(standing.start(), 10);
    }
}
