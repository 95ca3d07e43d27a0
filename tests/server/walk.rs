//! A walk over every route of the OpenAPI document and every frame a client can send, with another workspace's ids. Each
//! must be answered exactly as ids that nobody has are, and change nothing. What to send is written down for each body
//! and frame: one that is not known here fails the walk.

use std::{collections::BTreeMap, time::Duration};

use http::Method;
use parlance_base::{
    Clock as _, EntryId, FolderId, Ids, KeyId, ScheduledId, Scope, SignInId, StreamId, SystemClock, UserId,
    WorkspaceId,
};
use parlance_chat::realtime::frame::TYPES;
use parlance_client::{InWorkspace, NewGroup, NewKey, NewMessage, Position, Schedule, Sent};
use serde_json::{Value, json};

use crate::{
    raw::Raw,
    world::{Person, World, on_both},
};

on_both! {
    another_workspaces_ids_are_like_ids_that_nobody_has,
    nobody_is_answered_anything_without_proof_of_who_they_are,
}

/// What can be named in a request.
#[derive(Clone, Debug)]
struct Named {
    workspace: String,
    group: String,
    message: String,
    user: String,
    sign_in: String,
    key: String,
    folder: String,
    scheduled: String,
}

const PLACES: [&str; 8] = ["workspace", "group", "message", "user", "sign_in", "key", "folder", "scheduled"];

/// What is called so by an application of each workspace: the same name is another record in each, and has a group in both.
const RECORD: [(&str, &str); 2] = [("{record_type}", "deal"), ("{record_id}", "42")];

/// Parameters in queries that are no ids.
const PLAIN: [&str; 14] = [
    "kind",
    "active",
    "limit",
    "after",
    "before",
    "around",
    "since",
    "epoch",
    "search",
    "Parlance-Workspace",
    "q",
    "workspace",
    "ticket",
    "token",
];

/// What belongs to the installation rather than to a workspace: whoever knows a person's id may ask them in.
const SHARED: [(&str, &str); 1] = [("post /api/workspaces/{id}/members", "user")];

/// Routes of a workspace that is named beside the path.
const KEYS: &str = "/api/auth/keys";

/// What succeeds whoever is named, and does nothing.
const HARMLESS: [(&str, &str); 2] =
    [("post /api/chat/changes", "group"), ("delete /api/chat/groups/{id}/members/{user_id}", "user")];

/// What a query calls the message whose thread it is about.
const THREAD: &str = "thread_id";

/// Whose body is no JSON: it is sent without one.
const RAW: [&str; 1] = ["put /api/auth/me/avatar"];

/// Routes for everybody.
const OPEN: [&str; 10] = [
    "get /api/chat/ws",
    "get /api/chat/ws/{id}",
    "post /api/auth/login",
    "post /api/auth/refresh",
    "post /api/auth/register",
    "post /api/auth/password/forgot",
    "post /api/auth/password/reset",
    "post /api/auth/email/verify",
    "get /health/live",
    "get /health/ready",
];

