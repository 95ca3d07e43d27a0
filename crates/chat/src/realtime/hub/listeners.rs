//! The connections of this node, by id and by user.

use std::collections::{BTreeMap, BTreeSet};

use parlance_base::{ConnectionId, StreamId, UserId, WorkspaceId};

use crate::realtime::{CallerRef, Check, Outlet, Revocation, frame::CloseCode, limits::USER_CONNECTIONS};

#[derive(Debug)]
pub(super) struct Listener {
    pub(super) caller: CallerRef,
    pub(super) outlet: Outlet,
    /// What it listens to.
    pub(super) streams: BTreeSet<StreamId>,
}

#[derive(Debug, Default)]
pub(super) struct Listeners {
    by_id: BTreeMap<ConnectionId, Listener>,
    by_user: BTreeMap<(WorkspaceId, UserId), BTreeSet<ConnectionId>>,
}

impl Listeners {
    /// Registers a connection and tells it so, unless its user has too many: then it is told to close.
    pub(super) fn open(&mut self, id: ConnectionId, caller: CallerRef, outlet: Outlet) {
        let of_user = self.by_user.entry((caller.workspace, caller.user)).or_default();
        if of_user.len() >= USER_CONNECTIONS {
            return outlet.close(CloseCode::TooManyConnections);
        }
        of_user.insert(id);
        outlet.registered();
        self.by_id.insert(id, Listener { caller, outlet, streams: BTreeSet::new() });
    }

    pub(super) fn get_mut(&mut self, id: ConnectionId) -> Option<&mut Listener> {
        self.by_id.get_mut(&id)
    }

    pub(super) fn remove(&mut self, id: ConnectionId) -> Option<Listener> {
        let listener = self.by_id.remove(&id)?;
        let user = (listener.caller.workspace, listener.caller.user);
        if let Some(of_user) = self.by_user.get_mut(&user) {
            of_user.remove(&id);
            if of_user.is_empty() {
                self.by_user.remove(&user);
            }
        }
        Some(listener)
    }

    /// The connections of a user in a workspace.
    pub(super) fn of_user(
        &self,
        workspace: WorkspaceId,
        user: UserId,
    ) -> impl Iterator<Item = (ConnectionId, &Listener)> {
        let ids = self.by_user.get(&(workspace, user)).into_iter().flatten();
        ids.filter_map(|id| Some((*id, self.by_id.get(id)?)))
    }

    /// Everyone's caller; those who have several connections come several times.
    pub(super) fn callers(&self) -> impl Iterator<Item = CallerRef> {
        self.by_id.values().map(|listener| listener.caller)
    }

    /// Everyone's queue.
    pub(super) fn outlets(&self) -> impl Iterator<Item = &Outlet> {
        self.by_id.values().map(|listener| &listener.outlet)
    }

    /// Those whom it concerns, with what they are closed with.
    pub(super) fn concerned(&self, revocation: Revocation) -> Vec<(ConnectionId, CloseCode)> {
        let code = |listener: &Listener| CloseCode::after(revocation.makes_of(&listener.caller)?);
        self.by_id.iter().filter_map(|(id, listener)| Some((*id, code(listener)?))).collect()
    }

    /// Tells the caller's connections that a check asked for at `asked` was good; returns those to be closed if not.
    pub(super) fn checked(
        &self,
        asked: parlance_base::Time,
        caller: CallerRef,
        check: Check,
    ) -> Vec<(ConnectionId, CloseCode)> {
        let theirs =
            self.of_user(caller.workspace, caller.user).filter(|(_, listener)| listener.caller == caller);
        let Some(code) = CloseCode::after(check) else {
            theirs.for_each(|(_, listener)| listener.outlet.checked(asked));
            return Vec::new();
        };
        theirs.map(|(id, _)| (id, code)).collect()
    }
}
