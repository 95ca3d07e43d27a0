//! Whether a proof still holds, asked for every request: what is remembered of the store's answers.
//!
//! An answer counts for 3 seconds, so that a busy caller costs the store little and one whose proof was ended on another
//! node is out within 5 seconds. An end is remembered for good: what ended never holds again, so an older answer of the
//! store that arrives late cannot bring it back.

use std::{
    hash::Hash,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use parlance_base::Time;

use crate::recent::Recent;

/// How long an answer of the store counts.
const FRESH: Duration = Duration::from_secs(3);

/// How many proofs of a kind are remembered: some 20 MiB at most.
const REMEMBERED: usize = 100_000;

/// What is remembered of proofs with ids of one kind.
pub(crate) struct Standings<K, F>(Mutex<Recent<K, Standing<F>>>);

/// What was known of a proof when the store was last asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Standing<F> {
    /// It held, and these are its facts.
    Good { facts: F, read_at: Time },
    /// It has ended.
    Ended,
}

impl<K: Copy + Eq + Hash, F: Clone> Standings<K, F> {
    pub(crate) fn new() -> Self {
        Self(Mutex::new(Recent::new(REMEMBERED)))
    }

    /// Remembers that the proof ended.
    pub(crate) fn end(&self, id: K) {
        self.all().put(id, Standing::Ended);
    }

    /// As [`end`](Self::end), where the proof is remembered as one that held: ids that were made up are not kept.
    pub(crate) fn end_held(&self, id: K) {
        let mut all = self.all();
        if all.get(id).is_some() {
            all.put(id, Standing::Ended);
        }
    }

    /// As [`end`](Self::end), for every proof that held with such facts.
    pub(crate) fn end_where(&self, is_so: impl Fn(&F) -> bool) {
        let held = |known: &Standing<F>| matches!(known, Standing::Good { facts, .. } if is_so(facts));
        self.all().replace_where(held, &Standing::Ended);
    }

    /// Whether the proof is remembered, however old the answer.
    pub(crate) fn remembers(&self, id: K) -> bool {
        self.all().get(id).is_some()
    }

    /// What is known without asking the store.
    pub(crate) fn known(&self, id: K, now: Time) -> Option<Standing<F>> {
        let known = self.all().get(id)?;
        let is_fresh = match known {
            // A clock that was set back makes no answer fresh.
            Standing::Good { read_at, .. } => read_at <= now && now.since(read_at) < FRESH,
            Standing::Ended => true,
        };
        is_fresh.then_some(known)
    }

    /// Remembers an answer of the store, unless the proof is known to have ended meanwhile.
    pub(crate) fn learn(&self, id: K, read: Standing<F>) -> Standing<F> {
        let mut all = self.all();
        if matches!(all.get(id), Some(Standing::Ended)) {
            return Standing::Ended;
        }
        all.put(id, read.clone());
        read
    }

    fn all(&self) -> MutexGuard<'_, Recent<K, Standing<F>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn good(read_at: i64) -> Standing<char> {
        Standing::Good { facts: 'a', read_at: Time::from_millis(read_at) }
    }

    #[test]
    fn an_answer_counts_for_three_seconds_forward_only() {
        let standings = Standings::new();
        let standing = standings.learn(1, good(10_000));
        let known = |now| standings.known(1, Time::from_millis(now));
        assert_eq!([known(10_000), known(12_999)], [Some(standing.clone()), Some(standing)]);
        assert_eq!([known(9_999), known(13_000)], [None, None]);
        assert!(standings.remembers(1) && !standings.remembers(2));
    }

    #[test]
    fn an_answer_that_comes_late_brings_nothing_ended_back() {
        let standings = Standings::new();
        standings.end(1);
        assert_eq!(standings.learn(1, good(10_000)), Standing::Ended);
        assert_eq!(standings.known(1, Time::from_millis(10_001)), Some(Standing::Ended));
    }

    #[test]
    fn proofs_end_by_their_facts() {
        let standings = Standings::new();
        for id in [1, 2] {
            standings.learn(id, good(10_000));
        }
        standings.learn(3, Standing::Good { facts: 'b', read_at: Time::from_millis(10_000) });
        standings.end_where(|facts| *facts == 'a');
        let is_ended = |id| standings.known(id, Time::from_millis(10_001)) == Some(Standing::Ended);
        assert_eq!([1, 2, 3].map(is_ended), [true, true, false]);
    }

    #[test]
    fn an_end_is_kept_of_what_held_and_not_of_what_was_made_up() {
        let standings = Standings::new();
        standings.learn(1, good(10_000));
        [1, 2].into_iter().for_each(|id| standings.end_held(id));
        let known = |id| standings.known(id, Time::from_millis(10_001));
        assert_eq!([known(1), known(2)], [Some(Standing::Ended), None]);
    }
}
