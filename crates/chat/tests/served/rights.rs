//! The permission table through the socket and, for the same cases, over HTTP: for every frame somebody who may, and whoever
//! may not, row by row.

use http::header::AUTHORIZATION;
use parlance_base::{
    Role,
    Scope::{ChatRead, ChatSend},
    StreamId, UserId,
};
use parlance_chat::realtime::frame::TYPES;
use serde_json::{Value, json};

use super::table::{
    About::{self, Members, Nothing, Own, Owners},
    Answer::{self, Error, Ok, Verdict},
    FREE,
    Place::{self, Archived, Channel, Deleted, Private, Public, Unknown},
    Who::{self, Blind, Guest, Member, Outsider, Owner, Reader, Removed, Stranger, Writer},
    cases,
};
use crate::{
    domain::support::{World, by_key, on_both, read, refusal},
    live::client::Client,
};

on_both! {
    whoever_may_is_served_and_whoever_may_not_changes_nothing,
    over_http_the_same_is_served_and_refused,
    who_is_of_the_workspace_is_let_in_and_nobody_else,
    a_key_that_does_not_read_gets_no_socket,
}

#[test]
fn every_frame_has_somebody_who_may_and_somebody_who_may_not() {
    let cases = cases();
    // `auth` has a test of its own, since it opens the socket.
    for kind in TYPES.into_iter().filter(|kind| *kind != "auth") {
        let answers: Vec<_> = cases.iter().filter(|case| case.0 == kind).map(|case| case.4).collect();
        let denied = |answer: &Answer| matches!(answer, Error(_) | Verdict("gone"));
        assert!(answers.iter().any(|answer| !denied(answer)), "nobody may {kind}");
        assert!(FREE.contains(&kind) || answers.iter().any(denied), "everybody may {kind}");
    }
}

/// A person with a socket.
struct Person {
    who: Who,
    user: UserId,
    /// What the host knows them by.
    caller: String,
    client: Client,
    epoch: Value,
}

/// Groups of all kinds, and people of all kinds with sockets.
struct Scene {
    world: World,
    people: Vec<Person>,
    groups: Vec<(Place, String)>,
    /// Messages in them: who said each, and its id.
    said: Vec<(Who, Place, String)>,
}

impl Scene {
    async fn set(mut world: World) -> Self {
        let url = world.node.listen().await;
        let mut people = Vec::new();
        for who in [Owner, Member, Blind, Removed, Reader, Writer, Outsider, Guest, Stranger] {
            let (workspace, role) = match who {
                Owner => (world.workspace, Role::Admin),
                Guest => (world.workspace, Role::Guest),
                Stranger => (world.elsewhere, Role::Owner),
                _ => (world.workspace, Role::Member),
            };
            let user = world.join(workspace, role).await;
            let caller = match who {
                Reader => by_key(user, workspace, &[ChatRead]),
                Writer => by_key(user, workspace, &[ChatRead, ChatSend]),
                _ => format!("{user} {workspace}"),
            };
            let mut client = Client::open(&url, &[(AUTHORIZATION, &caller)]).await.unwrap();
            let epoch = client.ready().await["epoch"].take();
            people.push(Person { who, user, caller, client, epoch });
        }
        let mut scene = Self { world, people, groups: Vec::new(), said: Vec::new() };
        for place in [Private, Channel, Public, Archived, Deleted] {
            scene.make(place).await;
        }
        scene.groups.push((Unknown, scene.world.ids.next::<StreamId>().to_string()));
        scene
    }

    /// Makes a group, has everybody say something who can, and brings it to its state.
    async fn make(&mut self, place: Place) {
        let owner = self.user(Owner);
        let members = [Member, Blind, Removed, Reader, Writer].map(|who| self.user(who));
        let kind = if place == Channel { "channel" } else { "group" };
        let visibility = if place == Public { "public" } else { "private" };
        let body =
            json!({ "kind": kind, "name": "a group", "visibility": visibility, "member_ids": members });
        let group = self.world.must(owner, "POST", "/groups", body).await["id"].as_str().unwrap().to_owned();
        let path = format!("/groups/{group}");
        for who in [Owner, Member, Blind, Removed, Reader, Writer] {
            // As many as cases may delete.
            for text in ["one", "two", "three", "four"].iter().filter(|_| who == Owner || place != Channel) {
                let said = self.world.say(self.user(who), &path, text).await;
                self.said.push((who, place, said["id"].as_str().unwrap().to_owned()));
            }
        }
        self.world.must(owner, "PATCH", &member(&path, members[1]), json!({ "can_read": false })).await;
        self.world.must(owner, "DELETE", &member(&path, members[2]), Value::Null).await;
        match place {
            Archived => drop(self.world.must(owner, "POST", &format!("{path}/archive"), Value::Null).await),
            Deleted => drop(self.world.must(owner, "DELETE", &path, Value::Null).await),
            _ => {}
        }
        self.groups.push((place, group));
    }

