//! Trying again what others were quicker at: each attempt looks anew at what it is about to change.

use std::time::Duration;

use backon::{ExponentialBuilder, Retryable};
use parlance_base::{Error, Kind, Result};
use parlance_store::CommitError;

/// What the store says where a guard or a natural key stood against a change.
const CONFLICT: &str = "store.conflict";

/// The outcome of the first attempt that no other change comes in between of.
///
/// # Errors
/// What the attempt says; `workspace.busy` (503) where others were quicker for five seconds.
pub async fn while_conflicting<T, F: Future<Output = Result<T>>>(attempt: impl FnMut() -> F) -> Result<T> {
    let pauses = ExponentialBuilder::new()
        .with_jitter()
        .with_min_delay(Duration::from_millis(2))
        .with_max_delay(Duration::from_millis(200))
        .with_total_delay(Some(Duration::from_secs(5)))
        .without_max_times();
    let outcome = attempt.retry(pauses).when(is_conflict).await;
    outcome.map_err(|error| {
        if is_conflict(&error) {
            Error::unavailable("workspace.busy", "others keep changing the same")
        } else {
            error
        }
    })
}

/// What a plan says that was made of what is not true any more: it is to be made again.
pub(crate) fn stale() -> Error {
    CommitError::Conflict(0).into()
}

fn is_conflict(error: &Error) -> bool {
    error.kind() == Kind::Conflict && error.code() == CONFLICT
}
