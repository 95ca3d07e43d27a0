//! Commands: each is answered once, in turn, within bounds.

use parlance_base::Kind;
use serde_json::value::to_raw_value;

use super::*;
use crate::realtime::{
    frame::CommandKind,
    limits::{BAD_FRAMES, FRAME_BYTES, TRUST, WAITING_FRAMES, WAITING_RESUMES},
};

fn reply(data: &Value) -> Input<'static> {
    Input::Reply(Ok(to_raw_value(data).unwrap()))
}

#[test]
fn commands_run_one_after_another_and_are_answered_in_order() {
    let mut rig = Rig::open(4);
    assert_eq!(rig.text("message.send", "1", &json!({})), [Want::Run(CommandKind::MessageSend)]);
    assert_eq!(rig.text("message.edit", "2", &json!({})), []);
    assert_eq!(rig.text("ping", "3", &json!({})), [ok("3")]);
    assert_eq!(rig.tell(reply(&json!({ "seq": 5 }))), [ok("1"), Want::Run(CommandKind::MessageEdit)]);
    let refusal = Error::new(Kind::Forbidden, "message.not_author", "not yours");
    assert_eq!(rig.tell(Input::Reply(Err(refusal))), [error("2", "message.not_author")]);
}

#[test]
fn commands_wait_until_the_caller_is_known_to_be_who_they_were() {
    let mut rig = Rig::open(4);
    rig.now = rig.now.after(TRUST + Duration::from_millis(1));
    assert_eq!(rig.text("message.send", "1", &json!({})), []);
    assert_eq!(rig.text("ping", "2", &json!({})), [ok("2")]);
    assert_eq!(rig.check(), [Want::Run(CommandKind::MessageSend)]);
}

#[test]
fn an_answer_carries_what_the_domain_said() {
    let mut rig = Rig::open(4);
    let mut out = Vec::new();
    rig.text("message.send", "1", &json!({}));
    rig.connection.handle(rig.now, reply(&json!({ "seq": 5 })), &mut out);
    let sent: Vec<_> = out
        .iter()
        .map(|output| if let Output::Send(text) = output { text.frame().text() } else { "" })
        .collect();
    assert_eq!(sent, [r#"{"type":"ok","id":"1","data":{"seq":5}}"#]);
}

#[test]
fn an_error_of_ours_tells_nothing_and_one_to_wait_says_how_long() {
    for (kind, said) in [
        (Kind::Internal, r#"{"code":"server.internal","message":"something went wrong on our side"}"#),
        (Kind::Invalid, r#"{"code":"c","message":"m"}"#),
        (
            Kind::TooMany { retry_after: Duration::from_secs(2) },
            r#"{"code":"c","message":"m","retry_after_ms":2000}"#,
        ),
    ] {
        let mut rig = Rig::open(4);
        let mut out = Vec::new();
        rig.text("message.send", "1", &json!({}));
        rig.connection.handle(rig.now, Input::Reply(Err(Error::new(kind, "c", "m"))), &mut out);
        let Some(Output::Send(text)) = out.first() else { panic!("{out:?}") };
        assert_eq!(text.frame().text(), format!(r#"{{"type":"error","id":"1","error":{said}}}"#));
    }
}

#[test]
fn a_command_without_an_id_is_carried_out_and_not_answered() {
    let mut rig = Rig::open(4);
    let wants = rig.tell(Input::Text(r#"{"type":"typing.start","data":{}}"#));
    assert_eq!(wants, [Want::Run(CommandKind::TypingStart)]);
    assert_eq!(rig.tell(reply(&json!({}))), []);
}

#[test]
fn frames_that_wait_have_a_bound() {
    let mut rig = Rig::open(4);
    let mut send = |kind: &str| rig.text(kind, "1", &json!({ "group_id": group() }));
    for _ in 0..WAITING_FRAMES {
        assert!(!send("message.send").contains(&error("1", "rate.limited")));
    }
    for kind in ["message.send", "group.watch"] {
        assert_eq!(send(kind), [error("1", "rate.limited")]);
    }
    assert_eq!(send("ping"), [error("1", "request.unknown_field")]);
    rig.tell(reply(&json!({})));
    assert_eq!(rig.text("message.send", "1", &json!({})), []);
}

#[test]
fn resumes_that_wait_have_a_bound_of_their_own() {
    let mut rig = Rig::open(4);
    for _ in 0..WAITING_RESUMES {
        assert!(!rig.resume_all("1", &[(other(), 4)]).contains(&error("1", "rate.limited")));
    }
    // One that needs no look waits for its turn, too.
    assert_eq!(rig.resume("1", 4), [error("1", "rate.limited")]);
    let wants = rig.tell(Input::Looked(Ok(Vec::new())));
    assert_eq!((wants.first(), wants.last()), (Some(&ok("1")), Some(&Want::Look(vec![other()]))));
    assert_eq!(rig.resume("1", 4), []);
}

#[test]
fn bad_frames_are_answered_until_they_are_too_many() {
    let mut rig = Rig::open(4);
    for _ in 0..BAD_FRAMES {
        assert_eq!(rig.text("fly", "1", &json!({})), [error("1", "frame.unknown_type")]);
    }
    let wants = rig.text("fly", "1", &json!({}));
    assert_eq!(wants, [error("1", "frame.unknown_type"), Want::Close(CloseCode::BadFrames)]);
}

#[test]
fn what_no_frame_may_be_closes() {
    let large = "x".repeat(FRAME_BYTES + 1);
    for (input, code) in [
        (Input::Binary, CloseCode::Binary),
        (Input::Oversize, CloseCode::Oversize),
        (Input::Text(&large), CloseCode::Oversize),
    ] {
        assert_eq!(Rig::open(4).tell(input), [Want::Close(code)]);
    }
}
