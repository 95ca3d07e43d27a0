//! A running node, asked through its router.

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{HeaderMap, Request, header},
};
use parlance_auth::Auth;
use parlance_base::{Ids, Revocation};
use serde_json::{Value, json};
use tokio::sync::broadcast;
use tower::ServiceExt;
use utoipa_axum::router::OpenApiRouter;

use crate::support::PASSWORD;

#[derive(Clone)]
pub(crate) struct Node {
    pub(crate) auth: Auth,
    revoked: broadcast::Sender<Revocation>,
    router: Router,
}

/// A request that is being written.
pub(crate) struct Ask {
    node: Node,
    request: http::request::Builder,
    body: Vec<u8>,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
}

/// What came back where it is no JSON.
#[derive(Debug)]
pub(crate) struct Picture {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) bytes: Vec<u8>,
}

impl Node {
    pub(crate) fn new(auth: Auth, revoked: broadcast::Sender<Revocation>, ids: &Ids) -> Self {
        let router = OpenApiRouter::new().nest("/api/auth", parlance_auth::router(auth.clone()));
        let router = parlance_edge::finish(Router::from(router), ids.clone());
        Self { auth, revoked, router }
    }

    /// What the node tells its host from now on.
    pub(crate) fn revocations(&self) -> broadcast::Receiver<Revocation> {
        self.revoked.subscribe()
    }

    pub(crate) fn ask(&self, method: &str, path: &str) -> Ask {
        let request = Request::builder().method(method).uri(format!("/api/auth{path}"));
        Ask { node: self.clone(), request, body: Vec::new() }
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        self.ask("POST", path).json(body).await
    }

    pub(crate) async fn me(&self, access_token: &str) -> Answer {
        self.ask("GET", "/me").bearer(access_token).send().await
    }

    pub(crate) async fn register(&self, email: &str) -> Answer {
        self.post("/register", json!({"email": email, "password": PASSWORD, "full_name": "Ann Lee"})).await
    }

    pub(crate) async fn login(&self, email: &str) -> Answer {
        self.post("/login", json!({"email": email, "password": PASSWORD})).await
    }

    pub(crate) async fn refresh(&self, refresh_token: &str) -> Answer {
        self.post("/refresh", json!({"refresh_token": refresh_token})).await
    }

    /// A new user who has logged in.
    pub(crate) async fn signed_in(&self, email: &str) -> Answer {
        self.register(email).await.is(201);
        self.login(email).await.is(200)
    }
}

impl Ask {
    pub(crate) fn header(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        self.request = self.request.header(name, value.as_ref());
        self
    }

    pub(crate) fn bearer(self, token: &str) -> Self {
        self.header("authorization", format!("Bearer {token}"))
    }

    pub(crate) fn body(mut self, body: impl Into<String>) -> Self {
        self.body = body.into().into_bytes();
        self
    }

    pub(crate) fn bytes(mut self, bytes: &[u8]) -> Self {
        self.body = bytes.to_vec();
        self
    }

    pub(crate) fn extension(mut self, extension: impl Clone + Send + Sync + 'static) -> Self {
        self.request = self.request.extension(extension);
        self
    }

    pub(crate) async fn json(self, body: Value) -> Answer {
        self.header("content-type", "application/json").body(body.to_string()).send().await
    }

    pub(crate) async fn send(self) -> Answer {
        let Picture { status, headers, bytes } = self.fetch().await;
        let body = if bytes.is_empty() { Value::Null } else { serde_json::from_slice(&bytes).unwrap() };
        Answer { status, headers, body }
    }

    /// As [`send`](Self::send), for what is no JSON.
    pub(crate) async fn fetch(self) -> Picture {
        let request = self.request.body(Body::from(self.body)).unwrap();
        let response = self.node.router.oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, usize::MAX).await.unwrap().to_vec();
        Picture { status: parts.status.as_u16(), headers: parts.headers, bytes }
    }
}

impl Answer {
    #[track_caller]
    pub(crate) fn is(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{self:?}");
        self
    }

    #[track_caller]
    pub(crate) fn fails(self, status: u16, code: &str) -> Self {
        assert_eq!((self.status, self.code()), (status, code), "{self:?}");
        assert!(self.body["error"]["request_id"].is_string());
        self
    }

    pub(crate) fn code(&self) -> &str {
        self.body["error"]["code"].as_str().unwrap_or_default()
    }

    pub(crate) fn access_token(&self) -> &str {
        self.body["access_token"].as_str().unwrap()
    }

    pub(crate) fn refresh_token(&self) -> &str {
        self.body["refresh_token"].as_str().unwrap()
    }

    /// A cookie that was set, with its attributes.
    pub(crate) fn cookie(&self, name: &str) -> String {
        let all = self.headers.get_all(header::SET_COOKIE).iter().map(|cookie| cookie.to_str().unwrap());
        all.filter(|cookie| cookie.starts_with(&format!("{name}="))).collect::<Vec<_>>().concat()
    }

    /// What a cookie that was set holds.
    pub(crate) fn cookie_value(&self, name: &str) -> String {
        let cookie = self.cookie(name);
        cookie.split(';').next().unwrap().split_once('=').unwrap().1.to_owned()
    }
}
