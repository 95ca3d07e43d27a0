//! Who may hear a stream, and what an entry changes in that.

use parlance_base::{StreamId, UserId};

/// By what right a connection follows a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// The stream is the user's own, their workspace's, or of a group they are a member of.
    Member,
    /// The group is public and the user is no member: the right ends when the group becomes private.
    Watcher,
}

/// What an entry changes in who may read its stream. The change holds for every later `seq`; the entry itself still
/// goes to those who lose the right by it, so that their clients know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Audience {
    /// Members came or went, or their right to read did.
    Members {
        /// Users who may read from here on.
        gained: Vec<UserId>,
        /// Users who may read no further.
        lost: Vec<UserId>,
        /// Those who run the group from here on, of the ones who may read.
        run: Vec<UserId>,
    },
    /// The group became public: everybody of the workspace may read all of it.
    Public,
    /// The group became private: only its members may read on.
    Private,
    /// The group was deleted: nobody may read on.
    Deleted,
    /// In a user's own stream: the user became a member of this stream's group. A hint, since the membership may have
    /// ended again: it says that the rights are worth looking up.
    Joined(StreamId),
    /// In a user's own stream: whether they are not to be disturbed. It changes nothing in who may read, but how others see them.
    Dnd(bool),
}

impl Audience {
    /// The access of `user`, who had `access`, after this entry.
    #[must_use]
    pub fn leaves(&self, user: UserId, access: Access) -> Option<Access> {
        match self {
            Self::Members { lost, .. } if lost.contains(&user) => None,
            Self::Members { gained, .. } if gained.contains(&user) => Some(Access::Member),
            Self::Private if access == Access::Watcher => None,
            Self::Deleted => None,
            Self::Members { .. } | Self::Public | Self::Private | Self::Joined(_) | Self::Dnd(_) => {
                Some(access)
            }
        }
    }

    /// Whether `user`, who did or did not, runs the group after this entry.
    #[must_use]
    pub fn runs(&self, user: UserId, did: bool) -> bool {
        match self {
            Self::Members { gained, lost, run } if gained.contains(&user) || lost.contains(&user) => {
                run.contains(&user)
            }
            _ => did,
        }
    }

    /// Users who gain the right to read the entry's stream by it.
    #[must_use]
    pub fn gained(&self) -> &[UserId] {
        match self {
            Self::Members { gained, .. } => gained,
            Self::Public | Self::Private | Self::Deleted | Self::Joined(_) | Self::Dnd(_) => &[],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn access_after_an_entry() {
        let [me, other] = ["me", "other"].map(|name| UserId::derived(&[name]));
        let members = |gained: &[UserId], lost: &[UserId]| Audience::Members {
            gained: gained.into(),
            lost: lost.into(),
            run: Vec::new(),
        };
        let (member, watcher) = (Access::Member, Access::Watcher);
        for (change, before, after) in [
            (members(&[], &[me]), member, None),
            (members(&[], &[me]), watcher, None),
            (members(&[me], &[]), watcher, Some(member)),
            (members(&[other], &[other]), member, Some(member)),
            (Audience::Public, member, Some(member)),
            (Audience::Private, member, Some(member)),
            (Audience::Private, watcher, None),
            (Audience::Deleted, member, None),
            (Audience::Joined(StreamId::derived(&["group"])), member, Some(member)),
            (Audience::Dnd(true), member, Some(member)),
        ] {
            assert_eq!(change.leaves(me, before), after, "{change:?} {before:?}");
        }
    }

    #[test]
    fn who_runs_the_group_after_an_entry() {
        let [me, other] = ["me", "other"].map(|name| UserId::derived(&[name]));
        let change = |gained: &[UserId], run: &[UserId]| Audience::Members {
            gained: gained.into(),
            lost: Vec::new(),
            run: run.into(),
        };
        for (change, did, does) in [
            (change(&[me], &[me]), false, true),
            (change(&[me], &[]), true, false),
            (change(&[me, other], &[other]), true, false),
            (change(&[other], &[other]), true, true),
            (change(&[other], &[other]), false, false),
            (Audience::Public, true, true),
        ] {
            assert_eq!(change.runs(me, did), does, "{change:?} {did}");
        }
    }
}
