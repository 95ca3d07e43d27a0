//! Spans of what the store does: a commit for whoever asked for it, and a job. Where nobody listens to their target, they are
//! a look at nothing.

use parlance_base::SPANS;
use tracing::{Span, field::Empty, trace_span};

use crate::{commit_error::CommitError, measure::Run};

/// What `otel.status_code` says of something that failed.
const FAILED: &str = "error";

/// A commit of so many changes, within what asks for it; nothing where nothing does: upkeep is nobody's story.
pub(crate) fn commit(changes: usize) -> Span {
    if Span::current().is_disabled() {
        return Span::none();
    }
    trace_span!(
        target: SPANS,
        "commit",
        parlance.changes = whole(changes),
        parlance.together = Empty,
        parlance.outcome = Empty,
        otel.status_code = Empty,
    )
}

/// The batch of this commit shared its transaction, itself included, with so many.
pub(crate) fn together(commit: &Span, batches: usize) {
    commit.record("parlance.together", whole(batches));
}

/// The commit came to this.
pub(crate) fn committed(commit: &Span, outcome: &Result<(), CommitError>) {
    let Err(error) = outcome else {
        commit.record("parlance.outcome", "committed");
        return;
    };
    commit.record("parlance.outcome", error.name());
    if matches!(error, CommitError::Unknown | CommitError::Unavailable | CommitError::Refused(_)) {
        commit.record("otel.status_code", FAILED);
    }
}

/// An attempt at a job of this kind, a story of its own.
pub(crate) fn job(kind: &'static str, attempt: u32) -> Span {
    trace_span!(
        target: SPANS,
        parent: None,
        "job",
        otel.name = kind,
        otel.kind = "consumer",
        parlance.job.kind = kind,
        parlance.job.attempt = i64::from(attempt),
        parlance.outcome = Empty,
        otel.status_code = Empty,
    )
}

/// The attempt ended like this.
pub(crate) fn ran(job: &Span, run: Run) {
    job.record("parlance.outcome", run.name());
    if matches!(run, Run::Failed | Run::Dead) {
        job.record("otel.status_code", FAILED);
    }
}

/// As OpenTelemetry counts.
fn whole(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
