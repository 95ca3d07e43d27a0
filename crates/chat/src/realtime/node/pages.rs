//! The pages that the sockets of a node read: some at once, and each for all who want it meanwhile. Where many clients come back
//! together, most have missed the same.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use futures::{
    FutureExt as _,
    future::{BoxFuture, WeakShared},
};
use tokio::sync::Semaphore;

use super::Node;
use crate::realtime::{Page, StreamKey, Unavailable, limits::PAGES_AT_ONCE};

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
        let joined = self.pages.running().get(&(key, after)).and_then(WeakShared::upgrade);
        if let Some(reading) = joined {
            let page = reading.await?;
            // One that was begun before there was anything to read is of no use to who has heard of more.
            if !page.entries.is_empty() {
                return Ok(page);
            }
        }
        let reading = Arc::clone(self).read((key, after)).boxed().shared();
        if let Some(weak) = reading.downgrade() {
            self.pages.running().insert((key, after), weak);
        }
        reading.await
    }

    async fn read(self: Arc<Self>, place: Place) -> Result<Page, Unavailable> {
        let _done = Done { node: &self, place };
        let _turn = self.pages.turns.acquire().await;
        let (key, after) = place;
        self.domain.page(key, after).await
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