async fn another_workspaces_ids_are_like_ids_that_nobody_has(world: World) {
    let (ann, theirs) = furnished(&world, "ann", "acme").await;
    let (eve, own) = furnished(&world, "eve", "other").await;
    let before = everything(&ann, &theirs).await;

    for operation in operations(&world).await {
        for place in PLACES.iter().filter(|place| operation.names(place)) {
            if SHARED.contains(&(&operation.name, place)) {
                continue;
            }
            let told = operation.ask(&eve, &own.with(place, &theirs)).await;
            let random = nobodys();
            let expected = operation.ask(&eve, &own.with(place, &random)).await;
            let (told, expected) = (theirs.hidden(&told), random.hidden(&expected));
            assert_eq!(told, expected, "{} with another's {place}", operation.name);
            let harmless = HARMLESS.contains(&(&operation.name, place));
            assert!(harmless || !told.starts_with('2'), "{} with another's {place}: {told}", operation.name);
        }
    }
    for operation in operations(&world).await.iter().filter(|operation| operation.is_in_a_workspace()) {
        let random = nobodys();
        let [told, expected] = [&theirs, &random]
            .map(|named| operation.ask_in(eve.here.client().in_workspace(named.workspace.clone()), &own));
        let (told, expected) = (theirs.hidden(&told.await), random.hidden(&expected.await));
        assert_eq!(told, expected, "{} in another's workspace", operation.name);
        assert!(told.starts_with("404"), "{} in another's workspace: {told}", operation.name);
    }
    for kind in TYPES {
        for place in PLACES {
            let (random, foreign) = (nobodys(), own.with(place, &theirs));
            if frame_data(kind, &own) == frame_data(kind, &foreign) {
                continue;
            }
            let told = frame(&world, &eve, kind, &foreign).await;
            let expected = frame(&world, &eve, kind, &own.with(place, &random)).await;
            assert_eq!(theirs.hidden(&told), random.hidden(&expected), "{kind} with another's {place}");
        }
    }
    assert_eq!(everything(&ann, &theirs).await, before);
}

async fn nobody_is_answered_anything_without_proof_of_who_they_are(world: World) {
    let (ann, theirs) = furnished(&world, "ann", "acme").await;
    let before = everything(&ann, &theirs).await;
    let stranger = world.client().in_workspace(theirs.workspace.clone());
    for operation in operations(&world).await {
        if OPEN.contains(&operation.name.as_str()) {
            continue;
        }
        let (status, _, body) = stranger
            .request(operation.method.clone(), &operation.path(&theirs), operation.body(&theirs).as_ref())
            .await
            .unwrap();
        assert_eq!(status, 401, "{}: {body}", operation.name);
    }
    assert_eq!(everything(&ann, &theirs).await, before);
}

/// Somebody with a workspace, a colleague, a group of both and a message in it.
async fn furnished(world: &World, name: &str, slug: &str) -> (Person, Named) {
    let owner = world.founder(name, slug).await;
    let colleague = world.colleague(&owner, &format!("{name}s-colleague")).await;
    let group = owner.here.create_group(&NewGroup::named("us").with_members([colleague.id])).await.unwrap();
    let sent = owner.here.send(group.id, NewMessage::text("between us")).await.unwrap();
    let message = Sent::id(&sent).to_string();
    let sign_in = owner.here.client().sign_ins().await.unwrap()[0].id.to_string();
    let workspace = owner.here.named().to_owned();
    let key = owner.here.make_key(&NewKey::scoped("reader", [Scope::ChatRead])).await.unwrap().key.id;
    let folder = owner.here.create_folder("a folder", 0).await.unwrap().id.to_string();
    let later = SystemClock.now().after(Duration::from_secs(3_600));
    let later = owner.here.schedule(group.id, NewMessage::text("later"), later).await.unwrap();
    let Schedule::Waiting(scheduled) = later else { panic!("{later:?}") };
    let scheduled = scheduled.id.to_string();
    let [(_, kind), (_, id)] = RECORD;
    owner.here.create_group(&NewGroup::of_record(kind, id)).await.unwrap();
    let (group, user, key) = (group.id.to_string(), colleague.id.to_string(), key.to_string());
    (owner, Named { workspace, group, message, user, sign_in, key, folder, scheduled })
}

fn nobodys() -> Named {
    let ids = Ids::new(std::sync::Arc::new(SystemClock)).unwrap();
    Named {
        workspace: ids.next::<WorkspaceId>().to_string(),
        group: ids.next::<StreamId>().to_string(),
        message: ids.next::<EntryId>().to_string(),
        user: ids.next::<UserId>().to_string(),
        sign_in: ids.next::<SignInId>().to_string(),
        key: ids.next::<KeyId>().to_string(),
        folder: ids.next::<FolderId>().to_string(),
        scheduled: ids.next::<ScheduledId>().to_string(),
    }
}

