//! The one way in which tests wait: for a condition, within a bound.

use std::time::Duration;

use tokio::time::{sleep, timeout};

/// Far more than anything takes on a machine with too much to do; a test that passes does not wait for it.
const PATIENCE: Duration = Duration::from_secs(30);

/// Waits until this holds. It is looked at again every 10 ms of the test's own time, whatever clock its world has.
///
/// # Panics
/// With what was waited for, where it does not hold within half a minute.
pub async fn eventually(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let waits = async {
        while !holds().await {
            sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(PATIENCE, waits).await.unwrap_or_else(|_| panic!("waited half a minute in vain: {what}"));
}
