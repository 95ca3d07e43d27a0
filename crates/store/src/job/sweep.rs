//! Moving jobs whose time has come: those that waited, those whose worker was lost, and the dead that were kept long enough.

use parlance_base::Result;

use super::{
    document::{DIED_AT, DUE_AT, DeadJob, Job, LAST_ERROR, OWNER, STATE, State},
    queue::Jobs,
};
use crate::{batch::Batch, commit_error::CommitError, query::Find};

/// How many jobs of a state one sweep moves.
const PAGE: usize = 100;

/// How many times a sweep looks again after somebody else moved one of its jobs.
const TRIES: usize = 3;

const LOST_WORKER: &str = "its worker was lost";

/// What a sweep did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// How many jobs it moved, made ready or gave up.
    pub moved: usize,
    /// Whether there may be more to move at once.
    pub more: bool,
}

impl Jobs {
    /// Makes up to 100 waiting jobs ready that are due, and up to 100 whose lease has ended; one whose lease ended in its last
    /// attempt is given up instead. Forgets up to 100 dead jobs that were kept long enough.
    ///
    /// Any number of nodes may sweep at once: each job is moved once.
    ///
    /// # Errors
    /// `store.unavailable` and `store.unknown` while the store is out of reach; the next sweep does what this one did not.
    pub async fn sweep(&self) -> Result<Swept> {
        let mut swept = Swept::default();
        for state in [State::Waiting, State::Leased] {
            let moved = self.release(state).await?;
            swept.moved += moved;
            swept.more |= moved == PAGE;
        }
        swept.more |= self.forget().await? == PAGE;
        Ok(swept)
    }

    /// Moves the jobs of this state that are due, and answers how many.
    async fn release(&self, state: State) -> Result<usize> {
        for _ in 0..TRIES {
            let due =
                Find::new([STATE.is(state.as_str()), DUE_AT.below(self.now().millis().saturating_add(1))]);
            let due = self.system().find::<Job>(due.limit(PAGE)).await?;
            match self.system().commit(self.releasing(&due)).await {
                Ok(()) => return Ok(due.len()),
                // Another node sweeps, or a worker renewed in time: what is left is looked up anew.
                Err(CommitError::Conflict(_) | CommitError::Missing(_)) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(0)
    }

    fn releasing(&self, due: &[Job]) -> Batch {
        let mut batch = Batch::new();
        for job in due {
            let ready = STATE.set(State::Ready.as_str());
            if job.state == State::Waiting {
                batch.update::<Job>(job.id, job.unchanged(), [ready]);
            } else if job.spent() < self.policy().attempts {
                let changes = [ready, OWNER.unset(), LAST_ERROR.set(LOST_WORKER)];
                batch.update::<Job>(job.id, job.unchanged(), changes);
            } else {
                batch.delete::<Job>(job.id, job.unchanged()).insert(&self.given_up(job, LOST_WORKER));
            }
        }
        batch
    }

    /// Takes dead jobs away that were kept long enough, and answers how many.
    async fn forget(&self) -> Result<usize> {
        let old = Find::new([DIED_AT.below(self.now().before(self.policy().keep_dead))]).limit(PAGE);
        let old = self.system().find::<DeadJob>(old).await?;
        let mut batch = Batch::new();
        for job in &old {
            batch.delete::<DeadJob>(job.id, []);
        }
        match self.system().commit(batch).await {
            Ok(()) => Ok(old.len()),
            // Another node forgets them, or one was replayed: the next sweep looks anew.
            Err(CommitError::Missing(_)) => Ok(0),
            Err(error) => Err(error.into()),
        }
    }
}
