//! Where spans wait to be sent. Nobody waits for room: a span that finds none is dropped, and counted.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use opentelemetry::Context;
use opentelemetry_sdk::{
    Resource,
    error::OTelSdkResult,
    trace::{BatchConfigBuilder, BatchSpanProcessor, Span, SpanData, SpanExporter, SpanProcessor},
};

use super::count;

/// How many spans may wait.
const ROOM: usize = 2_048;

/// How many are sent at once.
const TOGETHER: usize = 512;

/// How long one waits for others to be sent with.
const WAIT: Duration = Duration::from_secs(2);

/// The queue before an exporter, and the thread that empties it.
#[derive(Debug)]
pub(super) struct Queue {
    queue: BatchSpanProcessor,
    waiting: Waiting,
}

/// How many spans wait. The library's queue has the same bound and does not say when it drops, so it is kept from having to.
#[derive(Clone, Debug, Default)]
struct Waiting(Arc<AtomicUsize>);

/// The exporter, and what it takes out of the queue.
#[derive(Debug)]
struct Emptying<E> {
    exporter: E,
    waiting: Waiting,
}

impl Queue {
    pub(super) fn before(exporter: impl SpanExporter + 'static) -> Self {
        let waiting = Waiting::default();
        let settings = BatchConfigBuilder::default()
            .with_max_queue_size(ROOM)
            .with_max_export_batch_size(TOGETHER)
            .with_scheduled_delay(WAIT)
            .build();
        let queue = BatchSpanProcessor::new(Emptying { exporter, waiting: waiting.clone() }, settings);
        Self { queue, waiting }
    }
}

impl Waiting {
    /// Whether there is room for one more, which is taken.
    fn enter(&self) -> bool {
        let one_more = |waiting| (waiting < ROOM).then_some(waiting + 1);
        self.0.fetch_update(Ordering::AcqRel, Ordering::Acquire, one_more).is_ok()
    }

    fn leave(&self, spans: usize) {
        self.0.fetch_sub(spans, Ordering::AcqRel);
    }
}

impl SpanProcessor for Queue {
    fn on_start(&self, span: &mut Span, context: &Context) {
        self.queue.on_start(span, context);
    }

    fn on_end(&self, span: SpanData) {
        if self.waiting.enter() {
            self.queue.on_end(span);
        } else {
            count::dropped();
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.queue.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.queue.shutdown_with_timeout(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.queue.set_resource(resource);
    }
}

impl<E: SpanExporter> SpanExporter for Emptying<E> {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let spans = batch.len();
        self.waiting.leave(spans);
        let sent = self.exporter.export(batch).await;
        count::sent(spans, sent.is_ok());
        sent
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.exporter.shutdown_with_timeout(timeout)
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.exporter.force_flush()
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.exporter.set_resource(resource);
    }
}
