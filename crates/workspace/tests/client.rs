//! Requests to the router, and what the tests mostly ask of it.

use std::sync::Arc;

use axum::{
    Router,
    body::Body,
    http::{Request, StatusCode},
};
use parlance_base::{UserId, WorkspaceId};
use parlance_workspace::{Workspaces, router};
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::{host::Host, support::World};

/// An answer, its body null where it has none.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Value,
}

impl Answer {
    /// The code of the failure; empty where it is none.
    pub(crate) fn code(&self) -> &str {
        self.body["error"]["code"].as_str().unwrap_or_default()
    }

    /// Status and code.
    pub(crate) fn refusal(&self) -> (u16, &str) {
        (self.status, self.code())
    }

    /// The body of a success with this status.
    #[track_caller]
    pub(crate) fn with(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.body);
        self.body
    }
}

impl World {
    /// A request by `who` to a path below `/api/workspaces`.
    pub(crate) async fn call(&self, who: UserId, method: &str, path: &str, body: Option<Value>) -> Answer {
        let body = body.map(|body| body.to_string());
        self.call_node(&self.workspaces, &who.to_string(), method, path, body).await
    }

    /// A request to this node, with whatever body.
    pub(crate) async fn call_node(
        &self,
        node: &Workspaces,
        who: &str,
        method: &str,
        path: &str,
        body: Option<String>,
    ) -> Answer {
        let host = Arc::new(Host(node.clone()));
        let (inner, _) = router(node.clone(), host.clone(), host).split_for_parts();
        let app = parlance_edge::finish(Router::new().nest("/api/workspaces", inner), self.ids.clone());
        let request = Request::builder().method(method).uri(format!("/api/workspaces{path}"));
        let request = request.header("authorization", format!("Bearer {who}"));
        let request = request.header("content-type", "application/json");
        let response =
            app.oneshot(request.body(body.map_or_else(Body::empty, Body::from)).unwrap()).await.unwrap();
        let status = response.status();
        let bytes = axum::body::to_bytes(response.into_body(), 1 << 20).await.unwrap();
        let body = if bytes.is_empty() { Value::Null } else { serde_json::from_slice(&bytes).unwrap() };
        assert!(status != StatusCode::INTERNAL_SERVER_ERROR, "{method} {path}: {body}");
        Answer { status: status.as_u16(), body }
    }

    pub(crate) async fn get(&self, who: UserId, path: &str) -> Answer {
        self.call(who, "GET", path, None).await
    }

    pub(crate) async fn post(&self, who: UserId, path: &str, body: Value) -> Answer {
        self.call(who, "POST", path, Some(body)).await
    }

    pub(crate) async fn patch(&self, who: UserId, path: &str, body: Value) -> Answer {
        self.call(who, "PATCH", path, Some(body)).await
    }

    pub(crate) async fn delete(&self, who: UserId, path: &str) -> Answer {
        self.call(who, "DELETE", path, None).await
    }

    /// A new workspace with this slug, owned by `owner`.
    pub(crate) async fn workspace(&self, owner: UserId, slug: &str) -> WorkspaceId {
        let made = self.post(owner, "", json!({ "name": slug, "slug": slug })).await.with(201);
        made["id"].as_str().unwrap().parse().unwrap()
    }

    /// A new person who is this in the workspace.
    pub(crate) async fn member(&self, by: UserId, workspace: WorkspaceId, name: &str, role: &str) -> UserId {
        let user = self.person(name).await;
        let body = json!({ "user_id": user, "role": role });
        self.post(by, &format!("/{workspace}/members"), body).await.with(201);
        user
    }
}
