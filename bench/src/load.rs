//! Load that does not wait for the server: each piece of work is begun at its time, and counted from that time on, so that a
//! server which stalls is not asked less meanwhile.

use std::time::Duration;

use futures::{StreamExt as _, stream::FuturesUnordered};
use tokio::time::{Instant, sleep_until};

use crate::samples::Samples;

/// How much may be under way at once; what finds no place is counted as lost.
const MOST: usize = 2_000;

/// What came of a load.
#[derive(Clone, Debug, Default)]
pub(crate) struct Outcome {
    /// What was done, from its time on.
    pub(crate) done: Samples,
    /// What was refused, or found no place.
    pub(crate) refused: usize,
}

/// Does `work`, numbered from 0, `per_second` times a second for so long.
pub(crate) async fn steady<F: Future<Output = bool>>(
    per_second: u32,
    lasting: Duration,
    mut work: impl FnMut(usize) -> F,
) -> Outcome {
    let (begin, each) = (Instant::now(), Duration::from_secs(1) / per_second.max(1));
    let (mut running, mut done, mut refused, mut number) = (FuturesUnordered::new(), Vec::new(), 0, 0_u32);
    loop {
        let due = begin + each * number;
        let over = per_second == 0 || due >= begin + lasting;
        tokio::select! {
            Some((took, good)) = running.next() => {
                if good { done.push(took) } else { refused += 1 }
            }
            () = sleep_until(due), if !over => {
                if running.len() < MOST {
                    let doing = work(number as usize);
                    running.push(async move {
                        let good = doing.await;
                        (due.elapsed(), good)
                    });
                } else {
                    refused += 1;
                }
                number += 1;
            }
            else => return Outcome { done: done.into_iter().collect(), refused },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn work_that_stalls_is_counted_from_its_time_on() {
        let outcome = steady(10, Duration::from_secs(1), |number| async move {
            tokio::time::sleep(Duration::from_millis(if number == 0 { 500 } else { 1 })).await;
            number != 1
        })
        .await;
        assert_eq!((outcome.done.len(), outcome.refused), (9, 1));
        assert_eq!(outcome.done.quantile(1.0).as_millis(), 500);
    }
}
