//! Gaps: what was missed is read, once, and what came meanwhile follows.

use super::*;

#[test]
fn a_gap_is_read_once_and_what_came_meanwhile_follows_it() {
    let mut rig = Rig::new();
    let mut ann = rig.listen("ann", 4);
    assert_eq!(rig.tell(committed(entry(7))), [HubOutput::Read { key: key(), after: 4 }]);
    assert_eq!(rig.tell(committed(entry(8))), []);
    assert_eq!(rig.tell(HubInput::Hint { key: key(), seq: 9 }), []);
    assert_eq!(ann.hears_seqs(), [0; 0]);
    // The page ends before the last hint: the rest is read at once.
    let next = [HubOutput::Read { key: key(), after: 8 }];
    assert_eq!(rig.tell(HubInput::Range { key: key(), result: page(5..=7, 7) }), next);
    assert_eq!(ann.hears_seqs(), [5, 6, 7, 8]);
    assert_eq!(rig.tell(HubInput::Range { key: key(), result: page(9..=9, 9) }), []);
    assert_eq!(ann.hears_seqs(), [9]);
}

#[test]
fn a_read_that_fails_or_brings_nothing_is_repeated_a_little_later() {
    let mut rig = Rig::new();
    let mut ann = rig.listen("ann", 4);
    rig.tell(HubInput::Hint { key: key(), seq: 5 });
    for nothing in [Err(Unavailable), Ok(Page { head: 4, log_floor: 1, entries: Vec::new() })] {
        assert_eq!(rig.tell(HubInput::Range { key: key(), result: nothing }), []);
        assert_eq!(rig.hub.deadline(), rig.now.after(HUB_RETRY));
        assert_eq!(rig.tick_after(HUB_RETRY), [HubOutput::Read { key: key(), after: 4 }]);
    }
    rig.tell(HubInput::Range { key: key(), result: page(5..=5, 5) });
    assert_eq!(ann.hears_seqs(), [5]);
}

#[test]
fn listeners_are_told_how_far_the_stream_has_come_if_its_entries_were_pruned() {
    let mut rig = Rig::new();
    let mut ann = rig.listen("ann", 4);
    rig.tell(committed(entry(21)));
    let pruned = Ok(Page { head: 20, log_floor: 10, entries: Vec::new() });
    assert_eq!(rig.tell(HubInput::Range { key: key(), result: pruned }), []);
    let heard = ann.hears();
    assert!(matches!(heard[..], [Delivery::Head { seq: 20, .. }, Delivery::Entry(_)]), "{heard:?}");
}

#[test]
fn who_comes_late_is_told_and_who_is_ahead_has_the_rest_read() {
    let mut rig = Rig::new();
    let mut ann = rig.listen("ann", 4);
    rig.tell(committed(entry(5)));
    let mut bob = rig.listen("bob", 4);
    let heard = bob.hears();
    assert!(matches!(heard[..], [Delivery::Head { seq: 5, .. }]), "{heard:?}");
    let cid = rig.open(caller("cid"), 0);
    let streams = vec![(key().stream, 7)];
    let read = [HubOutput::Read { key: key(), after: 5 }];
    assert_eq!(rig.tell(HubInput::Listen { connection: cid.id, streams }), read);
    rig.tell(HubInput::Range { key: key(), result: page(6..=7, 7) });
    assert_eq!(ann.hears_seqs(), [5, 6, 7]);
}

#[test]
fn the_head_of_a_stream_is_looked_at_when_the_first_listens_and_from_then_on() {
    let mut rig = Rig::new();
    let ann = rig.open(caller("ann"), 0);
    let streams = vec![(key().stream, 4)];
    let heads = HubOutput::Heads(vec![key()]);
    assert_eq!(rig.tell(HubInput::Listen { connection: ann.id, streams }), std::slice::from_ref(&heads));
    assert_eq!(rig.tell(HubInput::Heads(Ok(vec![(key(), 6)]))), [HubOutput::Read { key: key(), after: 4 }]);
    assert!(rig.tick_after(HEADS_EVERY).contains(&heads));
    assert_eq!(rig.tell(HubInput::Lagged), std::slice::from_ref(&heads));
    // A look that failed is repeated before the next is due.
    rig.tell(HubInput::Heads(Err(Unavailable)));
    assert!(rig.tick_after(ROUND_RETRY).contains(&heads));
}
