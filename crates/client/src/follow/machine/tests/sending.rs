//! Rule 13, and the other commands.

use super::*;

#[test]
fn rule_13_a_message_is_sent_again_on_the_next_connection() {
    let mut machine = following(&[]);
    assert_eq!(does(&mut machine, message(1, "a", "hi")), ["1: send a hi"]);
    assert_eq!(does(&mut machine, ended(None)), ["lost", "connect after 0–1s"]);
    assert_eq!(does(&mut machine, ready(&[])), ["connected", "2: send a hi"]);
    assert_eq!(does(&mut machine, ok("1")), Vec::<String>::new());
    assert_eq!(does(&mut machine, ok("2")), ["settled 1: done"]);
    does(&mut machine, ended(None));
    assert_eq!(does(&mut machine, ready(&[])), ["connected"]);
}

#[test]
fn rule_13_a_refusal_that_passes_is_waited_out() {
    let mut machine = following(&[]);
    does(&mut machine, message(1, "a", "hi"));
    let refused = does(&mut machine, error("1", "rate.limited", Some(SECOND)));
    assert_eq!(refused, ["wait 1–1.5s for message a"]);
    let due = Input::Due(Due::Message(stream("a")));
    assert_eq!(does(&mut machine, due.clone()), ["2: send a hi"]);
    assert_eq!(does(&mut machine, due), Vec::<String>::new());
    assert_eq!(does(&mut machine, ok("2")), ["settled 1: done"]);
}

#[test]
fn rule_13_a_refusal_that_stays_settles_a_message() {
    let mut machine = following(&[]);
    does(&mut machine, message(1, "a", "hi"));
    does(&mut machine, message(2, "a", "there"));
    let refused = does(&mut machine, error("1", "group.read_only", None));
    assert_eq!(refused, ["settled 1: group.read_only", "2: send a there"]);
}

#[test]
fn rule_13_no_message_overtakes_another_of_its_group() {
    let mut machine = following(&[]);
    assert_eq!(does(&mut machine, message(1, "a", "one")), ["1: send a one"]);
    assert_eq!(does(&mut machine, message(2, "a", "two")), Vec::<String>::new());
    assert_eq!(does(&mut machine, message(3, "b", "else")), ["2: send b else"]);
    does(&mut machine, error("1", "store.unavailable", Some(SECOND)));
    assert_eq!(does(&mut machine, Input::Due(Due::Message(stream("a")))), ["3: send a one"]);
    assert_eq!(does(&mut machine, ok("3")), ["settled 1: done", "4: send a two"]);
}

#[test]
fn rule_13_what_waits_has_a_bound() {
    let mut machine = holding(&[]);
    for ticket in 0..MESSAGES as u64 {
        assert_eq!(does(&mut machine, message(ticket, "a", "hi")), Vec::<String>::new());
    }
    assert_eq!(does(&mut machine, message(9_999, "a", "hi")), ["settled 9999: too much is waiting already"]);
}

#[test]
fn a_command_is_settled_once_whatever_happens() {
    let mut machine = following(&[]);
    let ping = |ticket| command(ticket, Command::Ping);
    assert_eq!(does(&mut machine, ping(1)), ["1: Ping"]);
    assert_eq!(does(&mut machine, ok("1")), ["settled 1: done"]);
    assert_eq!(does(&mut machine, ok("1")), Vec::<String>::new());
    does(&mut machine, ping(2));
    let ended = does(&mut machine, ended(Some(4009)));
    assert_eq!(ended[0], "settled 2: the socket has ended with Some(4009)");
    assert_eq!(does(&mut machine, ping(3)), ["settled 3: there is no connection"]);
}

#[test]
fn only_so_many_commands_wait_for_their_answer_and_only_so_many_to_be_sent() {
    let mut machine = following(&[]);
    let mut ping = |ticket| does(&mut machine, command(ticket, Command::Ping));
    let sent = (0..IN_FLIGHT as u64).flat_map(&mut ping).count();
    assert_eq!(sent, IN_FLIGHT);
    for ticket in 0..COMMANDS as u64 {
        assert_eq!(ping(100 + ticket), Vec::<String>::new());
    }
    assert_eq!(ping(999), ["settled 999: too much is waiting already"]);
    assert_eq!(does(&mut machine, ok("1")), ["settled 0: done", "9: Ping"]);
}

#[test]
fn the_machine_alone_resumes() {
    let mut machine = following(&[]);
    let resume = Command::Resume { epoch: epoch("one"), cursors: [].into() };
    let refused = does(&mut machine, command(1, resume));
    assert_eq!(refused, ["settled 1: the request cannot be made: the follower alone sends such frames"]);
}
