//! Rules 4, 5, 8 and 9.

use super::*;

#[test]
fn rule_4_from_resume_to_its_ok_entries_and_verdicts_are_ignored() {
    let mut machine = holding(&[("a", 3)]);
    does(&mut machine, ready(&[("a", 5)]));
    for ignored in [
        entry("a", 4),
        entry("a", 6),
        verdict("a", Status::Reset, 6),
        verdict("a", Status::Current, 3),
        verdict("a", Status::Gone, 0),
    ] {
        assert_eq!(does(&mut machine, ignored), Vec::<String>::new());
    }
    does(&mut machine, ok("1"));
    assert_eq!(does(&mut machine, entry("a", 4)), ["a4"]);
}

#[test]
fn rule_4_only_the_named_streams_are_ignored() {
    let mut machine = holding(&[("a", 3)]);
    does(&mut machine, ready(&[("a", 3), ("b", 5)]));
    does(&mut machine, fetched("b", 1, 5));
    assert_eq!(does(&mut machine, entry("b", 6)), ["b6"]);
}

#[test]
fn rule_4_the_ok_to_the_last_resume_counts() {
    let mut machine = following(&[("a", 3)]);
    machine.resume(stream("a"));
    machine.resume(stream("a"));
    assert_eq!(does(&mut machine, ok("2")), ["2: resume a3", "3: resume a3"]);
    assert_eq!(does(&mut machine, entry("a", 4)), Vec::<String>::new());
    does(&mut machine, ok("3"));
    assert_eq!(does(&mut machine, entry("a", 4)), ["a4"]);
}

#[test]
fn rule_4_an_error_rewinds_nothing_and_it_is_resumed_again() {
    let mut machine = holding(&[("a", 3)]);
    does(&mut machine, ready(&[("a", 5)]));
    let refused = does(&mut machine, error("1", "rate.limited", Some(2 * SECOND)));
    assert_eq!(refused, ["wait 2–3s for resume a"]);
    assert_eq!(does(&mut machine, entry("a", 4)), Vec::<String>::new());
    let due = Input::Due(Due::Resume(vec![stream("a")]));
    assert_eq!(does(&mut machine, due.clone()), ["2: resume a3"]);
    assert_eq!(does(&mut machine, due), Vec::<String>::new());
    does(&mut machine, ok("2"));
    assert_eq!(does(&mut machine, entry("a", 4)), ["a4"]);
}

#[test]
fn rule_5_after_the_ok_the_next_entry_is_the_one_after_the_cursor() {
    let mut machine = following(&[("a", 3)]);
    assert_eq!(does(&mut machine, entry("a", 4)), ["a4"]);
    assert_eq!(does(&mut machine, verdict("a", Status::Replayed, 4)), Vec::<String>::new());
    assert_eq!(does(&mut machine, entry("a", 5)), ["a5"]);
}

#[test]
fn rule_5_a_confirmed_cursor_is_of_the_connections_epoch() {
    for status in [Status::Current, Status::Replayed] {
        let mut machine = holding(&[("a", 3)]);
        assert_eq!(does(&mut machine, ready_of("two", &[("a", 3)], false)), ["connected", "1: resume a3"]);
        does(&mut machine, ok("1"));
        assert_eq!(does(&mut machine, verdict("a", status, 3)), ["confirmed a"]);
        does(&mut machine, ended(None));
        let again = does(&mut machine, ready_of("two", &[("a", 3)], false));
        assert_eq!(again, ["connected", "2: resume a3 of two"]);
    }
}

#[test]
fn rule_5_an_unconfirmed_cursor_keeps_its_epoch() {
    let mut machine = holding(&[("a", 3)]);
    does(&mut machine, ready_of("two", &[("a", 3)], false));
    does(&mut machine, ok("1"));
    does(&mut machine, ended(None));
    let again = does(&mut machine, ready_of("two", &[("a", 3)], false));
    assert_eq!(again, ["connected", "2: resume a3"]);
}

#[test]
fn rule_8_what_is_gone_is_forgotten() {
    let mut machine = following(&[("a", 3)]);
    assert_eq!(does(&mut machine, verdict("a", Status::Gone, 0)), ["gone a"]);
    assert_eq!(does(&mut machine, entry("a", 4)), Vec::<String>::new());
    assert_eq!(does(&mut machine, verdict("a", Status::Gone, 0)), Vec::<String>::new());
    does(&mut machine, ended(None));
    assert_eq!(does(&mut machine, ready(&[])), ["connected"]);
}

#[test]
fn rule_8_what_is_gone_is_not_watched_any_more() {
    let mut machine = following(&[]);
    does(&mut machine, watch(1, "a"));
    does(&mut machine, ok("1"));
    does(&mut machine, verdict("a", Status::Reset, 1));
    assert_eq!(does(&mut machine, verdict("a", Status::Gone, 0)), ["gone a"]);
    does(&mut machine, ended(None));
    assert_eq!(does(&mut machine, ready(&[])), ["connected"]);
}

#[test]
fn rule_8_the_fetch_of_what_is_gone_changes_nothing() {
    let mut machine = following(&[("a", 3)]);
    does(&mut machine, verdict("a", Status::Reset, 5));
    assert_eq!(does(&mut machine, verdict("a", Status::Gone, 0)), ["gone a"]);
    assert_eq!(does(&mut machine, fetched("a", 1, 5)), Vec::<String>::new());
    let again = Input::Due(Due::Fetch { stream: stream("a"), fetch: 1 });
    assert_eq!(does(&mut machine, again), Vec::<String>::new());
}

#[test]
fn rule_9_a_verdict_that_is_not_known_decides_nothing() {
    let mut machine = following(&[("a", 3)]);
    assert_eq!(does(&mut machine, verdict("a", Status::Unknown, 9)), Vec::<String>::new());
    assert_eq!(does(&mut machine, entry("a", 4)), ["a4"]);
}