    fn user(&self, who: Who) -> UserId {
        self.people.iter().find(|person| person.who == who).unwrap().user
    }

    fn group(&self, place: Place) -> &str {
        &self.groups.iter().find(|(of, _)| *of == place).unwrap().1
    }

    /// A message that is still there; one that may be deleted now is not asked about again.
    fn message(&mut self, kind: &str, author: Who, place: Place) -> String {
        let at = self.said.iter().position(|said| (said.0, said.1) == (author, place)).unwrap();
        if kind == "message.delete" { self.said.swap_remove(at).2 } else { self.said[at].2.clone() }
    }

    fn data(&mut self, kind: &str, who: Who, place: Place, about: About) -> Value {
        let group = self.group(place).to_owned();
        let author = match about {
            Nothing => None,
            Own => Some(who),
            Owners => Some(Owner),
            Members => Some(Member),
        };
        let message = author.map(|author| self.message(kind, author, place));
        match kind {
            "ping" => json!({}),
            "presence.update" => json!({ "status": "away" }),
            "presence.watch" => json!({ "user_ids": [self.user(Owner)] }),
            "resume" => {
                let person = self.people.iter().find(|person| person.who == who).unwrap();
                json!({ "epoch": person.epoch, "cursors": { group: 0 } })
            }
            "message.send" => json!({ "group_id": group, "content": "hello" }),
            "message.edit" => json!({ "group_id": group, "message_id": message, "content": "new" }),
            "message.delete" => json!({ "group_id": group, "message_id": message }),
            "message.react" => json!({ "group_id": group, "message_id": message, "emoji": "x", "on": true }),
            "message.pin" => json!({ "group_id": group, "message_id": message, "pinned": true }),
            "read.ack" => json!({ "group_id": group, "seq": 1 }),
            _ => json!({ "group_id": group }),
        }
    }

    /// How far the group has come, if it is there.
    async fn head(&self, place: Place) -> Value {
        let path = format!("/groups/{}/changes", self.group(place));
        self.world.ask(self.user(Owner), "GET", &path, Value::Null).await.1["seq"].take()
    }
}

fn member(group: &str, user: UserId) -> String {
    format!("{group}/members/{user}")
}

impl Person {
    /// Sends the frame; what it is answered with, about this stream.
    async fn ask(&mut self, kind: &str, data: &Value, stream: &str, verdict: bool) -> (String, Value) {
        let id = format!("{kind} {data}").chars().take(64).collect::<String>();
        self.client.send(json!({ "type": kind, "id": id, "data": data })).await;
        let answer = loop {
            let frame = self.client.next().await.unwrap();
            if frame["id"] == id {
                break frame;
            }
        };
        let (code, mut status) = (answer["error"]["code"].as_str().unwrap_or("ok"), Value::Null);
        while verdict && code == "ok" && status.is_null() {
            let resumed = self.client.until("resumed").await;
            let streams = resumed["data"]["streams"].as_array().unwrap();
            status = streams
                .iter()
                .find(|one| one["id"] == stream)
                .map_or(Value::Null, |one| one["status"].clone());
        }
        (code.to_owned(), status)
    }
}

async fn whoever_may_is_served_and_whoever_may_not_changes_nothing(world: World) {
    let mut scene = Scene::set(world).await;
    for (kind, who, place, about, expected) in cases() {
        let data = scene.data(kind, who, place, about);
        let (group, before) = (scene.group(place).to_owned(), scene.head(place).await);
        let person = scene.people.iter_mut().find(|person| person.who == who).unwrap();
        let (code, status) = person.ask(kind, &data, &group, matches!(expected, Verdict(_))).await;
        let expected = match expected {
            Ok => ("ok", Value::Null),
            Error(code) => (code, Value::Null),
            Verdict(status) => ("ok", json!(status)),
        };
        let case = format!("{who:?} sends {kind} in {place:?} about {about:?}");
        assert_eq!((code.as_str(), &status), (expected.0, &expected.1), "{case}");
        let changes = code == "ok" && kind.starts_with("message.");
        let changed = scene.head(place).await;
        assert_eq!(changed.as_i64(), before.as_i64().map(|seq| seq + i64::from(changes)), "{case}");
    }
}

