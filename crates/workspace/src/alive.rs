//! Which workspaces there still are, as a node remembers it: asking who somebody is in a workspace is on every request's
//! way, so whether the workspace is there is looked up once in a while, and not with each.

use std::{
    collections::{HashMap, HashSet},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use parlance_base::{Result, WorkspaceId};
use tokio::time::Instant;

use crate::{Workspaces, workspace::Workspace};

/// How long a workspace is taken to be there without another look: another node's deletion is seen here after that.
const FRESH: Duration = Duration::from_secs(3);

/// How many workspaces are remembered; beyond it, all are looked up anew.
const MAX_REMEMBERED: usize = 10_000;

/// What is remembered.
#[derive(Debug, Default)]
pub(crate) struct Alive(Mutex<Remembered>);

#[derive(Debug, Default)]
struct Remembered {
    /// When each was there.
    seen: HashMap<WorkspaceId, Instant>,
    /// Those that this node deleted, whatever a look that began before says.
    deleted: HashSet<WorkspaceId>,
}

impl Workspaces {
    /// Whether there is the workspace: no longer at once after this node deleted it, else within three seconds.
    ///
    /// # Errors
    /// `store.unavailable` while the store is out of reach or busy.
    pub(crate) async fn is_alive(&self, workspace: WorkspaceId) -> Result<bool> {
        if self.alive().is_remembered(workspace) {
            return Ok(true);
        }
        let looked = Instant::now();
        let known = self.installation().get::<Workspace>(workspace).await?;
        let is_alive = known.is_some_and(|workspace| workspace.deleted_at.is_none());
        Ok(is_alive && self.alive().remember(workspace, looked))
    }
}

impl Alive {
    /// Takes the workspace to be gone from now on.
    pub(crate) fn forget(&self, workspace: WorkspaceId) {
        let mut remembered = self.lock();
        remembered.seen.remove(&workspace);
        if remembered.deleted.len() >= MAX_REMEMBERED {
            // What was deleted so long ago is seen to be so by every look.
            remembered.deleted.clear();
        }
        remembered.deleted.insert(workspace);
    }

    fn is_remembered(&self, workspace: WorkspaceId) -> bool {
        self.lock().seen.get(&workspace).is_some_and(|seen| seen.elapsed() < FRESH)
    }

    /// Remembers what was seen then; false where it was deleted since.
    fn remember(&self, workspace: WorkspaceId, seen: Instant) -> bool {
        let mut remembered = self.lock();
        if remembered.seen.len() >= MAX_REMEMBERED {
            remembered.seen.clear();
        }
        let is_there = !remembered.deleted.contains(&workspace);
        if is_there {
            remembered.seen.insert(workspace, seen);
        }
        is_there
    }

    fn lock(&self) -> MutexGuard<'_, Remembered> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
