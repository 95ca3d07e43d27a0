//! What one request may take of the server: bytes, time, a place among those that run. And what becomes of one that panics.

use std::{any::Any, sync::Arc, time::Duration};

use axum::{
    Router,
    extract::{DefaultBodyLimit, Request, State},
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse as _, Response},
};
use parlance_base::Error;
use parlance_edge::Failure;
use tokio::{sync::Semaphore, time::timeout};
use tower_http::catch_panic::CatchPanicLayer;

/// The largest body: the longest message, every character of it escaped, and some room. A router may allow less.
const BODY_BYTES: usize = 256 * 1_024;

/// How long a request may run: longer than the longest long poll, and than the store takes to say that it cannot.
const WITHIN: Duration = Duration::from_secs(40);

/// How many requests may run at once, long polls included.
const AT_ONCE: usize = 10_000;

/// What requests take from.
#[derive(Clone)]
struct Bounds {
    places: Arc<Semaphore>,
    within: Duration,
}

/// The router within these bounds.
pub(crate) fn bounded(router: Router) -> Router {
    within(router, Bounds { places: Arc::new(Semaphore::new(AT_ONCE)), within: WITHIN })
}

fn within(router: Router, bounds: Bounds) -> Router {
    router
        .layer(from_fn_with_state(bounds, run))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(DefaultBodyLimit::max(BODY_BYTES))
}

async fn run(State(bounds): State<Bounds>, request: Request, next: Next) -> Response {
    let Ok(_place) = bounds.places.try_acquire() else {
        return Failure::from(Error::unavailable("server.busy", "too many requests run at once"))
            .into_response();
    };
    timeout(bounds.within, next.run(request)).await.unwrap_or_else(|_| {
        let message = "the request took too long; whether it was carried out is not known";
        Failure::from(Error::unavailable("server.timeout", message)).into_response()
    })
}

fn panicked(panic: Box<dyn Any + Send>) -> Response {
    let said = panic.downcast_ref::<String>().cloned();
    let said = said.or_else(|| panic.downcast_ref::<&str>().map(ToString::to_string));
    let error = Error::internal("server.panicked", said.unwrap_or_else(|| "a handler panicked".to_owned()));
    Failure::from(error).into_response()
}

#[cfg(test)]
mod tests {
    use axum::{body::Body, http::StatusCode, routing::get};
    use tower::ServiceExt as _;

    use super::*;

    async fn panics() -> StatusCode {
        panic!("on purpose")
    }

    /// The status of the answer, with so many places and so much time.
    async fn status(router: Router, places: usize, within: Duration) -> StatusCode {
        let bounds = Bounds { places: Arc::new(Semaphore::new(places)), within };
        super::within(router, bounds).oneshot(Request::new(Body::empty())).await.unwrap().status()
    }

    #[tokio::test]
    async fn a_handler_that_panics_answers_500() {
        let router = Router::new().route("/", get(panics));
        assert_eq!(status(router, 1, WITHIN).await, StatusCode::INTERNAL_SERVER_ERROR);
    }

    #[tokio::test]
    async fn a_handler_that_never_ends_is_ended() {
        let router = Router::new().route("/", get(std::future::pending::<StatusCode>));
        assert_eq!(status(router, 1, Duration::from_millis(1)).await, StatusCode::SERVICE_UNAVAILABLE);
    }

    #[tokio::test]
    async fn one_request_too_many_is_told_to_come_back() {
        let router = Router::new().route("/", get(async || StatusCode::OK));
        assert_eq!(status(router.clone(), 0, WITHIN).await, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(status(router, 1, WITHIN).await, StatusCode::OK);
    }
}
