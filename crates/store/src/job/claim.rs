//! Taking jobs: one workspace after the other has its turn, so none starves behind another's million jobs.
//!
//! What a claim reads is bounded by what it may take, however many jobs there are.

use parlance_base::{Result, Time};

use super::{
    document::{ATTEMPT, DUE_AT, Job, OWNER, STATE, State, WORKSPACE},
    lease::Lease,
    queue::Jobs,
};
use crate::{batch::Batch, commit_error::CommitError, query::Find};

/// How many jobs one claim takes at most …
const MAX_CLAIM: usize = 64;

/// … and how many of them one workspace's.
const PER_TURN: usize = 4;

/// How many times a claim that lost everything to other nodes looks again.
const TRIES: usize = 4;

/// Among how many of a workspace's oldest jobs a claim chooses that lost everything before.
const SPREAD: usize = 32;

/// One walk round the workspaces that have ready jobs.
struct Walk {
    /// The workspace that had the last turn before this walk: it comes last.
    last: String,
    at: String,
    wrapped: bool,
}

impl Jobs {
    /// Leases up to `most` ready jobs, and never more than 64, to this node: of each workspace its oldest, up to four,
    /// beginning after the workspace that came last in the claim before. Fewer where there are no more, none also where
    /// other nodes were faster each time.
    ///
    /// Reads at most twice as many documents as it may take; where other nodes were faster it looks up to three times
    /// again, then at the 32 oldest of each workspace.
    ///
    /// # Errors
    /// `store.unavailable` and `store.unknown` while the store is out of reach. A lease may then have begun that nobody
    /// has: it ends by itself and counts as an attempt.
    pub async fn claim(&self, most: usize) -> Result<Vec<Lease>> {
        for attempt in 0..TRIES {
            let found = self.ready(most.min(MAX_CLAIM), attempt > 0).await?;
            if found.is_empty() {
                break;
            }
            let leases = self.lease(found).await?;
            if !leases.is_empty() {
                return Ok(leases);
            }
        }
        Ok(Vec::new())
    }

    /// The jobs whose turn it is; `spread` chooses among the oldest, so that rivals choose differently.
    async fn ready(&self, most: usize, spread: bool) -> Result<Vec<Job>> {
        let mut walk = Walk::after(self.served());
        let mut found = Vec::new();
        for _ in 0..most {
            let room = (most - found.len()).min(PER_TURN);
            if room == 0 {
                break;
            }
            let Some(workspace) = self.next_workspace(&mut walk).await? else { break };
            found.extend(self.oldest(&workspace, room, spread).await?);
            self.set_served(workspace);
        }
        Ok(found)
    }

    /// The next workspace with a ready job; none once all had their turn.
    async fn next_workspace(&self, walk: &mut Walk) -> Result<Option<String>> {
        loop {
            let next = Find::new([STATE.is(State::Ready.as_str()), WORKSPACE.above(&walk.at)]);
            let next = self.system().find::<Job>(next.ascending(WORKSPACE).limit(1)).await?;
            match next.first().map(|job| job.workspace_id.to_string()) {
                Some(workspace) if walk.wrapped && workspace > walk.last => return Ok(None),
                Some(workspace) => {
                    walk.at.clone_from(&workspace);
                    return Ok(Some(workspace));
                }
                None if walk.wrapped => return Ok(None),
                None => walk.wrap(),
            }
        }
    }

    /// Up to `room` of the workspace's ready jobs: the oldest, or some of the oldest.
    async fn oldest(&self, workspace: &str, room: usize, spread: bool) -> Result<Vec<Job>> {
        let oldest = Find::new([STATE.is(State::Ready.as_str()), WORKSPACE.is(workspace)]);
        let page = if spread { SPREAD } else { room };
        let mut jobs = self.system().find::<Job>(oldest.ascending(DUE_AT).limit(page)).await?;
        if spread && !jobs.is_empty() {
            let first = usize::try_from(self.random()).unwrap_or(0) % jobs.len();
            jobs.rotate_left(first);
        }
        jobs.truncate(room);
        Ok(jobs)
    }

    /// Leases those of the jobs that nobody else took meanwhile.
    async fn lease(&self, mut jobs: Vec<Job>) -> Result<Vec<Lease>> {
        let ends_at = self.now().after(self.policy().lease);
        while !jobs.is_empty() {
            match self.system().commit(self.leasing(&jobs, ends_at)).await {
                Ok(()) => break,
                Err(CommitError::Conflict(lost) | CommitError::Missing(lost)) => drop(jobs.remove(lost)),
                Err(error) => return Err(error.into()),
            }
        }
        Ok(jobs.into_iter().map(|job| Lease::begun(job, self.node(), ends_at)).collect())
    }

    fn leasing(&self, jobs: &[Job], ends_at: Time) -> Batch {
        let mut batch = Batch::new();
        for job in jobs {
            let changes = [
                STATE.set(State::Leased.as_str()),
                OWNER.set(self.node().to_string()),
                ATTEMPT.grow(1),
                DUE_AT.set(ends_at.millis()),
            ];
            batch.update::<Job>(job.id, job.unchanged(), changes);
        }
        batch
    }
}

impl Walk {
    fn after(last: String) -> Self {
        Self { at: last.clone(), last, wrapped: false }
    }

    /// Goes on with the first workspace of all.
    fn wrap(&mut self) {
        self.at.clear();
        self.wrapped = true;
    }
}
