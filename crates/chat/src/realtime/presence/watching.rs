//! Who watches whom, and what each was told.

use std::collections::BTreeMap;

use parlance_base::{ConnectionId, UserId, WorkspaceId};
use serde_json::json;

use super::{Presence, Status};
use crate::realtime::{Delivery, Frame, Outlet};

/// Of how many users changes are told at once; the rest waits for the next time.
pub(super) const MOST_TOLD: usize = 1_000;

#[derive(Debug)]
pub(super) struct Watching {
    workspace: WorkspaceId,
    outlet: Outlet,
    /// What was told of each.
    told: BTreeMap<UserId, Status>,
}

impl Presence {
    /// The connection is told of these users from now on, and at once of those who are there, or of whom something else was told.
    pub(in crate::realtime) fn watch(
        &mut self,
        workspace: WorkspaceId,
        connection: ConnectionId,
        users: Vec<UserId>,
        outlet: &Outlet,
    ) {
        let before = self.unwatch(connection).unwrap_or_default();
        let known = |user: &UserId| before.get(user).copied().unwrap_or_default();
        let mut told: BTreeMap<UserId, Status> = users.into_iter().map(|user| (user, known(&user))).collect();
        let is = told.keys().map(|user| (*user, self.status((workspace, *user))));
        let new: Vec<_> =
            is.filter(|(user, status)| *status != Status::Offline || known(user) != *status).collect();
        for user in told.keys() {
            self.watchers.entry((workspace, *user)).or_default().insert(connection);
        }
        if outlet.push_volatile(Delivery::Presence(frame(&new))) {
            told.extend(new);
        } else {
            self.changed.extend(told.keys().map(|user| (workspace, *user)));
        }
        self.watching.insert(connection, Watching { workspace, outlet: outlet.clone(), told });
    }

    /// The connection is told of nobody any more; answers what it was told of whom.
    pub(in crate::realtime) fn unwatch(
        &mut self,
        connection: ConnectionId,
    ) -> Option<BTreeMap<UserId, Status>> {
        let watching = self.watching.remove(&connection)?;
        for user in watching.told.keys() {
            let who = (watching.workspace, *user);
            if let Some(watchers) = self.watchers.get_mut(&who) {
                watchers.remove(&connection);
                if watchers.is_empty() {
                    self.watchers.remove(&who);
                }
            }
        }
        Some(watching.told)
    }

    /// Tells everybody who watches somebody what has become of them.
    pub(super) fn tell(&mut self) {
        let mut changes: BTreeMap<ConnectionId, Vec<(UserId, Status)>> = BTreeMap::new();
        for _ in 0..MOST_TOLD {
            let Some(who) = self.changed.pop_first() else { break };
            let status = self.status(who);
            for connection in self.watchers.get(&who).into_iter().flatten() {
                let told = self.watching.get(connection).and_then(|watching| watching.told.get(&who.1));
                if told != Some(&status) {
                    changes.entry(*connection).or_default().push((who.1, status));
                }
            }
        }
        for (connection, changes) in changes {
            let Some(watching) = self.watching.get_mut(&connection) else { continue };
            if watching.outlet.push_volatile(Delivery::Presence(frame(&changes))) {
                watching.told.extend(changes);
            } else {
                // It is told once there is room.
                self.changed.extend(changes.into_iter().map(|(user, _)| (watching.workspace, user)));
            }
        }
    }
}

fn frame(changes: &[(UserId, Status)]) -> Frame {
    let changes: Vec<_> =
        changes.iter().map(|(user_id, status)| json!({ "user_id": user_id, "status": status })).collect();
    json!({ "type": "presence", "data": { "changes": changes } }).to_string().into()
}
