//! What a client missed is brought, and then live flow, without a seam.

use super::*;
use crate::realtime::limits::TRUST;

#[test]
fn live_flow_starts_after_ready_and_repeats_are_dropped() {
    let mut rig = Rig::open(4);
    assert_eq!(rig.live(entry(4)), []);
    assert_eq!(rig.live(entry(5)), entries(5..=5));
    assert_eq!(rig.live(entry(5)), []);
    assert_eq!(rig.live(entry(6)), entries(6..=6));
}

#[test]
fn what_the_hub_cannot_hand_over_is_read() {
    for delivery in [Delivery::Head { stream: group(), seq: 7 }, Delivery::Entry(entry(7))] {
        let mut rig = Rig::open(4);
        assert_eq!(rig.tell(Input::Live(delivery)), [Want::Read(group(), 4)]);
        // What comes meanwhile is read as well, or is next once the page has been sent.
        assert_eq!(rig.live(entry(8)), []);
        let wants = rig.tell(page(5..=6, 8));
        assert_eq!(wants, [entries(5..=6), vec![Want::Read(group(), 6)]].concat());
        assert_eq!(rig.tell(page(7..=8, 8)), entries(7..=8));
        assert_eq!(rig.live(entry(8)), []);
        assert_eq!(rig.live(entry(9)), entries(9..=9));
    }
}

#[test]
#[expect(clippy::reversed_empty_ranges, reason = "nothing is there, from here on")]
fn a_replay_goes_live_where_the_hub_is_whatever_comes_meanwhile() {
    // Live entries that come before the page, those that the page holds, and the first that comes after it.
    for (meanwhile, in_page, then) in [
        (9..=8, 6..=8, 9),
        (9..=9, 6..=9, 10),
        (9..=11, 6..=11, 12),
        (9..=10, 6..=12, 11),
        (7..=9, 6..=9, 10),
    ] {
        let mut rig = Rig::replaying(5, 8);
        for seq in meanwhile.clone() {
            assert_eq!(rig.live(entry(seq)), [], "{meanwhile:?}");
        }
        let reached = *in_page.end();
        let wants = rig.tell(page(in_page.clone(), reached));
        assert_eq!(
            wants,
            [entries(in_page), vec![resumed("replayed", Some(reached))]].concat(),
            "{meanwhile:?}"
        );
        for seq in then..=reached {
            assert_eq!(rig.live(entry(seq)), [], "{meanwhile:?}");
        }
        let next = reached + 1;
        assert_eq!(rig.live(entry(next)), entries(next..=next), "{meanwhile:?}");
    }
}

#[test]
fn a_live_entry_that_is_next_is_sent_in_mid_replay_and_the_page_does_not_repeat_it() {
    let mut rig = Rig::replaying(5, 8);
    assert_eq!(rig.live(entry(6)), entries(6..=6));
    assert_eq!(rig.tell(page(6..=8, 8)), [entries(7..=8), vec![resumed("replayed", Some(8))]].concat());
}

#[test]
fn streams_replay_in_turn() {
    let stream = |name: &str| Standing { stream: StreamId::derived(&[name]), ..standing(10) };
    let (one, two) = (stream("one"), stream("two"));
    let mut rig = Rig::following(vec![one, two]);
    let first = rig.resume_all("r", &[(one.stream, 5), (two.stream, 5)]).pop();
    let of = |stream: StreamId, seq: u64| {
        let key = StreamKey { stream, ..entry(1).key };
        Arc::new(Live {
            key,
            seq,
            frame: format!(r#"{{"type":"entry","seq":{seq}}}"#).into(),
            withheld: Vec::new(),
            audience: None,
        })
    };
    let Some(Want::Read(first, 5)) = first else { panic!("{first:?}") };
    let page = Page { head: 10, log_floor: 1, entries: vec![of(first, 6)] };
    let wants = rig.tell(Input::Page(Ok(page)));
    let other = if first == one.stream { two.stream } else { one.stream };
    assert_eq!(wants, [entries(6..=6), vec![Want::Read(other, 5)]].concat());
}

#[test]
fn a_later_resume_ends_the_replay_of_an_earlier_one() {
    let mut rig = Rig::replaying(5, 8);
    assert_eq!(rig.tell(page(6..=7, 8)), [entries(6..=7), vec![Want::Read(group(), 7)]].concat());
    assert_eq!(rig.resume("s", 3), [ok("s")]);
    // The page of the earlier replay is of no use any more; there is one `replayed`, for the later.
    assert_eq!(rig.tell(page(8..=8, 8)), [Want::Read(group(), 3)]);
    assert_eq!(rig.tell(page(4..=8, 8)), [entries(4..=8), vec![resumed("replayed", Some(8))]].concat());
}

#[test]
fn a_page_that_fails_is_read_again_until_the_connection_gives_up() {
    let mut rig = Rig::replaying(5, 8);
    let mut waits = Vec::new();
    loop {
        let before = rig.now;
        let wants = rig.tell(Input::Page(Err(Unavailable)));
        if !wants.is_empty() {
            assert_eq!(wants, [Want::Close(CloseCode::Unavailable)]);
            break;
        }
        rig.check();
        assert_eq!(rig.tick(), [Want::Read(group(), 5)]);
        waits.push(rig.now.since(before).as_millis());
    }
    assert_eq!(waits, [100, 200, 400, 800, 1_600, 3_200]);
}

#[test]
fn a_page_that_brings_nothing_counts_as_failed() {
    let mut rig = Rig::replaying(5, 8);
    assert_eq!(rig.tell(Input::Page(Ok(Page { head: 5, log_floor: 1, entries: Vec::new() }))), []);
    assert_eq!(rig.tick(), [Want::Read(group(), 5)]);
}

#[test]
fn a_stream_that_was_pruned_while_it_replays_is_resumed_anew() {
    let mut rig = Rig::replaying(5, 8);
    let pruned = Page { head: 8, log_floor: 7, entries: Vec::new() };
    assert_eq!(rig.tell(Input::Page(Ok(pruned))), [Want::Close(CloseCode::SlowConsumer)]);
}

#[test]
fn a_caller_whose_check_is_old_receives_nothing_until_the_next() {
    let mut rig = Rig::replaying(5, 8);
    rig.now = rig.now.after(TRUST);
    assert!(rig.connection.wants_live(rig.now));
    rig.now = rig.now.after(Duration::from_millis(1));
    assert!(!rig.connection.wants_live(rig.now));
    // Neither a page nor, should it be handed over all the same, an entry.
    assert_eq!(rig.tell(page(6..=8, 8)), []);
    assert_eq!(rig.live(entry(9)), []);
    assert_eq!(rig.resume("s", 5), []);
    assert_eq!(rig.check(), [ok("s"), Want::Read(group(), 5)]);
    let wants = rig.tell(page(6..=9, 9));
    assert_eq!(wants, [entries(6..=9), vec![resumed("replayed", Some(9))]].concat());
}
