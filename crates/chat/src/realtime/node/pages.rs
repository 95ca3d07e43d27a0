//! The pages that the sockets of a node read: some at once, and each for all who want it meanwhile. Where many clients come back
//! together, most have missed the same.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use futures::{
    FutureExt as _,
    future::{BoxFuture, Shared, WeakShared},
};
use tokio::{sync::Semaphore, time::timeout};

use super::Node;
use crate::realtime::{
    Page, StreamKey, Unavailable,
    limits::{ANSWER_WITHIN, PAGES_AT_ONCE},
};

/// A page by its stream and the position before it.
type Place = (StreamKey, u64);

type Reading = BoxFuture<'static, Result<Page, Unavailable>>;

pub(in crate::realtime) struct Pages {
    turns: Semaphore,
    running: Mutex<HashMap<Place, WeakShared<Reading>>>,
}

impl Pages {
    pub(super) fn new() -> Self {
        Self { turns: Semaphore::new(PAGES_AT_ONCE), running: Mutex::default() }
    }

    fn running(&self) -> MutexGuard<'_, HashMap<Place, WeakShared<Reading>>> {
        // Nothing that is done under the lock can break half-way.
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Node {
    /// The page of the stream after this `seq`, read once it is its turn: by this call, or by one that is at it already.
    pub(in crate::realtime) async fn page(
        self: &Arc<Self>,
        key: StreamKey,
        after: u64,
    ) -> Result<Page, Unavailable> {
        let (reading, joined) = self.join((key, after));
        let page = reading.await?;
        // One that was begun before there was anything to read is of no use to who has heard of more.
        if joined && page.entries.is_empty() {
            return Arc::clone(self).read((key, after)).await;
        }
        Ok(page)
    }

    /// The read of this page, and whether it was begun before.
    fn join(self: &Arc<Self>, place: Place) -> (Shared<Reading>, bool) {
        let mut running = self.pages.running();
        if let Some(reading) = running.get(&place).and_then(WeakShared::upgrade) {
            return (reading, true);
        }
        let reading = Arc::clone(self).read(place).boxed().shared();
        running.extend(reading.downgrade().map(|weak| (place, weak)));
        (reading, false)
    }

    async fn read(self: Arc<Self>, place: Place) -> Result<Page, Unavailable> {
        let _done = Done { node: &self, place };
        let _turn = self.pages.turns.acquire().await;
        let (key, after) = place;
        timeout(ANSWER_WITHIN, self.domain.page(key, after)).await.unwrap_or(Err(Unavailable))
    }
}

/// Nobody joins a read that has ended, or that nobody waits for any more.
struct Done<'a> {
    node: &'a Node,
    place: Place,
}

impl Drop for Done<'_> {
    fn drop(&mut self) {
        self.node.pages.running().remove(&self.place);
    }
}
