//! Rule 7.

use super::*;

#[test]
fn rule_7_what_came_meanwhile_is_taken_after_what_was_fetched() {
    let mut machine = following(&[("a", 3)]);
    assert_eq!(does(&mut machine, verdict("a", Status::Reset, 10)), ["fetch 1 a to 10"]);
    for seq in 11..=13 {
        assert_eq!(does(&mut machine, entry("a", seq)), Vec::<String>::new());
    }
    assert_eq!(does(&mut machine, fetched("a", 1, 11)), ["reset a11", "a12", "a13"]);
    assert_eq!(does(&mut machine, entry("a", 14)), ["a14"]);
}

#[test]
fn rule_7_what_was_fetched_may_be_ahead_of_all_that_came() {
    let mut machine = following(&[("a", 3)]);
    does(&mut machine, verdict("a", Status::Reset, 10));
    does(&mut machine, entry("a", 11));
    assert_eq!(does(&mut machine, fetched("a", 1, 14)), ["reset a14"]);
    assert_eq!(does(&mut machine, entry("a", 12)), Vec::<String>::new());
    assert_eq!(does(&mut machine, entry("a", 15)), ["a15"]);
}

#[test]
fn rule_7_an_answer_that_is_too_old_is_fetched_again() {
    let mut machine = following(&[("a", 3)]);
    does(&mut machine, verdict("a", Status::Reset, 10));
    does(&mut machine, entry("a", 11));
    assert_eq!(does(&mut machine, fetched("a", 1, 9)), ["wait 0–0.2s for fetch 1 a"]);
    let again = Input::Due(Due::Fetch { stream: stream("a"), fetch: 1 });
    assert_eq!(does(&mut machine, again), ["fetch 1 a to 10"]);
    assert_eq!(does(&mut machine, fetched("a", 1, 10)), ["reset a10", "a11"]);
}

#[test]
fn rule_7_an_answer_of_another_epoch_is_fetched_again() {
    let mut machine = following(&[("a", 3)]);
    does(&mut machine, verdict("a", Status::Reset, 10));
    let done = does(&mut machine, fetched_of("two", "a", 1, 10));
    assert_eq!(done, ["wait 0–0.2s for fetch 1 a"]);
}

#[test]
fn rule_7_another_reset_begins_anew() {
    let mut machine = following(&[("a", 3)]);
    does(&mut machine, verdict("a", Status::Reset, 10));
    does(&mut machine, entry("a", 11));
    assert_eq!(does(&mut machine, verdict("a", Status::Reset, 20)), ["fetch 2 a to 20"]);
    assert_eq!(does(&mut machine, fetched("a", 1, 30)), Vec::<String>::new());
    does(&mut machine, entry("a", 21));
    assert_eq!(does(&mut machine, fetched("a", 2, 20)), ["reset a20", "a21"]);
}

#[test]
fn rule_7_a_reset_that_nobody_asked_for_brings_a_stream() {
    let mut machine = following(&[]);
    assert_eq!(does(&mut machine, verdict("b", Status::Reset, 4)), ["fetch 1 b to 4"]);
    assert_eq!(does(&mut machine, fetched("b", 1, 4)), ["reset b4"]);
}

#[test]
fn rule_7_what_is_kept_has_a_bound_beyond_which_the_fetch_has_to_reach_further() {
    let mut machine = following(&[("a", 3)]);
    does(&mut machine, verdict("a", Status::Reset, 10));
    let last = 10 + KEPT as u64 + 1;
    for seq in 11..=last + 1 {
        does(&mut machine, entry("a", seq));
    }
    assert_eq!(does(&mut machine, fetched("a", 1, last - 1)), ["wait 0–0.2s for fetch 1 a"]);
    let done = does(&mut machine, fetched("a", 1, last));
    assert_eq!(done, [format!("reset a{last}"), format!("a{}", last + 1)]);
}

#[test]
fn rule_9_a_fetch_that_fails_is_tried_again_later_and_later() {
    let mut machine = following(&[("a", 3)]);
    does(&mut machine, verdict("a", Status::Reset, 10));
    let failed = |retry_after| Input::NotFetched { stream: stream("a"), fetch: 1, retry_after };
    assert_eq!(does(&mut machine, failed(None)), ["wait 0–0.2s for fetch 1 a"]);
    assert_eq!(does(&mut machine, failed(None)), ["wait 0–0.4s for fetch 1 a"]);
    assert_eq!(does(&mut machine, failed(Some(SECOND))), ["wait 1–1.8s for fetch 1 a"]);
    assert_eq!(does(&mut machine, fetched("a", 1, 10)), ["reset a10"]);
}
