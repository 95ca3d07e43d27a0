//! What is stored nowhere: who is handed it, and who does without.

use super::*;
use crate::realtime::{Frame, limits::QUEUE_BYTES};

fn frame(bytes: usize) -> Frame {
    "x".repeat(bytes).into()
}

fn typing(except: Option<&str>) -> HubInput {
    let except = except.map(|name| caller(name).user);
    HubInput::Volatile { key: key(), except, frame: frame(10) }
}

/// Whether the one thing heard, if anything was, is of the group and stored nowhere.
fn hears_typing(ear: &mut Ear) -> bool {
    match &ear.hears()[..] {
        [] => false,
        [Delivery::Volatile(volatile)] => volatile.stream == key().stream,
        other => panic!("heard {other:?}"),
    }
}

#[test]
fn those_who_listen_hear_it_but_not_whose_it_is_nor_who_does_not_listen() {
    let mut rig = Rig::new();
    let streams = || vec![(key().stream, 0)];
    let (mut ann, mut bob) = (rig.listen("ann", 0), rig.listen("bob", 0));
    let mut anns_phone = rig.open(caller("ann"), 1);
    rig.tell(HubInput::Listen { connection: anns_phone.id, streams: streams() });
    let mut cid = rig.open(caller("cid"), 0);
    let mut dan = rig.listen("dan", 0);
    rig.tell(HubInput::Unlisten { connection: dan.id, stream: key().stream });
    let mut stranger =
        rig.open(CallerRef { workspace: WorkspaceId::derived(&["other"]), ..caller("bob") }, 0);
    rig.tell(HubInput::Listen { connection: stranger.id, streams: streams() });

    assert_eq!(rig.tell(typing(Some("ann"))), []);
    let mut ears = [&mut ann, &mut anns_phone, &mut bob, &mut cid, &mut dan, &mut stranger];
    assert_eq!(ears.each_mut().map(|ear| hears_typing(ear)), [false, false, true, false, false, false]);

    // What is nobody's own goes to all who listen, however many connections its like has.
    rig.tell(typing(None));
    assert_eq!(ears.each_mut().map(|ear| hears_typing(ear)), [true, true, true, false, false, false]);
}

#[test]
fn who_is_behind_does_without_and_stays_connected() {
    let mut rig = Rig::new();
    let (mut slow, mut quick) = (rig.listen("slow", 0), rig.listen("quick", 0));
    let half = QUEUE_FRAMES as u64 / 2;
    for seq in 1..=half {
        rig.tell(committed(entry(seq)));
    }
    assert_eq!(quick.hears_seqs().len() as u64, half);
    for _ in 0..QUEUE_FRAMES {
        rig.tell(typing(None));
        assert!(hears_typing(&mut quick));
    }
    // The half that is left is for what must not get lost.
    for seq in half + 1..=half * 2 {
        rig.tell(committed(entry(seq)));
    }
    rig.tell(typing(None));
    assert_eq!(slow.closed(), None);
    assert_eq!(slow.hears_seqs(), (1..=half * 2).collect::<Vec<_>>());
    rig.tell(typing(None));
    assert!(hears_typing(&mut slow));
}

#[test]
fn it_takes_no_more_than_half_of_a_queue_of_those_who_hear_nothing_else() {
    let mut rig = Rig::new();
    let mut idle = rig.listen("idle", 0);
    for _ in 0..QUEUE_FRAMES * 2 {
        rig.tell(typing(None));
    }
    assert_eq!(idle.inbox.waiting().0, QUEUE_FRAMES / 2);
    idle.hears();
    for _ in 0..QUEUE_FRAMES {
        rig.tell(HubInput::Volatile { key: key(), except: None, frame: frame(QUEUE_BYTES / 10) });
    }
    assert_eq!(idle.inbox.waiting().1, QUEUE_BYTES / 10 * 5);
    let large =
        Live { key: key(), seq: 1, frame: frame(QUEUE_BYTES / 2), withheld: Vec::new(), audience: None };
    rig.tell(committed(Arc::new(large)));
    assert_eq!((idle.closed(), idle.inbox.waiting().0), (None, 6));
}
