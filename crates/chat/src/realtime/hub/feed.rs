//! One stream on this node: its order, and the queues of those who listen.

use std::{collections::BTreeMap, sync::Arc};

use parlance_base::{ConnectionId, Time};

use super::order::Order;
use crate::realtime::{Delivery, Live, Outlet, lane::Handed, queue::Full};

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
        self.tell(|outlet| outlet.push(Delivery::Entry(Arc::clone(live))))
    }

    /// Sends an entry to everyone who waits, and queues it for the others; returns those whose queue was full, and to how many it was
    /// sent.
    pub(super) fn hand(&self, now: Time, live: &Arc<Live>) -> (Vec<ConnectionId>, u64) {
        let mut sent = 0;
        let full = self.tell(|outlet| {
            sent += u64::from(outlet.hand(now, live)? != Handed::Refused);
            Ok(())
        });
        (full, sent)
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
        self.tell(|outlet| outlet.push(head.clone()))
    }

    fn tell(&self, mut tell: impl FnMut(&Outlet) -> Result<(), Full>) -> Vec<ConnectionId> {
        // Without a full queue, which is nearly always, nothing is allocated here.
        self.listeners.iter().filter(|(_, outlet)| tell(outlet).is_err()).map(|(id, _)| *id).collect()
    }
}
