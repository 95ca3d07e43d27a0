//! Taking away the jobs of a workspace that is no more.

use parlance_base::{JobId, Result, WorkspaceId};

use super::{
    document::{DeadJob, Job, STATE, State, WORKSPACE},
    queue::Jobs,
};
use crate::{batch::Batch, commit_error::CommitError, query::Find};

/// How many jobs of each kind one step takes away.
const PAGE: usize = 100;

impl Jobs {
    /// Takes away up to 400 jobs of the workspace, dead ones among them, whatever their state and but for the one that
    /// asks; answers how many. One that runs meanwhile loses its lease.
    ///
    /// # Errors
    /// `store.unavailable` and `store.unknown` while the store is out of reach: what is left is taken with the next call.
    pub async fn remove_of(&self, workspace: WorkspaceId, own: JobId) -> Result<usize> {
        let mut batch = Batch::new();
        for state in [State::Waiting, State::Ready, State::Leased] {
            let conds = [STATE.is(state.as_str()), WORKSPACE.is(workspace.to_string())];
            let jobs = self.system().find::<Job>(Find::new(conds).limit(PAGE)).await?;
            for job in jobs.iter().filter(|job| job.id != own) {
                batch.delete::<Job>(job.id, []);
            }
        }
        let dead = Find::new([WORKSPACE.is(workspace.to_string())]).limit(PAGE);
        for job in self.system().find::<DeadJob>(dead).await? {
            batch.delete::<DeadJob>(job.id, []);
        }
        let removed = batch.len();
        match self.system().commit(batch).await {
            // One of them has ended since: the next step looks anew.
            Ok(()) | Err(CommitError::Missing(_)) => Ok(removed),
            Err(error) => Err(error.into()),
        }
    }
}
