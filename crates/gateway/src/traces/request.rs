//! The span of a request: its method, its route's template and how it was answered. Nothing of what it asks for or who asks.

use http::{HeaderMap, Method, StatusCode};
use opentelemetry::propagation::TextMapPropagator as _;
use opentelemetry_http::HeaderExtractor;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use parlance_base::SPANS;
use tracing::{Span, field::Empty, trace_span};
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

use crate::method;

/// What OpenTelemetry calls methods that clients made up.
const OTHER: &str = "_OTHER";

/// A request. It goes on with the trace that `traceparent` names among the headers, where these are given, and begins one of its
/// own otherwise.
pub(crate) fn request(method: &Method, route: Option<&str>, headers: Option<&HeaderMap>) -> Span {
    let known = method::known(method);
    let (verb, method) = (known.unwrap_or("HTTP"), known.unwrap_or(OTHER));
    let span = trace_span!(
        target: SPANS,
        parent: None,
        "request",
        otel.name = format_args!("{verb}{}{}", route.map_or("", |_| " "), route.unwrap_or_default()),
        otel.kind = "server",
        http.request.method = method,
        http.route = route,
        http.response.status_code = Empty,
        otel.status_code = Empty,
    );
    if let Some(headers) = headers.filter(|_| !span.is_disabled()) {
        // A span that has begun cannot be given a parent: this one has not.
        let _ = span.set_parent(TraceContextPropagator::new().extract(&HeaderExtractor(headers)));
    }
    span
}

/// The request was answered so.
pub(crate) fn answered(request: &Span, status: StatusCode) {
    request.record("http.response.status_code", i64::from(status.as_u16()));
    if status.is_server_error() {
        request.record("otel.status_code", "error");
    }
}
