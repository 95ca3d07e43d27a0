//! A fresh store on either engine, a clock in the test's hand, and the router over it.

use std::{sync::Arc, time::Duration};

use axum::{Router, body::Body, http::Request, routing::any};
use http::{StatusCode, request::Parts};
use parlance_base::{
    BoxFuture, Credential, Credentials, Error, Grant, Identify, Identity, Ids, Kind, ManualClock, Result,
    SystemClock, Time,
};
use parlance_license::{COLLECTIONS, Feature, Gate, Gated, Issuer, Key, Plan, router};
use parlance_store::{Config, Schema, Store};
use parlance_trial::{TempDir, place};
use serde_json::{Value, json};
use tower::ServiceExt;

pub(crate) use parlance_trial::{On, on_both};

/// The seed of a key for tests: it is known to everybody, and no build trusts it.
const SEED: &[u8; 32] = b"PARLANCE TEST KEY: TRUST NOBODY!";

pub(crate) const DAY: Duration = Duration::from_hours(24);

/// Who issues the keys of tests.
pub(crate) fn issuer() -> Issuer {
    Issuer::from_seed(SEED)
}

/// A key of this plan for thirty days from `from` on, with ten seats.
pub(crate) fn key(lid: &str, plan: Plan, from: Time) -> Key {
    Key {
        lid: lid.to_owned(),
        org: "Acme".to_owned(),
        plan,
        seats: Some(10),
        features: Vec::new(),
        issued_at: from,
        valid_from: from,
        valid_until: from.after(30 * DAY),
    }
}

/// The text of the key.
pub(crate) fn signed(key: &Key) -> String {
    issuer().issue(key).unwrap()
}

/// A store of its own for one test.
pub(crate) struct World {
    pub(crate) store: Store,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) ids: Ids,
    config: Config,
    pub(crate) _folder: TempDir,
}

/// Takes `Bearer user`, `Bearer admin` and `Bearer key` (an admin's, of a workspace) for what they say.
struct Host(Ids);

impl Identify for Host {
    fn identify<'a>(&'a self, _: Credentials<'a>, request: &'a Parts) -> BoxFuture<'a, Result<Identity>> {
        let who = request.headers.get("authorization").and_then(|value| value.to_str().ok());
        let identity = |is_installation_admin, grant| Identity {
            user: self.0.next(),
            credential: Credential::SignIn(self.0.next()),
            grant,
            workspace: None,
            email: None,
            is_installation_admin,
        };
        let identified = match who {
            Some("Bearer user") => Ok(identity(false, Grant::Full)),
            Some("Bearer admin") => Ok(identity(true, Grant::Full)),
            Some("Bearer key") => Ok(identity(true, Grant::Master)),
            _ => Err(Error::new(Kind::Unauthenticated, "auth.required", "nobody is signed in")),
        };
        Box::pin(async { identified })
    }
}

impl World {
    pub(crate) async fn new(on: On) -> Self {
        let ids = Ids::new(Arc::new(SystemClock)).unwrap();
        let (config, folder) = place(on, &ids);
        let store = open(config.clone(), &ids).await;
        let clock = Arc::new(ManualClock::at(Time::from_millis(1_795_253_400_000)));
        Self { store, clock, ids, config, _folder: folder }
    }

    /// What a node that starts now has.
    pub(crate) async fn gate(&self) -> Gate {
        Gate::open_trusting(&self.store, self.clock.clone(), issuer().trust()).await.unwrap()
    }

    /// Another handle to the same store where it can have one, as another process has; the same handle where it cannot.
    pub(crate) async fn other_store(&self) -> Store {
        match &self.config {
            Config::Mongo(_) => open(self.config.clone(), &self.ids).await,
            Config::Sqlite(_) => self.store.clone(),
        }
    }

    /// The answer to a request of `who` for `path`.
    pub(crate) async fn call(&self, gate: &Gate, who: &str, method: &str, path: &str) -> (StatusCode, Value) {
        self.send(gate, who, method, path, None).await
    }

    /// The answer to `who` who installs this text.
    pub(crate) async fn install(&self, gate: &Gate, who: &str, text: &str) -> (StatusCode, Value) {
        self.send(gate, who, "POST", "/api/license", Some(json!({ "key": text }))).await
    }

    pub(crate) async fn send(
        &self,
        gate: &Gate,
        who: &str,
        method: &str,
        path: &str,
        body: Option<Value>,
    ) -> (StatusCode, Value) {
        let (inner, _) = router(gate.clone(), Arc::new(Host(self.ids.clone()))).split_for_parts();
        let app = parlance_edge::finish(Router::new().nest("/api/license", inner), self.ids.clone());
        let request = Request::builder().method(method).uri(path);
        let request = request.header("authorization", format!("Bearer {who}"));
        let request = request.header("content-type", "application/json");
        let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
        answer(app, request.body(body).unwrap()).await
    }

    /// The answer to a request by this method for a route behind the feature.
    pub(crate) async fn behind(&self, gate: &Gate, feature: Feature, method: &str) -> (StatusCode, Value) {
        let route = any(|| async { axum::Json(json!("done")) }).layer(Gated::new(gate.clone(), feature));
        let app = parlance_edge::finish(Router::new().route("/thing", route), self.ids.clone());
        let request = Request::builder().method(method).uri("/thing").body(Body::empty());
        answer(app, request.unwrap()).await
    }
}

async fn answer(app: Router, request: Request<Body>) -> (StatusCode, Value) {
    let response = app.oneshot(request).await.unwrap();
    let status = response.status();
    let bytes = axum::body::to_bytes(response.into_body(), 1 << 20).await.unwrap();
    (status, serde_json::from_slice(&bytes).unwrap_or_default())
}

async fn open(config: Config, ids: &Ids) -> Store {
    let schema = Schema { version: 1, collections: COLLECTIONS.to_vec(), migrations: vec![] };
    Store::open(config, &schema, ids).await.unwrap()
}
