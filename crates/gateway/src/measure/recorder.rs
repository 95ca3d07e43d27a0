//! The recorder of the process, and what the gateway's own metrics are called.

use std::sync::OnceLock;

use metrics::{Unit, describe_counter, describe_gauge, describe_histogram, gauge};
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};

pub(super) const CONNECTIONS: &str = "parlance_http_connections";
pub(super) const REQUESTS: &str = "parlance_http_requests_total";
pub(super) const REQUEST_SECONDS: &str = "parlance_http_request_duration_seconds";
pub(super) const READY: &str = "parlance_ready";
pub(super) const STORE_UP: &str = "parlance_store_up";
pub(super) const BUS_UP: &str = "parlance_bus_up";
pub(super) const OFFSET: &str = "parlance_store_clock_offset_seconds";
pub(super) const JOBS_QUEUED: &str = "parlance_jobs_queued";
pub(super) const JOBS_DEAD: &str = "parlance_jobs_dead";
pub(super) const SPANS: &str = "parlance_trace_spans_total";
pub(super) const MEMORY: &str = "process_resident_memory_bytes";
pub(super) const STARTED: &str = "process_start_time_seconds";
const BUILD: &str = "parlance_build_info";

/// Bounds of what takes time: from a commit in memory to a request that is given up.
const SECONDS: [f64; 15] =
    [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 40.0];

/// Bounds of what jobs take, which wait a minute on purpose and are tried for hours.
const LONG_SECONDS: [f64; 12] = [0.005, 0.025, 0.1, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0, 300.0, 1_800.0, 7_200.0];

/// Bounds of what is counted by the piece.
const PIECES: [f64; 9] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0];

/// What the recorder of this process has counted. Clones are of the same.
#[derive(Clone, Debug)]
pub(crate) struct Exporter(PrometheusHandle);

impl Exporter {
    /// That of this process, which counts from the first call on; none where the process has another recorder already.
    pub(super) fn of_process() -> Option<Self> {
        // A recorder is the process's by the nature of the facade: servers of one process share it.
        static EXPORTER: OnceLock<Option<Exporter>> = OnceLock::new();
        EXPORTER.get_or_init(install).clone()
    }

    /// All of it, in Prometheus's text format.
    pub(super) fn text(&self) -> String {
        self.0.render()
    }

    /// Puts in order what was counted since the last time.
    pub(super) fn keep_up(&self) {
        self.0.run_upkeep();
    }
}

fn install() -> Option<Exporter> {
    let recorder = builder().ok()?.build_recorder();
    let exporter = Exporter(recorder.handle());
    metrics::set_global_recorder(recorder).ok()?;
    parlance_chat::measure::describe();
    describe();
    Some(exporter)
}

fn builder() -> Result<PrometheusBuilder, BuildError> {
    PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &SECONDS)?
        .set_buckets_for_metric(Matcher::Full("parlance_job_latency_seconds".to_owned()), &LONG_SECONDS)?
        .set_buckets_for_metric(Matcher::Full("parlance_job_duration_seconds".to_owned()), &LONG_SECONDS)?
        .set_buckets_for_metric(Matcher::Suffix("_batches".to_owned()), &PIECES)
}

fn describe() {
    describe_gauge!(BUILD, "1, with the release that runs");
    describe_gauge!(CONNECTIONS, "Open connections to the public address, sockets included");
    describe_counter!(REQUESTS, "Answered requests, by method, route and class of status; none for no route");
    describe_histogram!(
        REQUEST_SECONDS,
        Unit::Seconds,
        "How long a request took to be answered, by method and route"
    );
    describe_gauge!(READY, "Whether the node is ready: 1 or 0, as /health/ready has it");
    describe_gauge!(STORE_UP, "Whether the store answers: 1 or 0");
    describe_gauge!(BUS_UP, "Whether the other nodes can be heard, or there is no bus: 1 or 0");
    describe_gauge!(OFFSET, Unit::Seconds, "How far the store's clock is ahead of this machine's");
    describe_gauge!(JOBS_QUEUED, "Jobs of the installation that wait or run, up to 5,000");
    describe_gauge!(JOBS_DEAD, "Jobs of the installation that were given up and are kept, up to 5,000");
    describe_counter!(SPANS, "Spans of traces, by what became of them");
    describe_gauge!(MEMORY, Unit::Bytes, "Resident memory of the process");
    describe_gauge!(STARTED, Unit::Seconds, "When the server started, since the Unix epoch");
    gauge!(BUILD, "version" => env!("CARGO_PKG_VERSION")).set(1.0);
}
