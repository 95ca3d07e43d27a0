//! Traces: what happens for whom and how long it takes, as spans that are sent to a collector by OTLP over HTTP.
//!
//! They are the spans of `tracing` with the target [`SPANS`], wherever they are made. Without a collector nobody listens to that
//! target, and they are a look at nothing. What sends them has threads of its own, so no request waits for a collector.

mod count;
mod post;
mod queue;
mod request;

use std::{sync::Arc, thread, time::Duration};

use opentelemetry::{KeyValue, trace::TracerProvider as _};
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig as _, WithHttpConfig as _};
use opentelemetry_sdk::{
    Resource,
    trace::{Sampler, SdkTracerProvider, SpanLimits},
};
use parlance_base::{Ids, NodeId, SPANS, SystemClock};
use tokio::sync::oneshot;
use tracing::{Metadata, Subscriber, warn};
use tracing_subscriber::{
    Layer,
    filter::{LevelFilter, filter_fn},
    registry::LookupSpan,
};

use crate::config::{Config, headers, traces_url};
use post::Post;
use queue::Queue;

pub(crate) use count::counted;
pub(crate) use request::{answered, request};

/// How long one delivery may take, with all that is tried again.
const DELIVERY: Duration = Duration::from_secs(10);

/// How long the last spans may take at a shutdown.
const LAST: Duration = Duration::from_secs(4);

/// Sends the spans of this process to the configured collector.
#[derive(Debug)]
pub(crate) struct Traces(SdkTracerProvider);

impl Traces {
    /// Begins to send spans; nothing where no collector is configured.
    ///
    /// # Errors
    /// What cannot be used, with the setting's name.
    pub(crate) fn open(config: &Config) -> Result<Option<Self>, String> {
        let Some(endpoint) = &config.otlp_endpoint else { return Ok(None) };
        let url = traces_url(endpoint).map_err(|wrong| wrong.reason)?;
        let headers = headers(config.otlp_headers.as_ref()).map_err(|wrong| wrong.reason)?;
        let failed = |error: &dyn std::error::Error| format!("traces cannot be sent: {error}");
        let exporter = SpanExporter::builder()
            .with_http()
            .with_endpoint(url.as_str())
            .with_protocol(Protocol::HttpBinary)
            .with_timeout(DELIVERY)
            .with_http_client(Post::new(url, headers).map_err(|error| failed(&*error))?)
            .build()
            .map_err(|error| failed(&error))?;
        let sampled = Sampler::TraceIdRatioBased(config.otlp_sample);
        let provider = SdkTracerProvider::builder()
            .with_span_processor(Queue::before(exporter))
            .with_sampler(Sampler::ParentBased(Box::new(sampled)))
            .with_span_limits(SpanLimits::default())
            .with_resource(resource()?)
            .build();
        Ok(Some(Self(provider)))
    }

    /// What listens to the spans that are sent, and to nothing else.
    pub(crate) fn layer<S>(&self) -> impl Layer<S> + use<S>
    where
        S: Subscriber + for<'span> LookupSpan<'span>,
    {
        tracing_opentelemetry::layer()
            .with_tracer(self.0.tracer("parlance"))
            .with_context_activation(false)
            .with_level(false)
            .with_location(false)
            .with_target(false)
            .with_threads(false)
            .with_tracked_inactivity(false)
            .with_filter(filter_fn(is_traced).with_max_level_hint(LevelFilter::TRACE))
    }

    /// Delivers what was not delivered yet, in four seconds at most, and ends.
    pub(crate) async fn end(self) {
        let (answer, answered) = oneshot::channel();
        let end = move || drop(answer.send(self.0.shutdown_with_timeout(LAST)));
        // The end of the process does not wait for this thread, as it would for one of the runtime's: it may be told twice to end.
        let begun = thread::Builder::new().name("traces-end".to_owned()).spawn(end);
        if begun.is_err() || !matches!(answered.await, Ok(Ok(()))) {
            warn!("the last spans were not delivered");
        }
    }
}

/// Whether this is about traces, and nothing for a log.
pub(crate) fn is_traced(metadata: &Metadata<'_>) -> bool {
    metadata.target() == SPANS
}

/// Who speaks. Not what the environment says it is: settings have one place.
fn resource() -> Result<Resource, String> {
    let ids = Ids::new(Arc::new(SystemClock)).map_err(|_| "the system has no randomness to give")?;
    let instance = ids.next::<NodeId>().to_string();
    Ok(Resource::builder_empty()
        .with_service_name("parlance")
        .with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")))
        .with_attribute(KeyValue::new("service.instance.id", instance))
        .build())
}
