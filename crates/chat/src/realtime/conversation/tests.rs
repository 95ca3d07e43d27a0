//! What a conversation tells, and understands.

use parlance_base::StreamId;
use serde_json::{Value, json};

use super::*;

fn group() -> StreamId {
    StreamId::derived(&["group"])
}

fn user(name: &str) -> UserId {
    StreamId::derived(&[name]).uuid().into()
}

fn begun(names: &[&str]) -> Conversation {
    let mut conversation = Conversation::new(group());
    conversation.begin(names.iter().map(|name| (user(name), (*name).to_owned())).collect());
    conversation
}

fn told(conversation: &mut Conversation, frame: &Value) -> Vec<Value> {
    let told = conversation.told(&frame.to_string().into());
    told.iter().map(|frame| serde_json::from_str(frame.text()).unwrap()).collect()
}

fn presence(changes: &[(&str, &str)]) -> Value {
    let changes = changes.iter().map(|(name, status)| json!({ "user_id": user(name), "status": status }));
    json!({ "type": "presence", "data": { "changes": changes.collect::<Vec<_>>() } })
}

fn names(system: &Value) -> Vec<&str> {
    let active = system["active_users"].as_array().unwrap();
    let mut names: Vec<_> = active.iter().map(|user| user["username"].as_str().unwrap()).collect();
    names.sort_unstable();
    names
}

