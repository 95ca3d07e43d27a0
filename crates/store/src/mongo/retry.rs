//! How long to wait before trying again: ever longer, and never in step with another process.

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBuilder};

/// The waits, without end: who waits decides when it was long enough.
pub(super) fn waits() -> impl Iterator<Item = Duration> + Send {
    ExponentialBuilder::new()
        .with_min_delay(Duration::from_millis(5))
        .with_max_delay(Duration::from_millis(100))
        .without_max_times()
        .with_jitter()
        .build()
}
