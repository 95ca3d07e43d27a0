//! How far a client has come in one stream.

use crate::realtime::{
    Access, Audience, Live, Reader, Standing,
    verdict::{Owed, judge},
};
use parlance_base::{CallerRef, UserId};

#[derive(Debug)]
pub(super) struct Place {
    /// The last `seq` that the client has; what it is sent next is `at + 1`.
    at: u64,
    /// The furthest that `at` has been: a resume may rewind it.
    reached: u64,
    /// The highest `seq` known to exist. Above `at`, the client is behind: live entries are dropped, pages are read.
    known: u64,
    /// The rights hold as of this `seq`: only later entries change them.
    as_of: u64,
    /// What came before may have been pruned, as far as is known: since then more may have been.
    log_floor: u64,
    /// The first `seq` that the client may read, unless all of it is public.
    visible_from: u64,
    is_public: bool,
    access: Access,
    /// Whether the user runs the group.
    runs: bool,
    /// A `replayed` verdict is owed when the client is no longer behind.
    owed: bool,
}

/// What an entry that was given to the client did to its right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Right {
    Kept,
    Lost,
}

impl Place {
    /// A client that follows from now on.
    pub(super) fn live(standing: &Standing) -> Self {
        let at = standing.start();
        let Standing { head: as_of, log_floor, visible_from, is_public, access, runs, .. } = *standing;
        let (reached, known, owed) = (at, at, false);
        Self { at, reached, known, as_of, log_floor, visible_from, is_public, access, runs, owed }
    }

    pub(super) fn at(&self) -> u64 {
        self.at
    }

    /// The first `seq` that the client may read now.
    pub(super) fn readable_from(&self) -> u64 {
        if self.is_public { 1 } else { self.visible_from }
    }

    /// The caller, as one who reads here.
    pub(super) fn reader(&self, caller: &CallerRef) -> Reader {
        let CallerRef { user, role, .. } = *caller;
        Reader { user, role, readable_from: self.readable_from(), runs: self.runs }
    }

    /// The first `seq` that the client may be sent.
    fn first(&self) -> u64 {
        self.log_floor.max(self.readable_from())
    }

    pub(super) fn access(&self) -> Access {
        self.access
    }

    pub(super) fn is_behind(&self) -> bool {
        self.known > self.at
    }

    pub(super) fn is_next(&self, seq: u64) -> bool {
        seq == self.at + 1
    }

    pub(super) fn hear_of(&mut self, seq: u64) {
        self.known = self.known.max(seq);
    }

    /// The rights were looked up again: they count where no entry has told of later ones.
    pub(super) fn stands(&mut self, standing: &Standing) {
        self.log_floor = self.log_floor.max(standing.log_floor);
        self.hear_of(standing.head);
        if standing.head >= self.as_of {
            let Standing { head: as_of, visible_from, is_public, access, runs, .. } = *standing;
            *self = Self { as_of, visible_from, is_public, access, runs, ..*self };
        }
    }

    /// What is owed to a client that has the stream up to `cursor`, of an epoch that is this one or not.
    pub(super) fn judge(&self, cursor: u64, same_epoch: bool) -> Owed {
        judge(cursor, same_epoch, self.reached, self.first())
    }

    /// The client has the stream up to `cursor`; whether that leaves a replay owed.
    pub(super) fn rewind(&mut self, cursor: u64, replay: bool) {
        self.at = cursor;
        self.owed = replay;
    }

    /// The client starts over: live flow goes on where it stood, or with the first that it may be sent.
    pub(super) fn reset(&mut self) -> u64 {
        self.at = self.reached.max(self.first().saturating_sub(1));
        self.reached = self.at;
        self.hear_of(self.at);
        self.owed = false;
        self.at
    }

    /// Whether the entry takes the right of a client who has not come to it yet.
    pub(super) fn loses_by(&self, live: &Live, user: UserId) -> bool {
        self.right_after(live.seq, live.audience.as_ref(), user).is_none()
    }

    /// The next entry was given to the client.
    pub(super) fn gave(&mut self, live: &Live, user: UserId) -> Right {
        self.come_to(live.seq);
        let right = self.right_after(live.seq, live.audience.as_ref(), user);
        match &live.audience {
            Some(Audience::Public) if live.seq > self.as_of => self.is_public = true,
            Some(Audience::Private) if live.seq > self.as_of => self.is_public = false,
            Some(change) if live.seq > self.as_of => self.runs = change.runs(user, self.runs),
            _ => {}
        }
        self.as_of = self.as_of.max(live.seq);
        match right {
            Some(access) => {
                self.access = access;
                Right::Kept
            }
            None => Right::Lost,
        }
    }

    /// Whether the client misses nothing, and is owed no word about that.
    pub(super) fn is_settled(&self) -> bool {
        !self.is_behind() && !self.owed
    }

    /// What came next up to `at` was given to the client, and changed nobody's right.
    pub(super) fn passed(&mut self, at: u64) {
        self.come_to(at);
        self.as_of = self.as_of.max(at);
    }

    fn come_to(&mut self, seq: u64) {
        self.at = seq;
        self.reached = self.reached.max(seq);
        self.hear_of(seq);
    }

    /// Whether a `replayed` verdict has come due; it is due once.
    pub(super) fn replay_ended(&mut self) -> bool {
        let ended = self.owed && !self.is_behind();
        self.owed &= !ended;
        ended
    }

    fn right_after(&self, seq: u64, audience: Option<&Audience>, user: UserId) -> Option<Access> {
        match audience {
            // What they have read while it was public is not theirs any more: they begin anew where they may.
            Some(Audience::Private) if seq > self.as_of && self.is_public && self.visible_from > 1 => None,
            Some(change) if seq > self.as_of => change.leaves(user, self.access),
            _ => Some(self.access),
        }
    }
}
