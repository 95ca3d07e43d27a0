//! Rules 1 to 3 and 11.

use super::*;

#[test]
fn rule_1_nothing_is_sent_before_the_whole_of_ready_has_come() {
    let mut machine = holding(&[("a", 3)]);
    assert_eq!(does(&mut machine, message(1, "a", "hi")), Vec::<String>::new());
    assert_eq!(does(&mut machine, ready_of("one", &[("a", 3)], true)), Vec::<String>::new());
    assert_eq!(does(&mut machine, watch(2, "b")), ["settled 2: there is no connection"]);
    let done = does(&mut machine, ready_of("one", &[], false));
    assert_eq!(done, ["connected", "1: resume a3", "2: send a hi"]);
}

#[test]
fn rule_2_a_stream_in_ready_that_is_not_held_is_fetched() {
    let mut machine = holding(&[]);
    assert_eq!(does(&mut machine, ready(&[("a", 7)])), ["fetch 1 a to 7", "connected"]);
    assert_eq!(does(&mut machine, fetched("a", 1, 7)), ["reset a7"]);
    assert_eq!(does(&mut machine, entry("a", 8)), ["a8"]);
}

#[test]
fn rule_3_what_is_held_is_resumed_whether_ready_names_it_or_not() {
    let mut machine = holding(&[("a", 3), ("b", 4)]);
    assert_eq!(does(&mut machine, ready(&[("a", 9)])), ["connected", "1: resume a3 b4"]);
}

#[test]
fn rule_3_what_is_being_fetched_is_not_resumed() {
    let mut machine = holding(&[("a", 3)]);
    let done = does(&mut machine, ready(&[("a", 3), ("b", 5)]));
    assert_eq!(done, ["fetch 1 b to 5", "connected", "1: resume a3"]);
}

#[test]
fn rule_3_a_frame_has_cursors_of_one_epoch() {
    let mut machine = holding(&[("a", 3), ("b", 4)]);
    machine.held.get_mut(&stream("b")).unwrap().place = held::Place::At { epoch: epoch("two"), seq: 4 };
    let mut done = does(&mut machine, ready(&[]));
    done.sort_by_key(|said| said.replace("1: ", "").replace("2: ", ""));
    assert_eq!(done[0], "connected");
    assert!(done[1].ends_with("resume a3") && done[2].ends_with("resume b4 of two"), "{done:?}");
}

#[test]
fn rule_3_a_frame_has_at_most_a_thousand_cursors_and_only_so_many_wait_at_once() {
    let mut machine = holding(&[]);
    for n in 0..9_500 {
        let cursor = Cursor { kind: StreamKind::Group, epoch: epoch("one"), seq: 1 };
        machine.held.insert(StreamId::derived(&[&n.to_string()]), Held::at(cursor));
    }
    let count = |outputs: &[Output]| -> Vec<usize> {
        let cursors = |output: &Output| match output {
            Output::Send { command: Command::Resume { cursors, .. }, .. } => Some(cursors.len()),
            _ => None,
        };
        outputs.iter().filter_map(cursors).collect()
    };
    assert_eq!(count(&machine.handle(ready(&[]))), [1_000; IN_FLIGHT]);
    assert_eq!(count(&machine.handle(ok("1"))), [1_000]);
    assert_eq!(count(&machine.handle(ok("2"))), [500]);
    assert_eq!(count(&machine.handle(ok("3"))), Vec::<usize>::new());
}

#[test]
fn rule_11_groups_that_were_watched_and_are_not_held_are_watched_again() {
    let mut machine = following(&[]);
    assert_eq!(does(&mut machine, watch(7, "b")), ["1: watch b"]);
    assert_eq!(does(&mut machine, ok("1")), ["watched b", "settled 7: done"]);
    assert_eq!(does(&mut machine, verdict("b", Status::Reset, 5)), ["fetch 1 b to 5"]);
    does(&mut machine, ended(None));
    assert_eq!(does(&mut machine, ready(&[])), ["connected", "2: watch b"]);
    assert_eq!(does(&mut machine, ok("2")), Vec::<String>::new());
    assert_eq!(does(&mut machine, verdict("b", Status::Reset, 6)), ["fetch 2 b to 6"]);
    does(&mut machine, fetched("b", 2, 6));
    does(&mut machine, ended(None));
    assert_eq!(does(&mut machine, ready(&[])), ["connected", "3: resume b6"]);
}

#[test]
fn rule_11_what_may_not_be_watched_any_more_is_gone() {
    let mut machine = holding(&[]);
    machine.watched.insert(stream("a"));
    assert_eq!(does(&mut machine, ready(&[])), ["connected", "1: watch a"]);
    assert_eq!(does(&mut machine, error("1", "group.not_found", None)), ["gone a"]);
    does(&mut machine, ended(None));
    assert_eq!(does(&mut machine, ready(&[])), ["connected"]);
}

#[test]
fn rule_11_watching_again_is_tried_again_after_a_refusal_that_passes() {
    let mut machine = holding(&[]);
    machine.watched.insert(stream("a"));
    does(&mut machine, ready(&[]));
    let refused = does(&mut machine, error("1", "rate.limited", Some(SECOND)));
    assert_eq!(refused, ["wait 1–1.5s for watch a"]);
    assert_eq!(does(&mut machine, Input::Due(Due::Watch(stream("a")))), ["2: watch a"]);
}

#[test]
fn rule_11_what_is_not_watched_any_longer_is_not_watched_again() {
    let mut machine = following(&[]);
    does(&mut machine, watch(1, "a"));
    does(&mut machine, ok("1"));
    let unwatch = command(2, Command::Unwatch { group_id: stream("a") });
    assert_eq!(does(&mut machine, unwatch), ["2: unwatch a"]);
    assert_eq!(does(&mut machine, ok("2")), ["unwatched a", "settled 2: done"]);
    does(&mut machine, ended(None));
    assert_eq!(does(&mut machine, ready(&[])), ["connected"]);
}
