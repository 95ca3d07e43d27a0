//! Rule 10.

use super::*;

#[test]
fn rule_10_what_was_being_fetched_is_forgotten_and_ready_brings_it_back() {
    let mut machine = following(&[("a", 3), ("b", 1)]);
    does(&mut machine, verdict("a", Status::Reset, 10));
    does(&mut machine, ended(None));
    assert_eq!(does(&mut machine, fetched("a", 1, 10)), Vec::<String>::new());
    let done = does(&mut machine, ready(&[("a", 12), ("b", 1)]));
    assert_eq!(done, ["fetch 2 a to 12", "connected", "2: resume b1"]);
    assert_eq!(does(&mut machine, fetched("a", 2, 12)), ["reset a12"]);
}

#[test]
fn rule_10_what_was_being_fetched_and_does_not_come_back_is_gone_for_the_application() {
    let mut machine = following(&[("a", 3)]);
    does(&mut machine, verdict("a", Status::Reset, 10));
    does(&mut machine, verdict("b", Status::Reset, 1));
    does(&mut machine, ended(None));
    assert_eq!(does(&mut machine, ready(&[])), ["connected", "gone a"]);
    does(&mut machine, ended(None));
    assert_eq!(does(&mut machine, ready(&[])), ["connected"]);
}

#[test]
fn rule_10_resumes_without_an_answer_are_sent_again() {
    let mut machine = holding(&[("a", 3)]);
    does(&mut machine, ready(&[("a", 3)]));
    does(&mut machine, ended(None));
    assert_eq!(does(&mut machine, ready(&[("a", 3)])), ["connected", "2: resume a3"]);
    assert_eq!(does(&mut machine, ok("1")), Vec::<String>::new());
    assert_eq!(does(&mut machine, entry("a", 4)), Vec::<String>::new());
    does(&mut machine, ok("2"));
    assert_eq!(does(&mut machine, entry("a", 4)), ["a4"]);
}

#[test]
fn rule_10_the_wait_grows_from_one_second_to_thirty() {
    let mut machine = holding(&[]);
    let waits: Vec<String> = (0..7).map(|_| does(&mut machine, ended(None)).remove(1)).collect();
    let expected = [1, 2, 4, 8, 16, 30, 30].map(|most| format!("connect after 0–{most}s"));
    assert_eq!(waits, expected);
}

#[test]
fn rule_10_after_a_connection_that_lasted_it_begins_with_the_shortest_wait() {
    let mut machine = holding(&[]);
    for _ in 0..3 {
        does(&mut machine, ended(None));
    }
    let short = Input::Ended { code: None, lasted: 5 * SECOND };
    assert_eq!(does(&mut machine, short), ["lost", "connect after 0–8s"]);
    let long = Input::Ended { code: Some(4008), lasted: 60 * SECOND };
    assert_eq!(does(&mut machine, long), ["closed 4008", "connect after 0–1s"]);
}

#[test]
fn rule_10_a_node_that_shuts_down_says_how_long_to_wait() {
    let mut machine = following(&[]);
    let shutdown = Frame::Shutdown { reconnect_after: 3 * SECOND };
    assert_eq!(does(&mut machine, frame(shutdown)), Vec::<String>::new());
    assert_eq!(does(&mut machine, ended(Some(4011))), ["closed 4011", "connect after 3s"]);
    assert_eq!(does(&mut machine, ended(None)), ["lost", "connect after 0–1s"]);
}

#[test]
fn rule_10_without_credentials_or_a_place_nobody_connects_by_themselves() {
    for code in [4001, 4003, 4010] {
        let mut machine = following(&[("a", 3)]);
        assert_eq!(does(&mut machine, ended(Some(code))), [format!("closed {code}"), "stop".to_owned()]);
        assert_eq!(does(&mut machine, ready(&[("a", 3)])), ["connected", "2: resume a3"]);
    }
    for code in [1003, 1008, 1009, 1011, 4008, 4009, 4011, 4029] {
        let done = does(&mut following(&[]), ended(Some(code)));
        assert_eq!(done, [format!("closed {code}"), "connect after 0–1s".to_owned()]);
    }
}
