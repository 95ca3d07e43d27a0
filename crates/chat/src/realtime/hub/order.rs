//! The order of one stream: what comes out is 1, 2, 3 … without a hole and without a repeat, whatever comes in.

use std::{collections::BTreeMap, sync::Arc};

use crate::realtime::{
    Live,
    limits::{HELD_BYTES, HELD_ENTRIES},
};

#[derive(Debug)]
pub(super) struct Order {
    /// The last `seq` that came out.
    at: u64,
    /// The highest `seq` known to exist. Above `at`, something is missing.
    known: u64,
    /// Entries above `at + 1`, until what is missing before them has come.
    held: BTreeMap<u64, Arc<Live>>,
    held_bytes: usize,
}

impl Order {
    pub(super) fn starting_after(at: u64) -> Self {
        Self { at, known: at, held: BTreeMap::new(), held_bytes: 0 }
    }

    pub(super) fn at(&self) -> u64 {
        self.at
    }

    pub(super) fn is_behind(&self) -> bool {
        self.known > self.at
    }

    pub(super) fn hear_of(&mut self, seq: u64) {
        self.known = self.known.max(seq);
    }

    /// Takes an entry in. If it is the next one it comes out at once, and [`Order::next`] may have more.
    pub(super) fn take(&mut self, live: Arc<Live>) -> Option<Arc<Live>> {
        self.hear_of(live.seq);
        if live.seq == self.at + 1 {
            self.at = live.seq;
            return Some(live);
        }
        if live.seq > self.at {
            self.hold(live);
        }
        None
    }

    /// The held entry whose turn has come.
    pub(super) fn next(&mut self) -> Option<Arc<Live>> {
        while let Some(first) = self.held.first_entry() {
            if *first.key() > self.at + 1 {
                return None;
            }
            let live = first.remove();
            self.held_bytes -= live.frame.bytes();
            if live.seq == self.at + 1 {
                self.at = live.seq;
                return Some(live);
            }
        }
        None
    }

    /// Goes on after `seq`, since what came before can no longer be had.
    pub(super) fn skip_to(&mut self, seq: u64) {
        self.at = self.at.max(seq);
        self.hear_of(seq);
    }

    fn hold(&mut self, live: Arc<Live>) {
        if self.held.len() >= HELD_ENTRIES || self.held_bytes + live.frame.bytes() > HELD_BYTES {
            // They are known of, so they are read again.
            self.held.clear();
            self.held_bytes = 0;
            return;
        }
        self.held_bytes += live.frame.bytes();
        if let Some(twice) = self.held.insert(live.seq, live) {
            self.held_bytes -= twice.frame.bytes();
        }
    }
}

#[cfg(test)]
mod tests {
    use parlance_base::{StreamId, WorkspaceId};

    use super::*;
    use crate::realtime::StreamKey;

    fn live(seq: u64) -> Arc<Live> {
        sized(seq, 10)
    }

    fn sized(seq: u64, bytes: usize) -> Arc<Live> {
        let key = StreamKey { workspace: WorkspaceId::derived(&[]), stream: StreamId::derived(&[]) };
        Arc::new(Live { key, seq, frame: "x".repeat(bytes).into(), withheld: Vec::new(), audience: None })
    }

    /// Takes one in; what comes out.
    fn take(order: &mut Order, live: Arc<Live>) -> Vec<u64> {
        let first = order.take(live);
        first.into_iter().chain(std::iter::from_fn(|| order.next())).map(|live| live.seq).collect()
    }

    #[test]
    fn entries_come_out_in_order_once_each() {
        let mut order = Order::starting_after(4);
        for (seq, out) in [
            (5, vec![5]),
            (5, vec![]),
            (8, vec![]),
            (8, vec![]),
            (4, vec![]),
            (7, vec![]),
            (6, vec![6, 7, 8]),
            (7, vec![]),
            (9, vec![9]),
        ] {
            assert_eq!(take(&mut order, live(seq)), out, "{seq}");
        }
        assert!(!order.is_behind());
        assert_eq!((order.at(), order.held_bytes), (9, 0));
    }

    #[test]
    fn a_hint_is_a_gap_until_its_entry_came() {
        let mut order = Order::starting_after(4);
        order.hear_of(6);
        assert!(order.is_behind());
        assert_eq!(take(&mut order, live(5)), [5]);
        assert!(order.is_behind());
        assert_eq!(take(&mut order, live(6)), [6]);
        assert!(!order.is_behind());
    }

    #[test]
    fn what_is_held_has_a_bound_and_what_is_dropped_stays_known() {
        let mut order = Order::starting_after(0);
        let last = 2 + HELD_ENTRIES as u64;
        for seq in 2..=last {
            assert_eq!(take(&mut order, live(seq)), [0; 0]);
        }
        assert_eq!((order.held.len(), order.held_bytes), (0, 0));
        assert_eq!(take(&mut order, live(1)), [1]);
        assert!(order.is_behind());

        let mut order = Order::starting_after(0);
        assert_eq!(take(&mut order, sized(2, HELD_BYTES)), [0; 0]);
        assert_eq!(order.held.len(), 1);
        assert_eq!(take(&mut order, live(3)), [0; 0]);
        assert_eq!((order.held.len(), order.held_bytes), (0, 0));
    }

    #[test]
    fn what_was_skipped_never_comes_out() {
        let mut order = Order::starting_after(4);
        assert_eq!(take(&mut order, live(7)), [0; 0]);
        assert_eq!(take(&mut order, live(11)), [0; 0]);
        order.skip_to(10);
        assert_eq!(std::iter::from_fn(|| order.next()).map(|live| live.seq).collect::<Vec<_>>(), [11]);
        assert_eq!((order.at(), order.held_bytes), (11, 0));
        assert!(!order.is_behind());
    }
}
