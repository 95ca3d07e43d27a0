//! What is stored nowhere: what is passed on to whoever listens now, and who is there.

use std::sync::Arc;

use parlance_base::{ConnectionId, UserId};

use super::{Hub, listeners::Listener};
use crate::realtime::{Delivery, Frame, StreamKey, Volatile, Wish};

impl Hub {
    pub(super) fn pass_on(&self, key: StreamKey, except: Option<UserId>, frame: Frame) {
        let Some(feed) = self.feeds.get(&key) else { return };
        let theirs = except.into_iter().flat_map(|user| self.listeners.of_user(key.workspace, user));
        let theirs: Vec<ConnectionId> = theirs.map(|(id, _)| id).collect();
        let volatile = Arc::new(Volatile { stream: key.stream, frame });
        feed.pass_on(&Delivery::Volatile(volatile), &theirs);
    }

    pub(super) fn arrived(&mut self, connection: ConnectionId, dnd: bool) {
        if let Some(Listener { caller, .. }) = self.listeners.get_mut(connection) {
            let who = (caller.workspace, caller.user);
            self.presence.arrived(who, connection, dnd);
        }
    }

    pub(super) fn wish(&mut self, connection: ConnectionId, wish: Wish) {
        let Some(Listener { caller, outlet, .. }) = self.listeners.get_mut(connection) else { return };
        match wish {
            Wish::Is(activity) => {
                self.presence.is((caller.workspace, caller.user), connection, activity);
            }
            Wish::Watch(users) => self.presence.watch(caller.workspace, connection, users, outlet),
        }
    }
}
