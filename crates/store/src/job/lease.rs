//! A job in a worker's hand: every way in which that ends is guarded by the owner and the attempt, so a worker that
//! lost its lease changes nothing.

use parlance_base::{NodeId, Time};

use super::{
    document::{ATTEMPT, DUE_AT, FORGIVEN, Job, LAST_ERROR, OWNER, STATE, State, shortened},
    queue::Jobs,
};
use crate::{batch::Batch, change::Change, commit_error::CommitError, query::Cond, scope::Scope};

/// The right to run a job, until it ends. There is one value for each lease, and it cannot be copied.
#[derive(Debug)]
pub struct Lease {
    job: Job,
}

/// Why a lease was not renewed or ended as asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LeaseError {
    /// The job is not this lease's any more: it was taken over or has ended, maybe by this very worker in a commit whose
    /// outcome it did not hear. Nothing was changed.
    #[error("the lease is lost")]
    Lost,
    /// The lease may still be held, and the commit failed as this says. The number of a change is its place in the
    /// follow-up batch.
    #[error(transparent)]
    Commit(#[from] CommitError),
}

impl Lease {
    /// The job, as it was when it was leased.
    #[must_use]
    pub const fn job(&self) -> &Job {
        &self.job
    }

    /// When the lease ends unless it is renewed.
    #[must_use]
    pub const fn ends_at(&self) -> Time {
        self.job.due_at
    }

    pub(super) fn begun(job: Job, owner: NodeId, ends_at: Time) -> Self {
        let attempt = job.attempt.saturating_add(1);
        Self { job: Job { state: State::Leased, owner: Some(owner), attempt, due_at: ends_at, ..job } }
    }

    /// What the job's document is while this lease holds.
    fn held(&self) -> Vec<Cond> {
        let owner = self.job.owner.map(|owner| OWNER.is(owner.to_string()));
        let state = [STATE.is(State::Leased.as_str()), ATTEMPT.is(i64::from(self.job.attempt))];
        state.into_iter().chain(owner).collect()
    }
}

impl Jobs {
    /// Makes the lease last its full time from now on. A lease that has ended, but that nobody took over, is renewed too.
    ///
    /// # Errors
    /// [`LeaseError`]; after [`CommitError::Unknown`] it may have been renewed.
    pub async fn renew(&self, lease: &mut Lease) -> Result<(), LeaseError> {
        let ends_at = self.now().after(self.policy().lease);
        self.change(lease, [DUE_AT.set(ends_at.millis())]).await?;
        lease.job.due_at = ends_at;
        Ok(())
    }

    /// Ends the job as done, in one commit with what follows from it: changes in the job's workspace, and further jobs.
    /// Call [`wake`](Self::wake) if there are any.
    ///
    /// # Errors
    /// [`LeaseError`]. After [`CommitError::Unknown`] both happened or neither; ending the lease in any way tells which,
    /// by being [`LeaseError::Lost`] or not. After any other error neither happened.
    pub async fn complete(&self, lease: &Lease, follow_up: Batch) -> Result<(), LeaseError> {
        let scope = self.store().workspace(lease.job.workspace_id);
        remove(&scope, lease, follow_up).await
    }

    /// Ends the attempt as failed: the job waits and runs again, or, after its last attempt, is given up.
    ///
    /// # Errors
    /// [`LeaseError`]; nothing needs to be done about it: the lease ends by itself, with the same result but for `error`.
    pub async fn retry(&self, lease: Lease, error: &str) -> Result<(), LeaseError> {
        if lease.job.spent() >= self.policy().attempts {
            return self.give_up(lease, error).await;
        }
        let due_at = self.now().after(self.policy().delay(lease.job.spent(), self.random()));
        let changes = [
            STATE.set(State::Waiting.as_str()),
            DUE_AT.set(due_at.millis()),
            OWNER.unset(),
            LAST_ERROR.set(shortened(error)),
        ];
        self.change(&lease, changes).await
    }

    /// Ends the job as failed for good: it is dead, whatever attempts it had left.
    ///
    /// # Errors
    /// As [`retry`](Self::retry).
    pub async fn give_up(&self, lease: Lease, error: &str) -> Result<(), LeaseError> {
        let mut batch = Batch::new();
        batch.insert(&self.given_up(&lease.job, error));
        remove(&self.system(), &lease, batch).await
    }

    /// Ends the attempt as one that does not count: the job is ready again.
    ///
    /// # Errors
    /// As [`retry`](Self::retry), but the attempt counts where the lease ends by itself.
    pub async fn give_back(&self, lease: Lease) -> Result<(), LeaseError> {
        let changes = [
            STATE.set(State::Ready.as_str()),
            DUE_AT.set(self.now().millis()),
            FORGIVEN.grow(1),
            OWNER.unset(),
        ];
        self.change(&lease, changes).await
    }

    async fn change(
        &self,
        lease: &Lease,
        changes: impl IntoIterator<Item = Change>,
    ) -> Result<(), LeaseError> {
        let mut batch = Batch::new();
        batch.update::<Job>(lease.job.id, lease.held(), changes);
        self.system().commit(batch).await.map_err(|error| of_lease(error, 0))
    }
}

/// Takes the job away together with the batch.
async fn remove(scope: &Scope, lease: &Lease, mut batch: Batch) -> Result<(), LeaseError> {
    let last = batch.len();
    batch.delete::<Job>(lease.job.id, lease.held());
    scope.commit(batch).await.map_err(|error| of_lease(error, last))
}

/// What the error means if the change at this place is the lease's own.
fn of_lease(error: CommitError, own: usize) -> LeaseError {
    match error {
        CommitError::Conflict(at) | CommitError::Missing(at) if at == own => LeaseError::Lost,
        error => LeaseError::Commit(error),
    }
}
