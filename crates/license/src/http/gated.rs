//! The layer that keeps the writes of routes behind a feature.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use axum::{
    extract::Request,
    http::Method,
    response::{IntoResponse as _, Response},
};
use parlance_edge::Failure;
use tower::{Layer, Service};

use crate::{gate::Gate, plan::Feature};

/// Has the writes of the routes beneath it be refused while the feature is not licensed: 403
/// `license.feature_required`. Reading and deleting pass, with or without a license.
///
/// It asks before anybody is identified: strangers who write learn that the feature is not licensed, and nothing else. It
/// is the door's check; what else reaches the same verb (a socket, a job) asks [`Gate::require`] in the domain.
///
/// What exports is a read, and stays open: it is put beside the layer, not beneath it, where it is asked for by `POST`.
#[derive(Clone, Debug)]
pub struct Gated {
    gate: Gate,
    feature: Feature,
}

/// A service behind [`Gated`].
#[derive(Clone, Debug)]
pub struct GatedService<S> {
    inner: S,
    gated: Gated,
}

impl Gated {
    /// The layer for routes of this feature.
    #[must_use]
    pub const fn new(gate: Gate, feature: Feature) -> Self {
        Self { gate, feature }
    }
}

impl<S> Layer<S> for Gated {
    type Service = GatedService<S>;

    fn layer(&self, inner: S) -> GatedService<S> {
        GatedService { inner, gated: self.clone() }
    }
}

impl<S> Service<Request> for GatedService<S>
where
    S: Service<Request, Response = Response>,
    S::Future: Send + 'static,
    S::Error: 'static,
{
    type Response = Response;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let Gated { gate, feature } = &self.gated;
        match gate.require(*feature) {
            Err(refused) if writes(request.method()) => {
                Box::pin(async { Ok(Failure::from(refused).into_response()) })
            }
            _ => Box::pin(self.inner.call(request)),
        }
    }
}

/// What takes away is no write in this sense: nobody must be kept from cleaning up.
fn writes(method: &Method) -> bool {
    ![Method::GET, Method::HEAD, Method::OPTIONS, Method::DELETE].contains(method)
}
