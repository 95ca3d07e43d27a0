//! A map that keeps what was used last and forgets the rest: the bound of everything that is remembered per caller.
//!
//! Two halves: when the young one is full it becomes the old one, and what was in the old one goes. So each step costs the
//! same at any size, and what was used within the last half a capacity of other keys is there.

use std::{collections::HashMap, hash::Hash, mem};

/// At most `capacity` entries.
#[derive(Debug)]
pub(crate) struct Recent<K, V> {
    half: usize,
    young: HashMap<K, V>,
    old: HashMap<K, V>,
}

impl<K: Eq + Hash, V: Clone> Recent<K, V> {
    pub(crate) fn new(capacity: usize) -> Self {
        Self { half: (capacity / 2).max(1), young: HashMap::new(), old: HashMap::new() }
    }

    /// What is known of `key`, which counts as a use.
    pub(crate) fn get(&mut self, key: K) -> Option<V> {
        if let Some(value) = self.young.get(&key) {
            return Some(value.clone());
        }
        let value = self.old.remove(&key)?;
        self.put(key, value.clone());
        Some(value)
    }

    /// Puts this in the place of what is known and is so.
    pub(crate) fn replace_where(&mut self, is_so: impl Fn(&V) -> bool, value: &V) {
        let known = self.young.values_mut().chain(self.old.values_mut());
        known.filter(|known| is_so(known)).for_each(|known| *known = value.clone());
    }

    pub(crate) fn put(&mut self, key: K, value: V) {
        self.old.remove(&key);
        if self.young.len() >= self.half && !self.young.contains_key(&key) {
            self.old = mem::take(&mut self.young);
        }
        self.young.insert(key, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bound_holds_and_what_is_used_stays() {
        let mut recent = Recent::new(10);
        for key in 0..1_000 {
            recent.put(key, key);
            assert!(recent.young.len() + recent.old.len() <= 10);
            assert_eq!(recent.get(0), Some(0), "after {key}");
        }
        assert_eq!(recent.get(500), None);
        assert_eq!(recent.get(999), Some(999));
        recent.replace_where(|value| *value > 0, &1);
        assert_eq!([0, 998, 999].map(|key| recent.get(key)), [Some(0), Some(1), Some(1)]);
    }
}
