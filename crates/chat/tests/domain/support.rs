//! A workspace with people in it, and the router before it.

use std::{sync::Arc, time::Duration};

use axum::{body::Body, http::Request, response::Response};
use parlance_base::{Caller, Clock as _, Ids, ManualClock, Role, Scope, SystemClock, UserId, WorkspaceId};
use parlance_chat::Rates;
use parlance_store::Config;
use parlance_trial::{TempDir, place};
use parlance_workspace::{DisplayName, Made, NewMember, Person, Slug, Workspaces};
use serde_json::Value;
use tower::ServiceExt;

use super::node::Node;

pub(crate) use parlance_trial::{On, on_both};

/// A server without its sockets' port: two workspaces, people, and the router.
pub(crate) struct World {
    pub(crate) workspace: WorkspaceId,
    pub(crate) elsewhere: WorkspaceId,
    pub(crate) ids: Ids,
    pub(crate) workspaces: Workspaces,
    pub(crate) node: Node,
    owners: Vec<(WorkspaceId, UserId)>,
    config: Config,
    _folder: TempDir,
}

impl World {
    pub(crate) async fn new(on: On) -> Self {
        Self::with(on, Rates::UNLIMITED).await
    }

    /// The same, where users may do only so much.
    pub(crate) async fn with(on: On, rates: Rates) -> Self {
        let ids = Ids::new(Arc::new(SystemClock)).unwrap();
        let (config, folder) = place(on, &ids);
        let node = Node::start(config.clone(), &ids, rates).await;
        let mut world = Self {
            workspace: ids.next(),
            elsewhere: ids.next(),
            ids,
            workspaces: node.workspaces.clone(),
            node,
            owners: Vec::new(),
            config,
            _folder: folder,
        };
        world.workspace = world.found("acme").await;
        world.elsewhere = world.found("other").await;
        world
    }

    /// Another process on the same store. Neither hears the other but through the store: nothing is told between them.
    pub(crate) async fn another_node(&self) -> Node {
        Node::start(self.config.clone(), &self.ids, Rates::UNLIMITED).await
    }

    /// Another node over the same store, whichever it is.
    pub(crate) async fn node_beside(&self) -> Node {
        Node::over(self.node.store.clone(), &self.ids, Rates::UNLIMITED).await
    }

    /// Another node over the same store, so much later.
    pub(crate) async fn node_later(&self, days: u64) -> Node {
        let now = SystemClock.now().after(Duration::from_secs(days * 24 * 3_600));
        let clock = Arc::new(ManualClock::at(now));
        Node::at(clock, self.node.store.clone(), &self.ids, Rates::UNLIMITED).await
    }

    async fn found(&mut self, slug: &str) -> WorkspaceId {
        let owner = self.person().await;
        let (name, slug) = (DisplayName::parse(slug).unwrap(), Slug::parse(slug).unwrap());
        let made = self.workspaces.create(owner, name, slug).await.unwrap();
        let (Made::New(workspace) | Made::Existing(workspace)) = made;
        self.owners.push((workspace.id, owner));
        workspace.id
    }

    async fn person(&self) -> UserId {
        let id: UserId = self.ids.next();
        let person = Person {
            id,
            email: format!("{id}@example.org"),
            full_name: format!("Person {id}"),
            handle_wish: None,
            is_installation_admin: false,
        };
        self.workspaces.people().upsert(&person).await.unwrap();
        id
    }

    /// A new person with this role in a workspace.
    pub(crate) async fn join(&self, workspace: WorkspaceId, role: Role) -> UserId {
        let user = self.person().await;
        let person = self.workspaces.people().get(user).await.unwrap();
        let owner = self.owners.iter().find(|(of, _)| *of == workspace).unwrap().1;
        let owner = Caller { workspace, ..self.caller(owner, Role::Owner) };
        self.workspaces.add(&owner, person, NewMember::of(role)).await.unwrap();
        user
    }

    /// The owner of the workspace.
    pub(crate) fn owner(&self) -> UserId {
        self.owners[0].1
    }

    /// The user in the workspace, as this.
    pub(crate) fn caller(&self, user: UserId, role: Role) -> Caller {
        Caller::signed_in(self.workspace, user, user.uuid().into(), role)
    }

    /// Takes the user out of the workspace.
    pub(crate) async fn remove(&self, user: UserId) {
        self.workspaces.remove(&self.caller(self.owner(), Role::Owner), user).await.unwrap();
    }

