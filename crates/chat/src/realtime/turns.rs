//! What is wanted from the store, asked for in batches, with a bound on how many run at once. Whatever is wanted
//! gets its turn, whoever else wants how much; wanting something twice before its turn is wanting it once.

use std::{
    collections::BTreeSet,
    ops::Bound::{Excluded, Unbounded},
};

#[derive(Debug)]
pub(in crate::realtime) struct Turns<K> {
    wanted: BTreeSet<K>,
    last: Option<K>,
    running: usize,
    at_once: usize,
    batch: usize,
}

impl<K: Copy + Ord> Turns<K> {
    pub(in crate::realtime) fn new(at_once: usize, batch: usize) -> Self {
        Self { wanted: BTreeSet::new(), last: None, running: 0, at_once, batch }
    }

    pub(in crate::realtime) fn want(&mut self, key: K) {
        self.wanted.insert(key);
    }

    pub(in crate::realtime) fn forget(&mut self, key: &K) {
        self.wanted.remove(key);
    }

    /// The next batch to ask for, which must then be [`Turns::answered`]; nothing if nothing is wanted or enough runs.
    pub(in crate::realtime) fn next(&mut self) -> Option<Vec<K>> {
        if self.running == self.at_once || self.wanted.is_empty() {
            return None;
        }
        // From where the last batch ended, and round: nobody is passed over twice.
        let after = self.last.map_or(Unbounded, Excluded);
        let mut batch: Vec<K> = self.wanted.range((after, Unbounded)).take(self.batch).copied().collect();
        if let Some(last) = self.last {
            let room = self.batch - batch.len();
            batch.extend(self.wanted.range(..=last).take(room));
        }
        for key in &batch {
            self.wanted.remove(key);
        }
        self.last = batch.last().copied();
        self.running += 1;
        Some(batch)
    }

    pub(in crate::realtime) fn answered(&mut self) {
        self.running = self.running.saturating_sub(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_go_round_and_a_bound_holds() {
        let mut turns = Turns::new(2, 2);
        for key in [1, 2, 3, 3] {
            turns.want(key);
        }
        assert_eq!(turns.next(), Some(vec![1, 2]));
        // 1 wants again at once, but 3 has waited longer.
        turns.want(1);
        turns.want(2);
        assert_eq!(turns.next(), Some(vec![3, 1]));
        assert_eq!(turns.next(), None);
        turns.answered();
        assert_eq!(turns.next(), Some(vec![2]));
        turns.answered();
        assert_eq!(turns.next(), None);
    }

    #[test]
    fn what_is_forgotten_is_not_asked_for() {
        let mut turns = Turns::new(1, 5);
        turns.want(1);
        turns.forget(&1);
        assert_eq!(turns.next(), None);
    }
}
