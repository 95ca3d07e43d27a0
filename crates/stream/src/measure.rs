//! What the writing of streams has to say of itself in numbers, by the crate `metrics`.

use metrics::{Counter, Gauge, counter, describe_counter, describe_gauge, gauge};

const ENTRIES: &str = "parlance_stream_entries_total";
const RETRIES: &str = "parlance_stream_retries_total";
const WRITERS: &str = "parlance_stream_writers";
const QUEUE: &str = "parlance_stream_queue_submissions";

/// Tells the process's recorder what the metrics of this crate are.
pub fn describe() {
    describe_counter!(ENTRIES, "Entries that this node appended to streams");
    describe_counter!(
        RETRIES,
        "Times that submissions were planned again: others had written first, or nobody knew whether they were stored"
    );
    describe_gauge!(WRITERS, "Streams that have a writer on this node");
    describe_gauge!(QUEUE, "Submissions that wait for their stream's writer or are being written");
}

/// Of the streams of a node.
#[derive(Debug)]
pub(crate) struct Writing {
    pub(crate) entries: Counter,
    /// Others had written first.
    pub(crate) stale: Counter,
    /// Whether a commit had happened was not known.
    pub(crate) unknown: Counter,
    pub(crate) writers: Gauge,
    pub(crate) queue: Gauge,
}

impl Writing {
    pub(crate) fn new() -> Self {
        Self {
            entries: counter!(ENTRIES),
            stale: counter!(RETRIES, "reason" => "stale"),
            unknown: counter!(RETRIES, "reason" => "unknown"),
            writers: gauge!(WRITERS),
            queue: gauge!(QUEUE),
        }
    }
}
