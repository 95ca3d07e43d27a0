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

/// The router within these bounds.
pub(crate) fn bounded(router: Router) -> Router {
    router
        .layer(from_fn_with_state(Arc::new(Semaphore::new(AT_ONCE)), run))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(DefaultBodyLimit::max(BODY_BYTES))
}

async fn run(State(places): State<Arc<Semaphore>>, request: Request, next: Next) -> Response {
    let Ok(_place) = places.try_acquire() else {
        return Failure::from(Error::unavailable("server.busy", "too many requests run at once"))
            .into_response();
    };
    timeout(WITHIN, next.run(request)).await.unwrap_or_else(|_| {
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

    #[tokio::test]
    async fn a_handler_that_panics_answers_500() {
        let router = bounded(Router::new().route("/", get(panics)));
        let response = router.oneshot(Request::new(Body::empty())).await.unwrap();
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
    }

    #[tokio::test(start_paused = true)]
    async fn a_handler_that_never_ends_is_ended() {
        let router = bounded(Router::new().route("/", get(std::future::pending::<StatusCode>)));
        let response = router.oneshot(Request::new(Body::empty())).await.unwrap();
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
    }
}
