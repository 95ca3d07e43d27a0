//! Ending keys.

use parlance_base::{Caller, Error, KeyId, Kind, Result, Revocation, UserId, WorkspaceId};
use parlance_store::{Batch, CommitError, Find};
use parlance_workspace::{AuditEntry, permission::Action};

use super::{Key, MADE, SHELF};
use crate::Auth;

/// How many workspaces of a user are looked at at once.
const AT_ONCE: usize = 100;

impl Auth {
    /// Deletes a key of the caller's workspace that somebody made: on this node it is out at once, on others within 5
    /// seconds.
    ///
    /// # Errors
    /// 404 `key.not_found`; else as the permission table's row `key.manage` says; 503 where the store cannot say that it is
    /// gone: try again.
    pub async fn delete_key(&self, caller: &Caller, id: KeyId) -> Result<()> {
        self.core.workspaces.allow(caller, Action::KeyManage)?;
        let scope = self.core.store.workspace(caller.workspace);
        let mut batch = Batch::new();
        batch.delete::<Key>(id, [SHELF.is(MADE)]);
        let target = Some(id.to_string());
        batch.insert(&AuditEntry::done(self.core.ids.next(), caller, "key.deleted", target, self.now()));
        match scope.commit(batch).await {
            Err(CommitError::Missing(_) | CommitError::Conflict(_)) => return Err(not_found()),
            Err(CommitError::Unknown) if scope.get::<Key>(id).await?.is_none() => {}
            outcome => outcome?,
        }
        self.key_ended(caller.workspace, id);
        tracing::info!(workspace.id = %caller.workspace, key.id = %id, user.id = %caller.user, "an API key was deleted");
        Ok(())
    }

    /// Ends the keys that a user who was stopped made where they still are a member; elsewhere their keys are void.
    ///
    /// # Errors
    /// 503 where not all of them have ended: try again.
    pub(crate) async fn end_keys_of(&self, user: UserId) -> Result<()> {
        let mut after = None;
        loop {
            let (listed, next) = self.core.workspaces.list(user, None, after, AT_ONCE).await?;
            for (workspace, _) in listed {
                self.end_keys_in(workspace.id, user).await?;
            }
            if next.is_none() {
                return Ok(());
            }
            after = next;
        }
    }

    async fn end_keys_in(&self, workspace: WorkspaceId, user: UserId) -> Result<()> {
        let scope = self.core.store.workspace(workspace);
        let made = scope.find::<Key>(Find::new([SHELF.is(MADE)])).await?;
        for key in made.into_iter().filter(|key| key.user_id == user) {
            let mut batch = Batch::new();
            batch.delete::<Key>(key.id, []);
            let (id, target) = (self.core.ids.next(), Some(key.id.to_string()));
            batch.insert(&AuditEntry::done_by_system(id, "key.deleted", target, self.now()));
            match scope.commit(batch).await {
                Ok(()) | Err(CommitError::Missing(_)) => self.key_ended(workspace, key.id),
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    /// Remembers that the key ended, and says so to who keeps connections.
    pub(super) fn key_ended(&self, workspace: WorkspaceId, id: KeyId) {
        self.core.keys_known.end((workspace, id));
        (self.core.revoked)(Revocation::Key(id));
    }
}

fn not_found() -> Error {
    Error::new(Kind::NotFound, "key.not_found", "the workspace has no such key")
}
