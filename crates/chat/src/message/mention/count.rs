//! How often somebody was mentioned on one page of a group. Pure.

use serde::{Deserialize, Serialize};

/// How many mentions that were taken back are remembered one by one.
const MAX_GONE: usize = 20;

/// How often somebody was mentioned on one page of a group. Mentions are numbered from 1, in the order of their places, so that what
/// somebody has read of them is a number too.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Mentioned {
    /// How often, ever.
    count: i64,
    /// Where last.
    seq: i64,
    /// Up to which one they count no more, whatever was read.
    passed: i64,
    /// Those after that which were taken back, in order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    gone: Vec<i64>,
}

impl Mentioned {
    /// Whether they never were.
    pub(crate) fn is_none(&self) -> bool {
        *self == Self::default()
    }

    /// How often, ever.
    pub(crate) const fn count(&self) -> i64 {
        self.count
    }

    /// Counts a mention at this place, of a group that was cleared up to `cleared`; answers which one it is.
    pub(super) fn mention(&mut self, seq: i64, cleared: i64) -> i64 {
        if self.seq <= cleared {
            self.pass();
        }
        self.count += 1;
        self.seq = seq;
        self.count
    }

    /// Has none of them count any more.
    pub(crate) fn pass(&mut self) {
        self.passed = self.count;
        self.gone.clear();
    }

    /// Has this one count no more. Where too many are remembered already, what came before the first of them counts no more
    /// either.
    pub(super) fn take_back(&mut self, ordinal: i64) {
        if ordinal <= self.passed || self.gone.contains(&ordinal) {
            return;
        }
        self.gone.push(ordinal);
        self.gone.sort_unstable();
        if self.gone.len() > MAX_GONE {
            self.passed = self.gone.remove(0);
        }
    }

    /// How many came after the one that was read last, in a group that was cleared up to `cleared`.
    pub(crate) fn unread(&self, read: i64, cleared: i64) -> i64 {
        if self.seq <= cleared {
            return 0;
        }
        let from = read.max(self.passed);
        let gone = self.gone.iter().filter(|ordinal| **ordinal > from).count();
        (self.count - from - i64::try_from(gone).unwrap_or(0)).max(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mentions_count_until_they_are_read_taken_back_or_cleared() {
        let mut mentioned = Mentioned::default();
        assert!(mentioned.is_none());
        for seq in [3, 5, 8] {
            mentioned.mention(seq, 0);
        }
        assert_eq!([mentioned.unread(0, 0), mentioned.unread(2, 0), mentioned.unread(3, 0)], [3, 1, 0]);
        mentioned.take_back(2);
        mentioned.take_back(2);
        assert_eq!([mentioned.unread(0, 0), mentioned.unread(1, 0), mentioned.unread(2, 0)], [2, 1, 1]);
        assert_eq!([mentioned.unread(0, 8), mentioned.unread(0, 7)], [0, 2]);
        assert_eq!(mentioned.mention(11, 9), 4);
        assert_eq!([mentioned.unread(0, 9), mentioned.unread(4, 9)], [1, 0]);
    }

    #[test]
    fn however_many_are_taken_back_no_more_are_counted_than_there_are() {
        let (mut mentioned, most) = (Mentioned::default(), 3 * i64::try_from(MAX_GONE).unwrap());
        for seq in 1..=most {
            mentioned.mention(seq, 0);
        }
        for ordinal in 1..=most {
            mentioned.take_back(ordinal);
            assert!(mentioned.unread(0, 0) <= most - ordinal, "{mentioned:?}");
            assert!(mentioned.gone.len() <= MAX_GONE);
        }
        assert_eq!(mentioned.unread(0, 0), 0);
    }
}