async fn over_http_the_same_is_served_and_refused(world: World) {
    let mut scene = Scene::set(world).await;
    for (kind, who, place, about, expected) in cases() {
        let data = scene.data(kind, who, place, about);
        let Some((method, path, body)) = request(kind, data) else { continue };
        let before = scene.head(place).await;
        let person = scene.people.iter().find(|person| person.who == who).unwrap();
        let answer = scene.world.call(&scene.world.node, &person.caller, method, &path, body).await;
        let (status, answer) = read(answer).await;
        let case = format!("{who:?} asks for {kind} in {place:?} about {about:?}: {answer}");
        match expected {
            Ok => assert!((200..300).contains(&status), "{case}"),
            Error(code) => {
                let number = if code.ends_with("not_found") { 404 } else { 403 };
                assert_eq!(refusal(&(status, answer)), (number, code), "{case}");
            }
            Verdict(verdict) => {
                let group = scene.group(place);
                let is_gone = answer["gone"].as_array().unwrap().contains(&json!(group));
                assert_eq!(
                    (is_gone, answer["streams"][group].is_null()),
                    (verdict == "gone", is_gone),
                    "{case}"
                );
            }
        }
        let changes = expected == Ok && kind.starts_with("message.");
        let changed = scene.head(place).await;
        assert_eq!(changed.as_i64(), before.as_i64().map(|seq| seq + i64::from(changes)), "{case}");
    }
}

/// The request that asks for the same as the frame, where there is one.
fn request(kind: &str, data: Value) -> Option<(&'static str, String, Value)> {
    let id = |name| data.get(name).and_then(Value::as_str).unwrap_or_default();
    let group = format!("/groups/{}", id("group_id"));
    let message = format!("{group}/messages/{}", id("message_id"));
    let said = json!({ "content": data["content"] });
    Some(match kind {
        "group.watch" => ("GET", group, Value::Null),
        "read.ack" => ("POST", format!("{group}/read"), json!({ "seq": data["seq"] })),
        "typing.start" => ("POST", format!("{group}/typing"), json!({ "active": true })),
        "typing.stop" => ("POST", format!("{group}/typing"), json!({ "active": false })),
        "message.send" => ("POST", format!("{group}/messages"), said),
        "message.edit" => ("PATCH", message, said),
        "message.delete" => ("DELETE", message, Value::Null),
        "message.react" => {
            ("POST", format!("{message}/reactions"), json!({ "emoji": data["emoji"], "on": data["on"] }))
        }
        "message.pin" => ("POST", format!("{message}/pin"), json!({ "pinned": data["pinned"] })),
        "resume" => ("POST", "/changes".to_owned(), data),
        _ => {
            assert!(FREE.contains(&kind), "{kind} has no request");
            return None;
        }
    })
}

async fn who_is_of_the_workspace_is_let_in_and_nobody_else(mut world: World) {
    let url = world.node.listen().await;
    let member = world.join(world.workspace, Role::Member).await;
    let guest = world.join(world.workspace, Role::Guest).await;
    let stranger = world.join(world.elsewhere, Role::Owner).await;
    for (user, expected) in [(member, Ok), (guest, Ok), (stranger, Error("workspace.not_found"))] {
        let mut client = Client::open(&url, &[]).await.unwrap();
        let token = format!("{user} {}", world.workspace);
        client.send(json!({ "type": "auth", "id": "in", "data": { "token": token } })).await;
        let answer = client.next().await.unwrap();
        match expected {
            Error(code) => {
                assert_eq!((&answer["error"]["code"], &answer["id"]), (&json!(code), &json!("in")));
                assert_eq!(client.closed().await, 4003);
            }
            _ => {
                assert_eq!((&answer["type"], &answer["id"]), (&json!("ok"), &json!("in")));
                assert_eq!(client.ready().await["user"]["id"], json!(user));
            }
        }
    }
}

async fn a_key_that_does_not_read_gets_no_socket(mut world: World) {
    let url = world.node.listen().await;
    let member = world.join(world.workspace, Role::Member).await;
    for scopes in [&[ChatSend][..], &[]] {
        let caller = by_key(member, world.workspace, scopes);
        let mut client = Client::open(&url, &[(AUTHORIZATION, &caller)]).await.unwrap();
        assert_eq!(client.next().await.unwrap()["error"]["code"], "key.missing_scope");
        assert_eq!(client.closed().await, 4003);
    }
}