impl Named {
    fn get(&self, place: &str) -> &str {
        match place {
            "workspace" => &self.workspace,
            "group" => &self.group,
            "message" => &self.message,
            "sign_in" => &self.sign_in,
            "key" => &self.key,
            "folder" => &self.folder,
            "scheduled" => &self.scheduled,
            _ => &self.user,
        }
    }

    /// The same, but for this place.
    fn with(&self, place: &str, other: &Self) -> Self {
        let mut named = self.clone();
        match place {
            "workspace" => named.workspace.clone_from(&other.workspace),
            "group" => named.group.clone_from(&other.group),
            "message" => named.message.clone_from(&other.message),
            "sign_in" => named.sign_in.clone_from(&other.sign_in),
            "key" => named.key.clone_from(&other.key),
            "folder" => named.folder.clone_from(&other.folder),
            "scheduled" => named.scheduled.clone_from(&other.scheduled),
            _ => named.user.clone_from(&other.user),
        }
        named
    }

    /// The text without these ids, so that answers that echo them can be compared.
    fn hidden(&self, text: &str) -> String {
        PLACES.iter().fold(text.to_owned(), |text, place| text.replace(self.get(place), "…"))
    }
}

/// All that there is in the workspace, as its owner sees it.
async fn everything(owner: &Person, named: &Named) -> Vec<Value> {
    let group = format!("/api/chat/groups/{}", named.group);
    let mut seen = Vec::new();
    for path in [
        format!("/api/workspaces/{}", named.workspace),
        format!("/api/workspaces/{}/members", named.workspace),
        "/api/chat/groups".to_owned(),
        "/api/chat/folders".to_owned(),
        KEYS.to_owned(),
        "/api/chat/unread".to_owned(),
        format!("{group}/members"),
        format!("{group}/messages"),
        format!("{group}/scheduled"),
        format!("{group}/changes?since=0"),
        format!("/api/chat/groups/{}/changes?since=0", named.workspace),
    ] {
        let (_, _, mut body) = owner.here.request(Method::GET, &path, None).await.unwrap();
        let _ = body["error"]["request_id"].take();
        seen.push(body);
    }
    let page = owner.here.messages(named.group.parse().unwrap(), Position::Newest, 100).await.unwrap();
    assert_eq!(page.items.len(), 1, "the walk looks at something");
    seen
}

/// An operation of the OpenAPI document.
struct Operation {
    name: String,
    method: Method,
    template: String,
    /// Whether its query may name a thread.
    in_thread: bool,
    /// The name of the body's schema.
    schema: Option<String>,
}

async fn operations(world: &World) -> Vec<Operation> {
    let (status, _, document) = world.client().request(Method::GET, "/openapi.json", None).await.unwrap();
    assert_eq!(status, 200);
    let paths: BTreeMap<String, BTreeMap<String, Value>> =
        serde_json::from_value(document["paths"].clone()).unwrap();
    let all =
        paths.iter().flat_map(|(path, methods)| methods.iter().map(move |(method, o)| (path, method, o)));
    let all: Vec<_> = all.map(|(path, method, operation)| Operation::of(path, method, operation)).collect();
    assert!(all.len() > 30, "the document has all routes");
    all
}

