//! A workspace with an owner who makes keys.

use parlance_base::{Authenticate, Caller, Credentials, KeyId, Role, UserId, WorkspaceId};
use parlance_workspace::{DisplayName, Made, NewMember, Slug};
use serde_json::{Value, json};

use crate::{
    node::{Answer, Ask, Node},
    support::{PASSWORD, World},
    tokens::claims,
};

/// A workspace, and its owner's sign-in.
pub(crate) struct Shop {
    pub(crate) id: WorkspaceId,
    pub(crate) owner: Answer,
}

/// A key and its text.
#[derive(Clone, Debug)]
pub(crate) struct MadeKey {
    pub(crate) id: KeyId,
    pub(crate) text: String,
}

impl Shop {
    pub(crate) async fn open(world: &World, node: &Node, owner: &str) -> Self {
        let signed_in = node.signed_in(&format!("{owner}@example.org")).await;
        let (name, slug) = (DisplayName::parse(owner).unwrap(), Slug::parse(owner).unwrap());
        let made = world.workspaces.create(user(&signed_in), name, slug).await.unwrap();
        let Made::New(workspace) = made else { panic!("it was there") };
        Self { id: workspace.id, owner: signed_in }
    }

    /// Asks as the owner.
    pub(crate) fn ask(&self, node: &Node, method: &str, path: &str) -> Ask {
        self.ask_as(node, &self.owner, method, path)
    }

    pub(crate) fn ask_as(&self, node: &Node, who: &Answer, method: &str, path: &str) -> Ask {
        node.ask(method, path).bearer(who.access_token()).header("parlance-workspace", self.id.to_string())
    }

    pub(crate) async fn master(&self, node: &Node) -> MadeKey {
        made(self.ask(node, "POST", "/keys").json(master("the application")).await)
    }

    pub(crate) async fn scoped(&self, node: &Node, name: &str, scopes: &[&str]) -> MadeKey {
        made(self.ask(node, "POST", "/keys").json(scoped(name, scopes)).await)
    }

    /// The owner, as the workspaces see them.
    pub(crate) async fn caller(&self, node: &Node) -> Caller {
        caller(node, self.owner.access_token(), Some(&self.id.to_string())).await.unwrap()
    }

    /// Somebody new with this role.
    pub(crate) async fn join(&self, world: &World, node: &Node, name: &str, role: Role) -> Answer {
        let signed_in = node.signed_in(&format!("{name}@example.org")).await;
        self.add(world, node, user(&signed_in), role).await;
        signed_in
    }

    pub(crate) async fn add(&self, world: &World, node: &Node, user: UserId, role: Role) {
        let person = world.workspaces.people().get(user).await.unwrap();
        let new = NewMember { role, handle: None, display_name: None };
        world.workspaces.add(&self.caller(node).await, person, new).await.unwrap();
    }
}

pub(crate) fn user(signed_in: &Answer) -> UserId {
    claims(signed_in.access_token())["sub"].as_str().unwrap().parse().unwrap()
}

pub(crate) fn scoped(name: &str, scopes: &[&str]) -> Value {
    json!({"kind": "scoped", "name": name, "scopes": scopes, "password": PASSWORD})
}

pub(crate) fn master(name: &str) -> Value {
    json!({"kind": "master", "name": name, "password": PASSWORD})
}

#[track_caller]
pub(crate) fn made(answer: Answer) -> MadeKey {
    let body = answer.is(201).body;
    let text = |name: &str| body[name].as_str().unwrap().to_owned();
    MadeKey { id: text("id").parse().unwrap(), text: text("api_key") }
}

/// Whoever comes with this token.
pub(crate) async fn caller(
    node: &Node,
    token: &str,
    workspace: Option<&str>,
) -> Result<Caller, &'static str> {
    caller_with(node, token, workspace, http::Request::new(())).await
}

pub(crate) async fn caller_with(
    node: &Node,
    token: &str,
    workspace: Option<&str>,
    request: http::Request<()>,
) -> Result<Caller, &'static str> {
    let (parts, ()) = request.into_parts();
    let caller = node.auth.authenticate(Credentials::Token(token), workspace, &parts).await;
    caller.map_err(|error| error.code())
}

/// Whoever acts as somebody else by this token.
pub(crate) async fn acting_as(node: &Node, token: &str, external_id: &str) -> Result<Caller, &'static str> {
    let request = http::Request::builder().header("parlance-act-as", external_id).body(()).unwrap();
    caller_with(node, token, None, request).await
}

/// Logs an embedded user in; their id and their key.
pub(crate) async fn log_in(node: &Node, master: &str, external_id: &str, name: &str) -> (UserId, String) {
    let body = json!({"external_id": external_id, "display_name": name});
    let answer = node.ask("POST", "/keys/login").bearer(master).json(body).await.is(200).body;
    let id = answer["user"]["id"].as_str().unwrap().parse().unwrap();
    (id, answer["api_key"].as_str().unwrap().to_owned())
}
