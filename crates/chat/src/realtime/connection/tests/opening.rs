//! From nobody to a caller with streams.

use parlance_base::Kind;

use super::*;
use crate::realtime::limits::{AUTH_WITHIN, READY_STREAMS};

const AUTH: &str = r#"{"type":"auth","id":"a","data":{"token":"t"}}"#;

#[test]
fn a_client_without_credentials_has_to_authenticate_in_time() {
    let mut rig = Rig::new(Opening::FirstFrame);
    assert_eq!(rig.connection.deadline(rig.now), rig.now.after(AUTH_WITHIN));
    assert_eq!(rig.text("ping", "1", &json!({})), [error("1", "auth.required")]);
    assert_eq!(rig.tick(), [Want::Close(CloseCode::Unauthenticated)]);
    assert_eq!(rig.tell(Input::Text(AUTH)), []);
}

#[test]
fn the_first_frame_authenticates_and_is_answered_before_ready() {
    let mut rig = Rig::new(Opening::FirstFrame);
    assert_eq!(rig.tell(Input::Text(AUTH)), [Want::Authenticate]);
    assert_eq!(rig.tell(Input::Text(AUTH)), [error("a", "auth.required")]);
    assert!(!rig.connection.wants_live(rig.now));
    let wants = rig.tell(Input::Authenticated(Box::new(ready(vec![standing(4)]))));
    let told = json!({
        "connection_id": ConnectionId::derived(&["connection"]),
        "epoch": "e",
        "user": { "handle": "me" },
        "workspace_id": WorkspaceId::derived(&["workspace"]),
        "heartbeat_ms": 30_000,
        "streams": [{ "id": group(), "kind": "group", "seq": 4 }],
        "more": false,
    });
    let told = Want::Frame("ready".to_owned(), told);
    assert_eq!(wants, [ok("a"), told, Want::Listen(vec![(group(), 4)])]);
    assert!(rig.connection.wants_live(rig.now));
    assert_eq!(rig.tell(Input::Text(AUTH)), [error("a", "auth.repeated")]);
}

#[test]
fn a_refused_caller_learns_why() {
    let retry_after = Duration::from_secs(1);
    for (kind, code) in [
        (Kind::Unauthenticated, CloseCode::Unauthenticated),
        (Kind::Forbidden, CloseCode::NotAllowed),
        (Kind::NotFound, CloseCode::NotAllowed),
        (Kind::Malformed, CloseCode::NotAllowed),
        (Kind::TooMany { retry_after }, CloseCode::TooManyConnections),
        (Kind::Unavailable { retry_after }, CloseCode::Unavailable),
    ] {
        let mut rig = Rig::new(Opening::FirstFrame);
        rig.tell(Input::Text(AUTH));
        let wants = rig.tell(Input::Refused(Error::new(kind, "auth.because", "because")));
        assert_eq!(wants, [error("a", "auth.because"), Want::Close(code)], "{kind:?}");
    }
}

#[test]
fn ready_tells_of_many_streams_in_several_frames() {
    for (count, frames) in
        [(0, vec![0]), (READY_STREAMS, vec![READY_STREAMS]), (READY_STREAMS + 1, vec![READY_STREAMS, 1])]
    {
        let stream =
            |n: usize| Standing { stream: StreamId::derived(&[&n.to_string()]), ..standing(n as u64) };
        let mut rig = Rig::new(Opening::Request);
        let wants = rig.tell(Input::Authenticated(Box::new(ready((0..count).map(stream).collect()))));
        let told: Vec<_> = wants
            .iter()
            .filter_map(|want| match want {
                Want::Frame(_, data) => Some((data["streams"].as_array()?.len(), data["more"].as_bool()?)),
                _ => None,
            })
            .collect();
        let last = frames.len() - 1;
        let expected: Vec<_> = frames.into_iter().enumerate().map(|(n, count)| (count, n < last)).collect();
        assert_eq!(told, expected);
    }
}

#[test]
fn who_joined_after_the_head_was_read_starts_where_they_may_read() {
    let mut rig = Rig::new(Opening::Request);
    let since_join = Standing { visible_from: 8, ..standing(4) };
    let wants = rig.tell(Input::Authenticated(Box::new(ready(vec![since_join]))));
    assert_eq!(wants.last(), Some(&Want::Listen(vec![(group(), 7)])));
    assert_eq!(rig.live(entry(7)), []);
    assert_eq!(rig.live(entry(8)), entries(8..=8));
}

#[test]
fn the_hub_can_end_a_connection_that_is_not_open_yet() {
    let mut rig = Rig::new(Opening::Request);
    let close = Some(CloseCode::TooManyConnections);
    let wants = rig.tell(Input::Control(Control { checked: rig.now, close }));
    assert_eq!(wants, [Want::Close(CloseCode::TooManyConnections)]);
    assert_eq!(rig.tell(Input::Authenticated(Box::new(ready(Vec::new())))), []);
}
