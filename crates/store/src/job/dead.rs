//! Jobs that were given up, for an administrator: of a workspace, or of the installation.

use parlance_base::{Error, JobId, Kind, Result, WorkspaceId};

use super::{
    document::{DeadJob, WORKSPACE},
    queue::Jobs,
};
use crate::{
    batch::Batch,
    collection::ID,
    commit_error::CommitError,
    query::{Cond, Find},
};

/// Whose jobs an administrator may see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    /// Those of one workspace.
    Workspace(WorkspaceId),
    /// Everybody's.
    Everyone,
}

impl Jobs {
    /// The next `limit` (1–5,000) dead jobs after this one, or from the beginning, as they died.
    ///
    /// # Errors
    /// `store.unavailable` while the store is out of reach; `store.misuse` for another limit.
    pub async fn dead(&self, whose: Whose, after: Option<JobId>, limit: usize) -> Result<Vec<DeadJob>> {
        let of = whose.workspace().map(|workspace| WORKSPACE.is(workspace.to_string()));
        let after = after.map(|id| ID.above(id.to_string()));
        let conds: Vec<Cond> = of.into_iter().chain(after).collect();
        self.system().find(Find::new(conds).ascending(ID).limit(limit)).await
    }

    /// Makes the job of this [`DeadJob::id`] ready again, under the id that it had as a job; the attempts until
    /// now do not count.
    ///
    /// # Errors
    /// `job.not_dead` where there is no such dead job, or only somebody else's, or another replay was faster; `job.queued`
    /// where a job with its id is in the queue; `store.unavailable` and `store.unknown` while the store is out of reach.
    pub async fn replay(&self, whose: Whose, id: JobId) -> Result<()> {
        let dead =
            self.system().get::<DeadJob>(id).await?.filter(|dead| whose.covers(dead)).ok_or_else(not_dead)?;
        let mut batch = Batch::new();
        batch.delete::<DeadJob>(id, []).insert(&dead.revived(self.now()));
        match self.system().commit(batch).await {
            Ok(()) => {
                self.wake();
                Ok(())
            }
            Err(CommitError::Missing(_)) => Err(not_dead()),
            Err(CommitError::Duplicate(..)) => {
                Err(Error::new(Kind::Conflict, "job.queued", "a job with this id is in the queue"))
            }
            Err(error) => Err(error.into()),
        }
    }
}

impl Whose {
    const fn workspace(self) -> Option<WorkspaceId> {
        match self {
            Self::Workspace(workspace) => Some(workspace),
            Self::Everyone => None,
        }
    }

    fn covers(self, dead: &DeadJob) -> bool {
        self.workspace().is_none_or(|workspace| workspace == dead.workspace_id)
    }
}

fn not_dead() -> Error {
    Error::new(Kind::NotFound, "job.not_dead", "there is no such dead job")
}