impl Operation {
    fn of(path: &str, method: &str, operation: &Value) -> Self {
        let name = format!("{method} {path}");
        for (status, response) in operation["responses"].as_object().unwrap() {
            assert!(response["description"].is_string(), "{name}: {status} is described");
        }
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            let (place, parameter) = (parameter["in"].as_str().unwrap(), parameter["name"].as_str().unwrap());
            assert!(
                place == "path" || PLAIN.contains(&parameter) || parameter == THREAD,
                "{name}: if {parameter} is an id, the walk must vary it; else list it as plain"
            );
        }
        let schema = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"].as_str();
        let schema = schema.and_then(|schema| schema.rsplit('/').next()).map(str::to_owned);
        let has_body = operation.get("requestBody").is_some() && !RAW.contains(&name.as_str());
        assert_eq!(schema.is_some(), has_body, "{name}: the body has a schema with a name");
        let method = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
        let parameters = operation["parameters"].as_array();
        let in_thread = parameters.is_some_and(|all| all.iter().any(|one| one["name"] == THREAD));
        Self { name, method, template: path.to_owned(), in_thread, schema }
    }

    fn path(&self, named: &Named) -> String {
        let id = match &self.template {
            template if template.starts_with("/api/workspaces") => &named.workspace,
            template if template.starts_with("/api/auth/users") => &named.user,
            template if template.starts_with(KEYS) => &named.key,
            template if template.starts_with("/api/auth") => &named.sign_in,
            _ => &named.group,
        };
        let path = self.template.replace("{id}", id);
        let path = path.replace("{message_id}", &named.message).replace("{user_id}", &named.user);
        let path = path.replace("{folder_id}", &named.folder).replace("{scheduled_id}", &named.scheduled);
        let path = RECORD.iter().fold(path, |path, (place, name)| path.replace(place, name));
        assert!(!path.contains('{'), "{path}: the walk does not know what this names");
        if self.in_thread { format!("{path}?{THREAD}={}", named.message) } else { path }
    }

    fn body(&self, named: &Named) -> Option<Value> {
        self.schema.as_deref().map(|schema| body(schema, named))
    }

    /// Whether another id there makes another request.
    fn names(&self, place: &str) -> bool {
        let (one, other) = (nobodys(), nobodys());
        let other = one.with(place, &other);
        self.path(&one) != self.path(&other) || self.body(&one) != self.body(&other)
    }

    /// Whether the workspace is named beside the path.
    fn is_in_a_workspace(&self) -> bool {
        let is_chat = self.template.starts_with("/api/chat/") && !self.template.starts_with("/api/chat/ws");
        is_chat || self.template == "/api/auth/tickets" || self.template.starts_with(KEYS)
    }

    async fn ask(&self, person: &Person, named: &Named) -> String {
        self.ask_in(person.here.clone(), named).await
    }

    /// The status and the body of the answer, but for the request's id.
    async fn ask_in(&self, here: InWorkspace, named: &Named) -> String {
        let (path, body) = (self.path(named), self.body(named));
        let (status, _, mut answer) = here.request(self.method.clone(), &path, body.as_ref()).await.unwrap();
        if let Some(error) = answer.get_mut("error") {
            let _ = error["request_id"].take();
        }
        format!("{} {answer}", status.as_u16())
    }
}

