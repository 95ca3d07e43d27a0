//! What the store has to say of itself in numbers, by the crate `metrics`. Where the process has no recorder, nothing is
//! counted.
//!
//! Handles are kept by what uses them: a name is looked up when a store is opened, and not when it commits.

use std::collections::BTreeMap;

use metrics::{
    Counter, Gauge, Histogram, Unit, counter, describe_counter, describe_gauge, describe_histogram, gauge,
    histogram,
};
use tokio::time::Instant;

use crate::commit_error::CommitError;

const COMMITS: &str = "parlance_store_commits_total";
const COMMIT_SECONDS: &str = "parlance_store_commit_duration_seconds";
const TOGETHER: &str = "parlance_store_transaction_batches";
const QUEUE: &str = "parlance_store_queue_batches";
const RUNS: &str = "parlance_job_runs_total";
const RUN_SECONDS: &str = "parlance_job_duration_seconds";
const LATENCY_SECONDS: &str = "parlance_job_latency_seconds";

/// The kind of jobs that no handler of this process runs: their own name is whatever was stored.
pub(crate) const UNKNOWN: &str = "unknown";

/// Tells the process's recorder what the metrics of this crate are. Recorders want to hear it once; what is opened before there
/// is one counts nothing.
pub fn describe() {
    describe_counter!(COMMITS, "Batches, by what came of them");
    describe_histogram!(COMMIT_SECONDS, Unit::Seconds, "How long a batch took, its wait for others included");
    describe_histogram!(TOGETHER, "Batches that were committed in one transaction");
    describe_gauge!(QUEUE, "Batches that wait or are being committed");
    describe_counter!(RUNS, "Attempts at jobs that ended here, by kind and what came of them");
    describe_histogram!(RUN_SECONDS, Unit::Seconds, "How long an attempt at a job took, by kind");
    describe_histogram!(
        LATENCY_SECONDS,
        Unit::Seconds,
        "From when a job was asked for until it was done, delays and failed attempts included, by kind"
    );
}

/// One more of what a gauge counts, until it is dropped.
#[derive(Debug)]
pub struct OneMore(Gauge);

impl OneMore {
    /// Counts one more.
    #[must_use]
    pub fn of(gauge: &Gauge) -> Self {
        gauge.increment(1.0);
        Self(gauge.clone())
    }
}

impl Drop for OneMore {
    fn drop(&mut self) {
        self.0.decrement(1.0);
    }
}

/// Of an open engine.
#[derive(Clone, Debug)]
pub(crate) struct Commits {
    committed: Counter,
    conflict: Counter,
    duplicate: Counter,
    missing: Counter,
    unknown: Counter,
    unavailable: Counter,
    refused: Counter,
    seconds: Histogram,
    together: Histogram,
    queue: Gauge,
}

impl Commits {
    pub(crate) fn new() -> Self {
        let of = |outcome: &'static str| counter!(COMMITS, "outcome" => outcome);
        Self {
            committed: of("committed"),
            conflict: of("conflict"),
            duplicate: of("duplicate"),
            missing: of("missing"),
            unknown: of("unknown"),
            unavailable: of("unavailable"),
            refused: of("refused"),
            seconds: histogram!(COMMIT_SECONDS),
            together: histogram!(TOGETHER),
            queue: gauge!(QUEUE),
        }
    }

    /// A batch that waits or is being committed, until this is dropped.
    pub(crate) fn waiting(&self) -> OneMore {
        OneMore::of(&self.queue)
    }

    /// So many batches were committed in one transaction.
    #[expect(clippy::cast_precision_loss, reason = "there are a few hundred at most")]
    pub(crate) fn together(&self, batches: usize) {
        if batches > 0 {
            self.together.record(batches as f64);
        }
    }

    /// The commit, with its outcome counted and its time taken.
    pub(crate) async fn timed(
        &self,
        commit: impl Future<Output = Result<(), CommitError>>,
    ) -> Result<(), CommitError> {
        let start = Instant::now();
        let outcome = commit.await;
        self.seconds.record(start.elapsed());
        self.of(&outcome).increment(1);
        outcome
    }

    const fn of(&self, outcome: &Result<(), CommitError>) -> &Counter {
        match outcome {
            Ok(()) => &self.committed,
            Err(CommitError::Conflict(_)) => &self.conflict,
            Err(CommitError::Duplicate(..)) => &self.duplicate,
            Err(CommitError::Missing(_)) => &self.missing,
            Err(CommitError::Unknown) => &self.unknown,
            Err(CommitError::Unavailable) => &self.unavailable,
            Err(CommitError::Refused(_)) => &self.refused,
        }
    }
}

/// What came of an attempt at a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Run {
    Done,
    /// It runs again.
    Failed,
    /// It was given up.
    Dead,
    /// It was given back, because the process ends.
    Returned,
    /// Whoever has it now, it is not this process; or how it ended could not be stored.
    Lost,
}

impl Run {
    /// What it is called where outcomes are told apart.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Dead => "dead",
            Self::Returned => "returned",
            Self::Lost => "lost",
        }
    }
}

/// Of a worker, by kind of job.
#[derive(Debug)]
pub(crate) struct Runs(BTreeMap<&'static str, Kind>);

#[derive(Debug)]
struct Kind {
    done: Counter,
    failed: Counter,
    dead: Counter,
    returned: Counter,
    lost: Counter,
    seconds: Histogram,
    latency: Histogram,
}

impl Runs {
    pub(crate) fn new(kinds: impl Iterator<Item = &'static str>) -> Self {
        Self(kinds.chain([UNKNOWN]).map(|kind| (kind, Kind::new(kind))).collect())
    }

    /// An attempt at a job of this kind took so many seconds and ended like this, so many after the job was asked for.
    pub(crate) fn ended(&self, kind: &str, run: Run, seconds: f64, latency: f64) {
        let Some(kind) = self.0.get(kind).or_else(|| self.0.get(UNKNOWN)) else { return };
        kind.seconds.record(seconds);
        if run == Run::Done {
            kind.latency.record(latency);
        }
        kind.of(run).increment(1);
    }
}

impl Kind {
    fn new(kind: &'static str) -> Self {
        let of = |outcome: &'static str| counter!(RUNS, "kind" => kind, "outcome" => outcome);
        Self {
            done: of("done"),
            failed: of("failed"),
            dead: of("dead"),
            returned: of("returned"),
            lost: of("lost"),
            seconds: histogram!(RUN_SECONDS, "kind" => kind),
            latency: histogram!(LATENCY_SECONDS, "kind" => kind),
        }
    }

    const fn of(&self, run: Run) -> &Counter {
        match run {
            Run::Done => &self.done,
            Run::Failed => &self.failed,
            Run::Dead => &self.dead,
            Run::Returned => &self.returned,
            Run::Lost => &self.lost,
        }
    }
}
