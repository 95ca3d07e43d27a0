//! How long submissions to one stream wait for others to be committed with.
//!
//! A commit costs about as much for one as for many. Where many people write at once, those who were answered by the last commit
//! write again as soon as they have heard of it, a moment after the next one would have begun with the others: without a wait
//! they take turns for good, in commits of half the size.

use std::time::Duration;

use tokio::{
    sync::mpsc,
    time::{Instant, timeout_at},
};

/// A commit of fewer says of nobody that they write at once.
const MANY: usize = 8;

/// The part of what the last commit took that is waited, and the most of it.
const PART: u32 = 4;
const MOST: Duration = Duration::from_millis(50);

/// What the last commit of a stream was like.
#[derive(Debug)]
pub(crate) struct Company {
    most: usize,
    last: usize,
    took: Duration,
    ended: Instant,
}

impl Company {
    /// For commits of so many at the most.
    pub(crate) fn of(most: usize) -> Self {
        Self { most: most.max(1), last: 0, took: Duration::ZERO, ended: Instant::now() }
    }

    pub(crate) const fn most(&self) -> usize {
        self.most
    }

    /// Waits until those of the last commit are here as well, but no longer than is worth it. After as long as it took, nobody of them is
    /// expected any more.
    pub(crate) async fn gather<T>(&self, pending: &mut Vec<T>, waiting: &mut mpsc::Receiver<T>) {
        if self.last < MANY || self.ended.elapsed() > self.took {
            return;
        }
        let wanted = self.most.min(self.last + pending.len());
        let until = Instant::now() + MOST.min(self.took / PART);
        while pending.len() < wanted {
            let room = wanted - pending.len();
            if !matches!(timeout_at(until, waiting.recv_many(pending, room)).await, Ok(1..)) {
                return;
            }
        }
    }

    /// So many were committed together, which took so long and has just ended.
    pub(crate) fn committed(&mut self, many: usize, took: Duration) {
        (self.last, self.took, self.ended) = (many, took, Instant::now());
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;

    use super::*;

    /// Longer than what is waited for most.
    const TOOK: Duration = Duration::from_secs(4);

    /// How many go together, of two that are here and so many others, and whether that took as long as is waited.
    async fn gathered(last: usize, others: usize) -> (usize, bool) {
        let (sender, mut waiting) = mpsc::channel(64);
        (0..others).for_each(|other| sender.try_send(other).unwrap());
        let mut company = Company::of(20);
        company.committed(last, TOOK);
        let (begun, mut pending) = (Instant::now(), vec![0, 1]);
        company.gather(&mut pending, &mut waiting).await;
        (pending.len(), begun.elapsed() >= MOST)
    }

    #[tokio::test]
    async fn those_of_a_large_commit_are_waited_for_and_no_longer_than_a_part_of_what_it_took() {
        assert_eq!(gathered(MANY - 1, 5).await, (2, false), "nobody writes at once");
        assert_eq!(gathered(MANY, 30).await, (2 + MANY, false), "all of the last are here again");
        assert_eq!(gathered(30, 30).await, (20, false), "there is no room for more");
        assert_eq!(gathered(MANY, 3).await, (5, true), "the others do not come again");
    }

    #[tokio::test]
    async fn whom_a_commit_answered_long_ago_is_not_waited_for() {
        let (_sender, mut waiting) = mpsc::channel::<u8>(1);
        let mut company = Company::of(20);
        company.committed(20, Duration::from_millis(1));
        tokio::time::sleep(Duration::from_millis(5)).await;
        let mut pending = vec![0];
        let gathered = company.gather(&mut pending, &mut waiting).now_or_never();
        assert_eq!((gathered, pending.len()), (Some(()), 1));
    }

    #[tokio::test]
    async fn there_is_nothing_to_wait_for_where_nobody_can_come() {
        let (sender, mut waiting) = mpsc::channel::<u8>(1);
        drop(sender);
        let mut company = Company::of(20);
        company.committed(20, TOOK);
        let (begun, mut pending) = (Instant::now(), vec![0]);
        company.gather(&mut pending, &mut waiting).await;
        assert_eq!((pending.len(), begun.elapsed() < MOST), (1, true));
    }
}