/// A body that would be carried out if the ids were one's own.
fn body(schema: &str, named: &Named) -> Value {
    let Named { group, message, user, folder, .. } = named;
    match schema {
        "LoginBody" => json!({ "email": "nobody@example.org", "password": "no password of anybody" }),
        "RefreshBody" => json!({ "refresh_token": "none" }),
        "NewPasswordBody" => json!({ "current": "no password of anybody", "new": "another of nobody" }),
        "ForgotBody" => json!({ "email": "nobody@example.org" }),
        "ResetBody" => json!({ "token": "none", "new": "no password of anybody" }),
        "VerifyBody" => json!({ "token": "none" }),
        "RegisterBody" => json!({ "email": "x", "password": "no password of anybody", "full_name": "X" }),
        "NewKey" => json!({ "kind": "scoped", "name": "mine", "scopes": ["chat.read"] }),
        "KeyLogin" => json!({ "external_id": "u1", "display_name": "Uma" }),
        "KeyLogout" => json!({ "external_id": "u1" }),
        "ProfileBody" => json!({ "full_name": "Another Name" }),
        "InstallKey" => json!({ "key": "none" }),
        "PasswordBody" | "ProofBody" => json!({ "password": "no password of anybody" }),
        "CodeBody" => json!({ "code": "000000" }),
        "CreateWorkspace" => json!({ "name": "Another", "slug": "another" }),
        "UpdateWorkspace" => json!({ "name": "Another" }),
        "AddMember" => json!({ "user_id": user }),
        "UpdateMember" => json!({ "role": "guest" }),
        "TransferWorkspace" => json!({ "user_id": user }),
        "RenameMember" => json!({ "display_name": "Another" }),
        "NewGroup" => json!({ "kind": "group", "name": "mine", "member_ids": [user] }),
        "GroupChange" => json!({ "name": "mine now" }),
        "NewRecordGroup" => json!({ "member_ids": [user] }),
        "PreferencesChange" => json!({ "pinned": true, "folder_id": folder }),
        "React" => json!({ "emoji": "x", "on": true }),
        "NewFolder" => json!({ "name": "mine" }),
        "FolderChange" => json!({ "name": "mine now" }),
        "Pinned" => json!({ "pinned": true }),
        "NewOwner" => json!({ "user_id": user }),
        "NewMembers" => json!({ "user_ids": [user] }),
        "RightsChange" => json!({ "can_write": false }),
        "NewMessage" => json!({ "content": "let me in", "thread_id": message }),
        "Closed" => json!({ "closed": true }),
        "Forward" => json!({ "group_id": group }),
        "NewDraft" => json!({ "content": "let me in" }),
        "Edit" => json!({ "content": "let me in" }),
        "ReadUpTo" | "UnreadFrom" => json!({ "seq": 1, "thread_id": message }),
        "Typing" => json!({ "active": true }),
        "SettingsChange" => json!({ "dnd": true }),
        "Cursors" => json!({ "cursors": { group: 1 } }),
        other => panic!("a new body, {other}: say here what to send, with every id that it can hold"),
    }
}

/// What a frame of this type holds.
fn frame_data(kind: &str, named: &Named) -> Value {
    let Named { workspace, group, message, .. } = named;
    match kind {
        "auth" => json!({ "token": "none", "workspace": workspace }),
        "ping" => json!({}),
        "presence.update" => json!({ "status": "online" }),
        "presence.watch" => json!({ "user_ids": [named.user] }),
        "resume" => json!({ "epoch": "none", "cursors": { group: 1 } }),
        "group.watch" | "group.unwatch" | "typing.start" | "typing.stop" => json!({ "group_id": group }),
        "message.send" => json!({ "group_id": group, "content": "let me in", "reply_to": message }),
        "message.edit" => json!({ "group_id": group, "message_id": message, "content": "let me in" }),
        "message.delete" => json!({ "group_id": group, "message_id": message }),
        "message.react" => json!({ "group_id": group, "message_id": message, "emoji": "x", "on": true }),
        "message.pin" => json!({ "group_id": group, "message_id": message, "pinned": true }),
        "read.ack" => json!({ "group_id": group, "seq": 1, "thread_id": message }),
        other => panic!("a new frame, {other}: say here what to send, with every id that it can hold"),
    }
}

/// All that comes in answer to this frame, on a socket of its own, up to the answer to a ping after it.
async fn frame(world: &World, person: &Person, kind: &str, named: &Named) -> String {
    let token = person.here.client().access_token().await.unwrap().unwrap();
    let query = format!("?workspace={}&token={token}", person.here.named());
    let mut socket = Raw::open(world, &query, &[]).await.unwrap();
    socket.until("ready").await;
    socket.send(json!({ "type": kind, "id": "tried", "data": frame_data(kind, named) })).await;
    let mut seen = Vec::new();
    loop {
        let frame = socket.next().await.unwrap();
        // Who is there of those who are watched is told after the answer.
        let is_answer = match kind {
            "presence.watch" => frame["type"] == "presence" || frame["type"] == "error",
            _ => frame["id"] == "tried",
        };
        if frame["id"] == "after" {
            return serde_json::to_string(&seen).unwrap();
        }
        seen.push(frame);
        if is_answer {
            socket.send(json!({ "type": "ping", "id": "after" })).await;
        }
    }
}
