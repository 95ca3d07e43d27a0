//! The one error shape: `{"error":{"code","message","request_id"}}`, and the one place that maps kinds to statuses.

use std::{error::Error as _, sync::Arc};

use axum::{
    Router,
    extract::{Request, State},
    http::{HeaderName, HeaderValue, Method, StatusCode, Uri, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
};
use parlance_base::{Error, Ids, JobId, Kind};
use serde::Serialize;
use tracing::{error, warn};
use utoipa::ToSchema;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// How long a request id that came with the request may be.
const MAX_REQUEST_ID: usize = 64;

/// An error on its way to the client. It gets its body in [`finish`].
#[derive(Clone, Debug)]
pub struct Failure(Arc<Error>);

/// The body of every answer that is no success.
#[derive(Debug, Serialize, ToSchema)]
pub struct ErrorBody {
    /// What went wrong.
    pub error: ErrorDetail,
}

/// What went wrong.
#[derive(Debug, Serialize, ToSchema)]
pub struct ErrorDetail {
    /// The reason, as `<noun>.<reason>`: for programs.
    pub code: String,
    /// A sentence for people.
    pub message: String,
    /// The request, as the server's log names it.
    pub request_id: String,
}

/// The name under which a request is logged and answered.
#[derive(Clone, Debug)]
pub struct RequestId(pub String);

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self(Arc::new(error))
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let mut response = status(self.0.kind()).into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// The HTTP status of each kind.
#[must_use]
pub const fn status(kind: Kind) -> StatusCode {
    match kind {
        Kind::Malformed => StatusCode::BAD_REQUEST,
        Kind::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
        Kind::Unauthenticated => StatusCode::UNAUTHORIZED,
        Kind::Forbidden => StatusCode::FORBIDDEN,
        Kind::Payment => StatusCode::PAYMENT_REQUIRED,
        Kind::NotFound => StatusCode::NOT_FOUND,
        Kind::WrongMethod => StatusCode::METHOD_NOT_ALLOWED,
        Kind::Conflict => StatusCode::CONFLICT,
        Kind::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        Kind::TooMany { .. } => StatusCode::TOO_MANY_REQUESTS,
        Kind::Unavailable { .. } => StatusCode::SERVICE_UNAVAILABLE,
        Kind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// The router with everything that must be true of all of them: unknown routes and wrong methods fail like anything
/// else, every request has an id, every failure has its body and, where it is ours, its line in the log.
pub fn finish<S: Clone + Send + Sync + 'static>(router: Router<S>, ids: Ids) -> Router<S> {
    router
        .fallback(no_such_route)
        .method_not_allowed_fallback(wrong_method)
        .layer(middleware::from_fn_with_state(ids, answer))
}

async fn no_such_route(uri: Uri) -> Failure {
    Error::new(Kind::NotFound, "route.not_found", format!("there is nothing at {}", uri.path())).into()
}

async fn wrong_method(method: Method, uri: Uri) -> Failure {
    Error::new(Kind::WrongMethod, "route.wrong_method", format!("{} does not take {method}", uri.path()))
        .into()
}

async fn answer(State(ids): State<Ids>, mut request: Request, next: Next) -> Response {
    let id = match request.extensions().get::<RequestId>() {
        Some(RequestId(id)) => id.clone(),
        None => given_id(&request).unwrap_or_else(|| ids.next::<JobId>().to_string()),
    };
    request.extensions_mut().insert(RequestId(id.clone()));
    let mut response = next.run(request).await;
    if let Some(Failure(failure)) = response.extensions_mut().remove::<Failure>() {
        log(&failure, &id);
        response = in_shape(&response, &failure, id.clone());
    }
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    response
}

/// The id that came with the request, where it is one that can be logged.
fn given_id(request: &Request) -> Option<String> {
    let id = request.headers().get(REQUEST_ID)?.to_str().ok()?;
    let fits = (1..=MAX_REQUEST_ID).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic());
    fits.then(|| id.to_owned())
}

fn in_shape(bare: &Response, failure: &Error, request_id: String) -> Response {
    let (code, message) = match failure.kind() {
        // What went wrong with us is for the log.
        Kind::Internal => ("server.internal", "something went wrong on our side"),
        _ => (failure.code(), failure.message()),
    };
    let detail = ErrorDetail { code: code.to_owned(), message: message.to_owned(), request_id };
    let mut response = (bare.status(), axum::Json(ErrorBody { error: detail })).into_response();
    for (name, value) in bare.headers().iter().filter(|(name, _)| *name == header::ALLOW) {
        response.headers_mut().insert(name, value.clone());
    }
    if let Kind::TooMany { retry_after } | Kind::Unavailable { retry_after } = failure.kind() {
        let seconds = retry_after.as_millis().div_ceil(1_000).max(1);
        response
            .headers_mut()
            .insert(header::RETRY_AFTER, HeaderValue::from(u64::try_from(seconds).unwrap_or(60)));
    }
    response
}

fn log(failure: &Error, request_id: &str) {
    let cause = failure.source().map(ToString::to_string);
    match failure.kind() {
        Kind::Internal => error!(request.id = request_id, error = %failure, cause, "a request failed"),
        Kind::Unavailable { .. } => {
            warn!(request.id = request_id, error = %failure, cause, "a request was put off")
        }
        _ => {}
    }
}
