//! Rule 6, and what a client writes down.

use super::*;
use crate::socket::Typing;

#[test]
fn rule_6_the_entry_after_the_cursor_is_taken_once() {
    let mut machine = following(&[("a", 3)]);
    assert_eq!(does(&mut machine, entry("a", 4)), ["a4"]);
    for old in [4, 3, 1] {
        assert_eq!(does(&mut machine, entry("a", old)), Vec::<String>::new());
    }
    assert_eq!(does(&mut machine, entry("a", 5)), ["a5"]);
}

#[test]
fn rule_6_an_entry_of_an_unknown_type_counts() {
    let mut machine = following(&[("a", 3)]);
    assert_eq!(does(&mut machine, entry_of("message.sung", "a", 4)), ["a4"]);
    assert_eq!(does(&mut machine, entry("a", 5)), ["a5"]);
}

#[test]
fn rule_6_after_a_gap_the_stream_is_resumed() {
    let mut machine = following(&[("a", 3), ("b", 1)]);
    assert_eq!(does(&mut machine, entry("a", 5)), ["2: resume a3"]);
    assert_eq!(does(&mut machine, entry("a", 6)), Vec::<String>::new());
    assert_eq!(does(&mut machine, entry("b", 2)), ["b2"]);
    does(&mut machine, ok("2"));
    assert_eq!(does(&mut machine, entry("a", 4)), ["a4"]);
}

#[test]
fn rule_6_an_entry_of_a_stream_that_is_not_held_is_passed_over() {
    let mut machine = following(&[("a", 3)]);
    assert_eq!(does(&mut machine, entry("b", 1)), Vec::<String>::new());
}

#[test]
fn what_is_not_numbered_is_told_as_it_comes() {
    let mut machine = following(&[("a", 3)]);
    let typing = Typing { group_id: stream("a"), user_id: UserId::derived(&["u"]), active: true };
    assert_eq!(does(&mut machine, frame(Frame::Typing(typing))), ["typing a"]);
    assert_eq!(does(&mut machine, frame(Frame::Other(json!({})))), Vec::<String>::new());
}

#[test]
fn the_state_follows_the_events_and_is_where_another_machine_goes_on() {
    let mut machine = holding(&[]);
    let mut state = State::default();
    let inputs = [
        ready_of("two", &[("a", 3), ("b", 7)], false),
        entry("a", 4),
        fetched_of("two", "a", 1, 3),
        fetched_of("two", "b", 2, 7),
        entry("a", 5),
        verdict("b", Status::Gone, 0),
        watch(1, "c"),
        ok("1"),
    ];
    for output in inputs.into_iter().flat_map(|input| machine.handle(input)) {
        if let Output::Tell(event) = output {
            state.apply(&event);
        }
    }
    let cursor = Cursor { kind: StreamKind::Group, epoch: epoch("two"), seq: 5 };
    let expected = State { streams: [(stream("a"), cursor)].into(), watched: [stream("c")].into() };
    assert_eq!(state, expected);
    let written = serde_json::to_string(&state).unwrap();
    assert_eq!(serde_json::from_str::<State>(&written).unwrap(), expected);
    let mut other = Machine::new(&state, Backoff { first: SECOND, most: SECOND });
    let done = does(&mut other, ready_of("two", &[("a", 9)], false));
    assert_eq!(done, ["connected", "1: resume a5 of two", "2: watch c"]);
}
