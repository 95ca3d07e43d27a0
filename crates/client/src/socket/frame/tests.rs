//! Frames of the server, read as they come.

use serde_json::json;

use super::*;
use crate::{AuthorKind, EntryEvent};
use crate::{Presence, PresenceChange, Receipt, Typing};

fn read(value: Value) -> Frame {
    Frame::read(&value.to_string()).unwrap()
}

fn group() -> StreamId {
    StreamId::derived(&["group"])
}

fn entry(kind: &str, data: Value) -> Entry {
    let author = json!({ "kind": "user", "id": "u" });
    let frame = read(json!({ "type": kind, "stream_id": group(), "group_id": group(), "seq": 3,
        "at": "2026-11-21T09:30:00.123Z", "author": author, "data": data, "new": 1 }));
    let Frame::Entry(entry) = frame else { panic!("{frame:?}") };
    *entry
}

#[test]
fn ready_is_read_and_what_is_new_in_it_passed_over() {
    let id = UserId::derived(&["ann"]);
    let frame = read(json!({ "type": "ready", "data": {
        "connection_id": ConnectionId::derived(&["c"]), "epoch": Epoch::derived(&["e"]),
        "workspace_id": WorkspaceId::derived(&["w"]), "heartbeat_ms": 30_000,
        "user": { "id": id, "role": "emperor" }, "new": true,
        "streams": [{ "id": group(), "kind": "galaxy", "seq": 7 }], "more": true } }));
    let Frame::Ready(ready) = frame else { panic!("{frame:?}") };
    assert_eq!((ready.user.id, ready.user.role, ready.more), (id, Role::Unknown, true));
    assert_eq!(ready.streams, [ReadyStream { id: group(), kind: StreamKind::Unknown, seq: 7 }]);
}

#[test]
fn an_entry_of_an_unknown_type_is_an_entry() {
    let entry = entry("message.sung", json!({ "tune": "la" }));
    assert_eq!((entry.seq, entry.kind.as_str(), entry.event()), (3, "message.sung", EntryEvent::Other));
}

#[test]
fn an_entry_of_an_unknown_author_is_an_entry() {
    let frame = read(json!({ "type": "read", "stream_id": group(), "seq": 1, "at": "2026-11-21T09:30:00Z",
        "author": { "kind": "ghost", "id": "g" } }));
    assert!(matches!(frame, Frame::Entry(entry) if entry.author.kind == AuthorKind::Unknown));
}

#[test]
fn entries_tell_what_happened() {
    let message = json!({ "id": StreamId::derived(&["m"]), "group_id": group(), "seq": 3, "rev": 4,
        "client_id": "c", "content": "Hello", "author": { "kind": "user", "id": "u", "name": "Ann" },
        "at": "2026-11-21T09:30:00.123Z" });
    let EntryEvent::MessageNew(message) = entry("message.new", json!({ "message": message })).event() else {
        panic!("no message")
    };
    assert_eq!((message.rev, message.content.as_deref()), (4, Some("Hello")));
    let read = json!({ "group_id": group(), "seq": 9, "unread": 2 });
    assert_eq!(
        entry("read", read).event(),
        EntryEvent::Read { group_id: group(), thread_id: None, seq: 9, read_rev: 0, unread: 2, mentions: 0 }
    );
    let joined = entry("group.joined", json!({ "group_id": group() }));
    assert_eq!(joined.event(), EntryEvent::GroupJoined(group()));
    assert_eq!(entry("message.new", json!({})).event(), EntryEvent::Other);
}

#[test]
fn verdicts_are_read_with_and_without_a_position() {
    let frame = read(json!({ "type": "resumed", "data": { "streams": [
        { "id": group(), "status": "replayed", "seq": 5 }, { "id": group(), "status": "gone" },
        { "id": group(), "status": "lost" }] } }));
    let verdict = |status, seq| Verdict { id: group(), status, seq };
    assert_eq!(
        frame,
        Frame::Resumed(vec![
            verdict(Status::Replayed, Some(5)),
            verdict(Status::Gone, None),
            verdict(Status::Unknown, None)
        ])
    );
}

#[test]
fn answers_carry_their_id() {
    let ok = read(json!({ "type": "ok", "id": "7", "data": { "x": 1 } }));
    assert_eq!(ok, Frame::Ok { id: "7".to_owned(), data: json!({ "x": 1 }) });
    let error = json!({ "code": "rate.limited", "message": "slow down", "retry_after_ms": 250 });
    let Frame::Error { id, refusal } = read(json!({ "type": "error", "id": "8", "error": error })) else {
        panic!("no error")
    };
    assert_eq!((id.as_deref(), refusal.retry_after), (Some("8"), Some(Duration::from_millis(250))));
    assert!(matches!(
        read(json!({ "type": "error", "error": { "code": "frame.malformed" } })),
        Frame::Error { id: None, .. }
    ));
}

#[test]
fn what_is_not_numbered_is_read_too() {
    let shutdown = read(json!({ "type": "server.shutdown", "data": { "reconnect_after_ms": 1_500 } }));
    assert_eq!(shutdown, Frame::Shutdown { reconnect_after: Duration::from_millis(1_500) });
    let user_id = UserId::derived(&["ann"]);
    let receipt = Receipt { group_id: group(), user_id, seq: 4, read_rev: 0 };
    let data = json!({ "group_id": group(), "user_id": user_id, "seq": 4 });
    assert_eq!(read(json!({ "type": "read.receipt", "data": data })), Frame::Receipt(receipt));
    let data = json!({ "changes": [{ "user_id": user_id, "status": "away" }] });
    let changes = vec![PresenceChange { user_id, status: Presence::Away }];
    assert_eq!(read(json!({ "type": "presence", "data": data })), Frame::Presence(changes));
    let typing = Typing { group_id: group(), user_id, active: true };
    let data = json!({ "group_id": group(), "user_id": user_id, "active": true });
    assert_eq!(read(json!({ "type": "typing", "data": data })), Frame::Typing(typing));
}

#[test]
fn an_unknown_frame_is_kept_as_it_came_and_nonsense_is_refused() {
    let frame = json!({ "type": "weather", "id": "1", "data": { "sun": true } });
    assert_eq!(read(frame.clone()), Frame::Other(frame));
    assert_eq!(read(json!([1])), Frame::Other(json!([1])));
    for text in ["", "{", r#"{"type":"ready","data":{}}"#] {
        assert!(matches!(Frame::read(text), Err(Error::Unreadable(_))), "{text}");
    }
}