#[test]
fn what_is_said_becomes_a_frame_about_the_group() {
    let conversation = begun(&[]);
    let heard = |text: &str| serde_json::from_str::<Value>(&conversation.heard(text)).unwrap();
    let said = heard(r#"{"type":"message","content":"hi","client_id":"c"}"#);
    let data = json!({ "group_id": group(), "content": "hi", "client_id": "c" });
    assert_eq!(said, json!({ "type": "message.send", "id": "message.send", "data": data }));
    let data = json!({ "group_id": group() });
    assert_eq!(
        heard(r#"{"type":"typing"}"#),
        json!({ "type": "typing.start", "id": "typing.start", "data": data })
    );
    // Another group is not named past the one that it is about.
    let elsewhere = heard(r#"{"type":"message","content":"hi","group_id":"another"}"#);
    assert_eq!(elsewhere["data"]["group_id"], json!(group()));
    for token in [r#"{"type":"auth","token":"t"}"#, r#"{"type":"auth","data":{"token":"t"}}"#] {
        assert_eq!(heard(token)["data"], json!({ "token": "t" }));
    }
    for unknown in [r#"{"type":"read.ack","data":{}}"#, r#"{"type":"message.send"}"#, "{}", r#"{"type":1}"#] {
        assert_eq!(heard(unknown)["type"], "");
    }
    let smuggled = r#"{"id":1e999,"type":"presence.watch","data":{"user_ids":[]}}"#;
    assert_eq!(heard(smuggled)["type"], "");
    for malformed in ["", "[]", "7", "{"] {
        assert_eq!(conversation.heard(malformed), "");
    }
}

#[test]
fn only_what_happens_in_the_group_is_told() {
    let mut conversation = begun(&["ann"]);
    let message = json!({ "id": "m", "content": "hi", "author": { "id": "a", "name": "ann" },
        "client_id": "c", "at": "now" });
    let entry = |kind: &str, group: Value, message: &Value| json!({ "type": kind, "group_id": group, "seq": 1, "data": { "message": message } });
    let flat = json!({ "type": "message", "content": "hi", "sender_id": "a", "sender_username": "ann",
        "message_id": "m", "client_id": "c", "timestamp": "now", "is_edited": false });
    assert_eq!(told(&mut conversation, &entry("message.new", json!(group()), &message)), [flat]);
    let mut edited = message.clone();
    edited["edited_at"] = json!("later");
    let again = told(&mut conversation, &entry("message.edited", json!(group()), &edited));
    assert_eq!(again[0]["is_edited"], true);
    let mut reply = message.clone();
    reply["thread_id"] = json!("another");
    let mut gone = message.clone();
    gone["deleted_at"] = json!("since");
    let data = json!({ "message_id": "r", "thread_id": "t" });
    for frame in [
        entry("message.new", json!(group()), &gone),
        json!({ "type": "message.deleted", "group_id": group(), "data": data }),
        entry("message.new", json!("another"), &message),
        entry("message.new", json!(group()), &reply),
        entry("message.reaction", json!(group()), &message),
        json!({ "type": "ok", "id": "message.send", "data": { "group_id": group() } }),
        json!({ "type": "ready", "data": {} }),
        json!({ "type": "read", "data": { "group_id": group() } }),
    ] {
        assert_eq!(told(&mut conversation, &frame), [] as [Value; 0], "{frame}");
    }
    let deleted = json!({ "type": "message.deleted", "group_id": group(), "data": { "message_id": "m" } });
    assert_eq!(told(&mut conversation, &deleted), [json!({ "type": "message_deleted", "message_id": "m" })]);
    let refused = json!({ "type": "error", "error": { "code": "group.read_only", "message": "no" } });
    let flat = json!({ "type": "error", "content": "no", "code": "group.read_only" });
    assert_eq!(told(&mut conversation, &refused), [flat]);
    let typing = |active: bool| json!({ "type": "typing", "data": { "group_id": group(), "user_id": user("ann"), "active": active } });
    let flat = json!({ "type": "typing", "sender_id": user("ann"), "sender_username": "ann" });
    assert_eq!(told(&mut conversation, &typing(true)), [flat]);
    assert_eq!(told(&mut conversation, &typing(false)), [] as [Value; 0]);
}

#[test]
fn who_comes_and_goes_is_told_with_those_who_are_there() {
    let mut conversation = begun(&["ann", "ben"]);
    let watched = |conversation: &mut Conversation| match conversation.take_wish() {
        Some(Wish::Watch(users)) => users.len(),
        other => panic!("{other:?}"),
    };
    assert_eq!(watched(&mut conversation), 2);
    let first = told(&mut conversation, &presence(&[("ann", "online")]));
    assert_eq!((&first[0]["content"], names(&first[0])), (&json!("You joined"), vec!["ann"]));
    let second = told(&mut conversation, &presence(&[("ben", "dnd"), ("ann", "away")]));
    assert_eq!((second.len(), &second[0]["content"]), (1, &json!("ben joined")));
    assert_eq!(names(&second[0]), ["ann", "ben"]);
    let third = told(&mut conversation, &presence(&[("ben", "offline")]));
    assert_eq!((&third[0]["content"], names(&third[0])), (&json!("ben left"), vec!["ann"]));
    let added = json!({ "type": "member.added", "group_id": group(),
        "data": { "members": [{ "user_id": user("cleo"), "name": "cleo" }] } });
    assert_eq!(told(&mut conversation, &added), [] as [Value; 0]);
    assert_eq!(watched(&mut conversation), 3);
    assert_eq!(told(&mut conversation, &presence(&[("cleo", "online")]))[0]["content"], "cleo joined");
    let mut removed = added.clone();
    removed["type"] = json!("member.removed");
    let left = told(&mut conversation, &removed);
    assert_eq!((&left[0]["content"], names(&left[0])), (&json!("cleo left"), vec!["ann"]));
    assert_eq!(watched(&mut conversation), 2);
    assert_eq!(
        told(&mut conversation, &presence(&[("cleo", "away")])),
        [] as [Value; 0],
        "no member any more"
    );
}

#[test]
fn it_is_over_where_the_group_is_gone() {
    let mut conversation = begun(&[]);
    conversation.take_wish();
    let verdict = |group: &str, status: &str| json!({ "type": "resumed", "data": { "streams": [{ "id": group, "status": status }] } });
    let own = group().to_string();
    for frame in [verdict("another", "gone"), verdict(&own, "reset")] {
        assert_eq!(told(&mut conversation, &frame), [] as [Value; 0]);
    }
    assert!(!conversation.is_over());
    assert_eq!(told(&mut conversation, &verdict(&own, "gone")), [] as [Value; 0]);
    assert!(conversation.is_over() && conversation.is_waiting());
}
