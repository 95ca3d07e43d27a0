//! A fresh store on either engine, a clock in the test's hand, and the router over it.

use std::sync::Arc;

use axum::{Router, body::Body, http::Request};
use http::{StatusCode, request::Parts};
use parlance_base::{
    BoxFuture, Credential, Credentials, Error, Grant, Identify, Identity, Ids, Kind, ManualClock, Result,
    SystemClock, Time,
};
use parlance_license::{COLLECTIONS, Gate, router};
use parlance_store::{Schema, Store};
use parlance_trial::{TempDir, place};
use serde_json::Value;
use tower::ServiceExt;

pub(crate) use parlance_trial::{On, on_both};

/// A store of its own for one test.
pub(crate) struct World {
    pub(crate) store: Store,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) ids: Ids,
    pub(crate) _folder: TempDir,
}

/// Takes `Bearer user` and `Bearer admin` for what they say.
struct Host(Ids);

impl Identify for Host {
    fn identify<'a>(&'a self, _: Credentials<'a>, request: &'a Parts) -> BoxFuture<'a, Result<Identity>> {
        let who = request.headers.get("authorization").and_then(|value| value.to_str().ok());
        let identity = |is_installation_admin| Identity {
            user: self.0.next(),
            credential: Credential::SignIn(self.0.next()),
            grant: Grant::Full,
            email: None,
            is_installation_admin,
        };
        let identified = match who {
            Some("Bearer user") => Ok(identity(false)),
            Some("Bearer admin") => Ok(identity(true)),
            _ => Err(Error::new(Kind::Unauthenticated, "auth.required", "nobody is signed in")),
        };
        Box::pin(async { identified })
    }
}

impl World {
    pub(crate) async fn new(on: On) -> Self {
        let ids = Ids::new(Arc::new(SystemClock)).unwrap();
        let (config, folder) = place(on, &ids);
        let schema = Schema { version: 1, collections: COLLECTIONS.to_vec(), migrations: vec![] };
        let store = Store::open(config, &schema, &ids).await.unwrap();
        let clock = Arc::new(ManualClock::at(Time::from_millis(1_795_253_400_000)));
        Self { store, clock, ids, _folder: folder }
    }

    /// What a node that starts now has.
    pub(crate) async fn gate(&self) -> Gate {
        Gate::open(&self.store, self.clock.clone()).await.unwrap()
    }

    /// The answer to a request of `who` for `path`.
    pub(crate) async fn call(&self, gate: &Gate, who: &str, method: &str, path: &str) -> (StatusCode, Value) {
        let (inner, _) = router(gate.clone(), Arc::new(Host(self.ids.clone()))).split_for_parts();
        let app = parlance_edge::finish(Router::new().nest("/api/license", inner), self.ids.clone());
        let request =
            Request::builder().method(method).uri(path).header("authorization", format!("Bearer {who}"));
        let response = app.oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        let status = response.status();
        let bytes = axum::body::to_bytes(response.into_body(), 1 << 20).await.unwrap();
        (status, serde_json::from_slice(&bytes).unwrap())
    }
}
