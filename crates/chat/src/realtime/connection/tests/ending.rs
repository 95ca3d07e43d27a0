//! How a connection ends, and what it still answers then.

use serde_json::value::to_raw_value;

use super::*;
use crate::realtime::{
    frame::CommandKind,
    limits::{DRAIN_WITHIN, SILENCE},
};

const SHUTDOWN: Input<'static> = Input::Shutdown { reconnect_after: Duration::from_millis(700) };

fn shutdown() -> Want {
    Want::Frame("server.shutdown".to_owned(), json!({ "reconnect_after_ms": 700 }))
}

fn closing(id: &str) -> Want {
    error(id, "connection.closing")
}

#[test]
fn the_server_pings_and_a_silent_client_is_let_go() {
    let mut rig = Rig::open(4);
    assert_eq!(rig.tick(), [Want::Ping]);
    assert_eq!(rig.now, Time::default().after(PING_EVERY));
    assert_eq!(rig.tick(), [Want::Ping]);
    assert_eq!(rig.tell(Input::Alive), []);
    let heard = rig.now;
    assert_eq!((rig.tick(), rig.tick()), (vec![Want::Ping], vec![Want::Ping]));
    assert_eq!(rig.tick(), [Want::Close(CloseCode::HeartbeatMissed)]);
    assert_eq!(rig.now, heard.after(SILENCE));
}

#[test]
fn a_connection_without_work_shuts_down_at_once() {
    let mut rig = Rig::open(4);
    assert_eq!(rig.tell(SHUTDOWN), [shutdown(), Want::Close(CloseCode::ShuttingDown)]);
}

#[test]
fn a_connection_that_shuts_down_answers_what_it_can() {
    let mut rig = Rig::open(4);
    rig.text("message.send", "1", &json!({}));
    rig.text("message.send", "2", &json!({}));
    rig.resume_all("3", &[(other(), 4)]);
    let wants = rig.tell(SHUTDOWN);
    assert_eq!(wants, [shutdown(), closing("3"), closing("2")]);
    assert_eq!(rig.text("message.send", "4", &json!({})), [closing("4")]);
    assert_eq!(rig.tell(Input::Looked(Ok(vec![standing(4)]))), []);
    assert_eq!(rig.tell(SHUTDOWN), []);
    assert!(!rig.connection.wants_live(rig.now));
    let reply = Input::Reply(Ok(to_raw_value(&()).unwrap()));
    assert_eq!(rig.tell(reply), [ok("1"), Want::Close(CloseCode::ShuttingDown)]);
}

#[test]
fn a_connection_that_shuts_down_does_not_wait_for_ever() {
    let mut rig = Rig::open(4);
    assert_eq!(rig.text("message.send", "1", &json!({})), [Want::Run(CommandKind::MessageSend)]);
    rig.tell(SHUTDOWN);
    assert_eq!(rig.tick(), [Want::Close(CloseCode::ShuttingDown)]);
    assert_eq!(rig.now, Time::default().after(DRAIN_WITHIN));
}

#[test]
fn a_revoked_connection_ends_whatever_waits() {
    let mut rig = Rig::open(4);
    rig.text("message.send", "1", &json!({}));
    rig.text("message.send", "2", &json!({}));
    let close = Some(CloseCode::Revoked);
    let wants = rig.tell(Input::Control(Control { checked: rig.now, close }));
    assert_eq!(wants, [closing("2"), Want::Close(CloseCode::Revoked)]);
    // What became of the first is not known: it is not answered, and neither is anything else.
    assert_eq!(rig.tell(Input::Reply(Ok(to_raw_value(&()).unwrap()))), []);
    assert_eq!(rig.text("ping", "3", &json!({})), []);
}

#[test]
fn a_shutdown_before_ready_answers_the_first_frame() {
    let mut rig = Rig::new(Opening::FirstFrame);
    rig.tell(Input::Text(r#"{"type":"auth","id":"a","data":{"token":"t"}}"#));
    assert_eq!(rig.tell(SHUTDOWN), [shutdown(), closing("a"), Want::Close(CloseCode::ShuttingDown)]);
}
