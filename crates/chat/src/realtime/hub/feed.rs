//! One stream on this node: its order, and the queues of those who listen.

use std::{collections::BTreeMap, sync::Arc};

use parlance_base::{ConnectionId, Time};
use smallvec::SmallVec;

use super::order::Order;
use crate::realtime::{Delivery, Live, Outlet, queue::Full};

/// How many queues are fetched from memory at the same time, before the first of them is sent to.
const AHEAD: usize = 16;

#[derive(Debug)]
pub(super) struct Feed {
    pub(super) order: Order,
    pub(super) listeners: BTreeMap<ConnectionId, Outlet>,
    /// A read of what is missing is wanted, running or to be repeated.
    pub(super) reading: bool,
    /// Where the last read began.
    pub(super) read_after: u64,
}

impl Feed {
    pub(super) fn starting_after(at: u64) -> Self {
        Self { order: Order::starting_after(at), listeners: BTreeMap::new(), reading: false, read_after: at }
    }

    /// Queues an entry for everyone; returns those whose queue was full.
    pub(super) fn deliver(&self, live: &Arc<Live>) -> Vec<ConnectionId> {
        self.tell(|| Delivery::Entry(Arc::clone(live)))
    }

    /// Sends an entry to everyone who waits, and queues it for the others; returns those whose queue was full, and to how many it was
    /// sent.
    pub(super) fn hand(&self, now: Time, live: &Arc<Live>) -> (Vec<ConnectionId>, u64) {
        let (mut full, mut sent) = (Vec::new(), 0);
        let mut listeners = self.listeners.iter();
        loop {
            let next: SmallVec<[_; AHEAD]> = listeners.by_ref().take(AHEAD).collect();
            if next.is_empty() {
                return (full, sent);
            }
            next.iter().for_each(|(_, outlet)| outlet.fetch());
            for (id, outlet) in next {
                match outlet.hand(now, live) {
                    Ok(was_sent) => sent += u64::from(was_sent),
                    Err(Full) => full.push(*id),
                }
            }
        }
    }

    /// Queues what is stored nowhere, for everyone but these; who has no room for it does without.
    pub(super) fn pass_on(&self, delivery: &Delivery, except: &[ConnectionId]) {
        for (_, outlet) in self.listeners.iter().filter(|(id, _)| !except.contains(id)) {
            // Where there is no room it is lost.
            let _ = outlet.push_volatile(delivery.clone());
        }
    }

    /// Tells everyone how far the stream has come; returns those whose queue was full.
    pub(super) fn tell_head(&self, head: Delivery) -> Vec<ConnectionId> {
        self.tell(|| head.clone())
    }

    fn tell(&self, delivery: impl Fn() -> Delivery) -> Vec<ConnectionId> {
        // Without a full queue, which is nearly always, nothing is allocated here.
        self.listeners
            .iter()
            .filter(|(_, outlet)| outlet.push(delivery()).is_err())
            .map(|(id, _)| *id)
            .collect()
    }
}
