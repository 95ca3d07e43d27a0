//! A collector of traces on this machine: what is sent to it by OTLP over HTTP, read back.

use std::{
    collections::BTreeMap,
    net::Ipv4Addr,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
    routing::post,
};
use opentelemetry_proto::tonic::{
    collector::trace::v1::ExportTraceServiceRequest,
    common::v1::{KeyValue, any_value::Value},
    trace::v1,
};
use prost::Message as _;
use tokio::{net::TcpListener, task::JoinHandle};
use tokio_util::task::AbortOnDropHandle;

/// Takes whatever is sent until it is dropped.
pub(super) struct Collector {
    pub(super) endpoint: String,
    deliveries: Deliveries,
    _serving: AbortOnDropHandle<()>,
}

type Deliveries = Arc<Mutex<Vec<(HeaderMap, ExportTraceServiceRequest)>>>;

/// A span as it arrived.
#[derive(Clone, Debug)]
pub(super) struct Seen {
    pub(super) name: String,
    pub(super) trace: Vec<u8>,
    pub(super) id: Vec<u8>,
    pub(super) parent: Vec<u8>,
    pub(super) is_served: bool,
    pub(super) has_failed: bool,
    pub(super) attributes: BTreeMap<String, String>,
}

impl Collector {
    pub(super) async fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let deliveries = Deliveries::default();
        let router = Router::new().route("/v1/traces", post(take)).with_state(Arc::clone(&deliveries));
        let serving = async move { axum::serve(listener, router).await.unwrap() };
        let serving: JoinHandle<()> = tokio::runtime::Handle::current().spawn(serving);
        Self { endpoint, deliveries, _serving: AbortOnDropHandle::new(serving) }
    }

    /// All that arrived, as somebody who looks for secrets reads it.
    pub(super) fn text(&self) -> String {
        let deliveries = self.deliveries.lock().unwrap();
        deliveries.iter().map(|(_, request)| format!("{request:?}\n")).collect()
    }

    /// The headers of each delivery.
    pub(super) fn headers(&self) -> Vec<HeaderMap> {
        self.deliveries.lock().unwrap().iter().map(|(headers, _)| headers.clone()).collect()
    }

    /// What the process said of itself, the first time.
    pub(super) fn resource(&self) -> BTreeMap<String, String> {
        let deliveries = self.deliveries.lock().unwrap();
        let resource = deliveries[0].1.resource_spans[0].resource.as_ref().unwrap();
        attributes(&resource.attributes)
    }

    pub(super) fn spans(&self) -> Vec<Seen> {
        let deliveries = self.deliveries.lock().unwrap();
        let resources = deliveries.iter().flat_map(|(_, request)| &request.resource_spans);
        resources.flat_map(|one| &one.scope_spans).flat_map(|one| &one.spans).map(Seen::of).collect()
    }

    pub(super) fn named(&self, name: &str) -> Vec<Seen> {
        self.spans().into_iter().filter(|span| span.name == name).collect()
    }

    /// The spans within this one.
    pub(super) fn within(&self, parent: &Seen) -> Vec<Seen> {
        let spans = self.spans().into_iter();
        spans.filter(|span| span.trace == parent.trace && span.parent == parent.id).collect()
    }
}

impl Seen {
    fn of(span: &v1::Span) -> Self {
        assert!(span.end_time_unix_nano >= span.start_time_unix_nano && span.events.is_empty());
        Self {
            name: span.name.clone(),
            trace: span.trace_id.clone(),
            id: span.span_id.clone(),
            parent: span.parent_span_id.clone(),
            is_served: span.kind() == v1::span::SpanKind::Server,
            has_failed: span
                .status
                .as_ref()
                .is_some_and(|status| status.code() == v1::status::StatusCode::Error),
            attributes: attributes(&span.attributes),
        }
    }
}

async fn take(State(deliveries): State<Deliveries>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let Ok(request) = ExportTraceServiceRequest::decode(body) else { return StatusCode::BAD_REQUEST };
    deliveries.lock().unwrap().push((headers, request));
    StatusCode::OK
}

fn attributes(attributes: &[KeyValue]) -> BTreeMap<String, String> {
    let text = |one: &KeyValue| match one.value.as_ref()?.value.as_ref()? {
        Value::StringValue(text) => Some(text.clone()),
        Value::IntValue(number) => Some(number.to_string()),
        _ => None,
    };
    attributes.iter().map(|one| (one.key.clone(), text(one).unwrap())).collect()
}