    /// Three members of the workspace.
    pub(crate) async fn people(&self) -> [UserId; 3] {
        [
            self.join(self.workspace, Role::Member).await,
            self.join(self.workspace, Role::Member).await,
            self.join(self.workspace, Role::Member).await,
        ]
    }

    /// Asks in the workspace, as this user.
    pub(crate) async fn ask(&self, user: UserId, method: &str, path: &str, body: Value) -> (u16, Value) {
        self.ask_in(self.workspace, user, method, path, body).await
    }

    pub(crate) async fn ask_in(
        &self,
        workspace: WorkspaceId,
        user: UserId,
        method: &str,
        path: &str,
        body: Value,
    ) -> (u16, Value) {
        self.answer(&self.node, &format!("{user} {workspace}"), method, path, body).await
    }

    /// Asks this node in the workspace, as this user.
    pub(crate) async fn ask_node(
        &self,
        node: &Node,
        user: UserId,
        method: &str,
        path: &str,
        body: Value,
    ) -> (u16, Value) {
        self.answer(node, &format!("{user} {}", self.workspace), method, path, body).await
    }

    /// Asks in the workspace, by a key of this user.
    pub(crate) async fn ask_by_key(
        &self,
        user: UserId,
        scopes: &[Scope],
        method: &str,
        path: &str,
        body: Value,
    ) -> (u16, Value) {
        let caller = by_key(user, self.workspace, scopes);
        self.answer(&self.node, &caller, method, path, body).await
    }

    /// What this node answers to who names themselves so: something that is described.
    async fn answer(&self, node: &Node, caller: &str, method: &str, path: &str, body: Value) -> (u16, Value) {
        let (status, value) = read(self.call(node, caller, method, path, body).await).await;
        node.described.hold(method, path, status, &value);
        (status, value)
    }

    /// The whole answer to who names themselves so to this node.
    pub(crate) async fn call(
        &self,
        node: &Node,
        caller: &str,
        method: &str,
        path: &str,
        body: Value,
    ) -> Response {
        let request = Request::builder().method(method).uri(path).header("authorization", caller);
        let request = match body {
            Value::Null => request.body(Body::empty()).unwrap(),
            body => {
                request.header("content-type", "application/json").body(Body::from(body.to_string())).unwrap()
            }
        };
        node.router.clone().oneshot(request).await.unwrap()
    }

    /// As [`ask`](Self::ask), for what must succeed.
    pub(crate) async fn must(&self, user: UserId, method: &str, path: &str, body: Value) -> Value {
        let (status, value) = self.ask(user, method, path, body).await;
        assert!((200..300).contains(&status), "{method} {path}: {status} {value}");
        value
    }

    /// A new group of this kind, and its path.
    pub(crate) async fn group(&self, kind: &str, owner: UserId, members: &[UserId]) -> String {
        let body = serde_json::json!({ "kind": kind, "name": "a group", "member_ids": members });
        let group = self.must(owner, "POST", "/groups", body).await;
        format!("/groups/{}", group["id"].as_str().unwrap())
    }

    /// Sends a message and answers it.
    pub(crate) async fn say(&self, user: UserId, group: &str, content: &str) -> Value {
        self.must(user, "POST", &format!("{group}/messages"), serde_json::json!({ "content": content })).await
    }
}

/// The status and the body of an answer.
pub(crate) async fn read(response: Response) -> (u16, Value) {
    let status = response.status().as_u16();
    let bytes = axum::body::to_bytes(response.into_body(), 10 << 20).await.unwrap();
    let value = if bytes.is_empty() { Value::Null } else { serde_json::from_slice(&bytes).unwrap() };
    (status, value)
}

/// What the host takes for a key of this user.
pub(crate) fn by_key(user: UserId, workspace: WorkspaceId, scopes: &[Scope]) -> String {
    let scopes: Vec<&str> = scopes.iter().map(|scope| scope.name()).collect();
    // A word is there also where there is no scope: headers lose the space at their end.
    format!("{user} {workspace} key,{}", scopes.join(","))
}

/// The status and the code of a refusal.
pub(crate) fn refusal((status, body): &(u16, Value)) -> (u16, &str) {
    (*status, body["error"]["code"].as_str().unwrap_or_default())
}

/// The messages of the page that somebody wrote.
pub(crate) fn said(page: &Value) -> Vec<&Value> {
    page["items"].as_array().unwrap().iter().filter(|message| message.get("system").is_none()).collect()
}
