//! One job's run: its handler in a task of its own, and beside it the lease, renewed for as long as it takes.

use std::sync::Arc;

use tokio::{
    select,
    task::JoinError,
    time::{Instant, sleep, timeout},
};
use tokio_util::{
    sync::CancellationToken,
    task::{AbortOnDropHandle, TaskTracker},
};
use tracing::Instrument as _;

use super::{
    document::Job,
    handler::{Failure, Handler, Handlers},
    lease::{Lease, LeaseError},
    queue::Jobs,
};
use crate::{
    batch::Batch,
    measure::{Run, Runs, UNKNOWN},
    trace,
};

type Ended = Result<Result<Batch, Failure>, JoinError>;

/// What the runs of one worker share.
#[derive(Clone, Debug)]
pub(super) struct Runner {
    pub(super) jobs: Jobs,
    pub(super) handlers: Handlers,
    pub(super) tasks: TaskTracker,
    pub(super) measured: Arc<Runs>,
    /// Have handlers stop and give the leases back.
    pub(super) recall: CancellationToken,
    /// Have everything stop where it is.
    pub(super) kill: CancellationToken,
}

impl Runner {
    /// Runs the job to its end, or for as long as its lease is held.
    pub(super) async fn run(&self, lease: Lease) {
        let (kind, asked, start) = (lease.job().kind.clone(), lease.job().created_at, Instant::now());
        let span = trace::job(self.handlers.kind_of(lease.job()).unwrap_or(UNKNOWN), lease.job().attempt);
        let run = self.attempt(lease).instrument(span.clone()).await;
        trace::ran(&span, run);
        let latency = self.jobs.now().since(asked);
        self.measured.ended(&kind, run, start.elapsed().as_secs_f64(), latency.as_secs_f64());
    }

    async fn attempt(&self, mut lease: Lease) -> Run {
        let Some(handler) = self.handlers.of(lease.job()) else {
            return self
                .settle(lease, Ok(Err(Failure::Retryable("no handler runs jobs of this kind".to_owned()))))
                .await;
        };
        let mut handling = self.handle(handler, lease.job().clone());
        let ended = select! {
            ended = &mut handling => ended,
            () = self.recall.cancelled() => {
                handling.abort();
                handling.await
            }
            () = self.keep(&mut lease) => return lost(lease.job()),
            () = self.kill.cancelled() => return Run::Lost,
        };
        self.settle(lease, ended).await
    }

    /// The handler in a task of its own: one that does not yield cannot keep the lease from being renewed.
    fn handle(&self, handler: Arc<dyn Handler>, job: Job) -> AbortOnDropHandle<Result<Batch, Failure>> {
        AbortOnDropHandle::new(self.tasks.spawn(async move { handler.run(&job).await }.in_current_span()))
    }

    /// Renews the lease at every third of it. Ends when the lease is lost, or has ended without being renewed.
    async fn keep(&self, lease: &mut Lease) {
        let third = self.jobs.policy().lease / 3;
        loop {
            sleep(third).await;
            match timeout(third, self.jobs.renew(lease)).await {
                Ok(Ok(())) => {}
                Ok(Err(LeaseError::Lost)) => return,
                Ok(Err(LeaseError::Commit(_))) | Err(_) if self.jobs.now() >= lease.ends_at() => return,
                Ok(Err(LeaseError::Commit(_))) | Err(_) => {}
            }
        }
    }

    /// Writes down how the attempt ended. If that fails, the lease ends by itself, and the job runs again.
    async fn settle(&self, lease: Lease, ended: Ended) -> Run {
        let job = lease.job().clone();
        let settled = match ended {
            Ok(Ok(follow_up)) => self.complete(lease, follow_up).await,
            Ok(Err(failure)) => self.fail(lease, failure).await,
            Err(error) if error.is_panic() => {
                self.fail(lease, Failure::Retryable("its handler panicked".to_owned())).await
            }
            Err(_) => self.jobs.give_back(lease).await.map(|()| Run::Returned),
        };
        match settled {
            Ok(run) => run,
            Err(LeaseError::Lost) => lost(&job),
            Err(LeaseError::Commit(error)) => {
                tracing::warn!(job.id = %job.id, job.kind, job.attempt, %error, "the end of a job could not be stored");
                Run::Lost
            }
        }
    }

    async fn complete(&self, lease: Lease, follow_up: Batch) -> Result<Run, LeaseError> {
        let has_follow_up = !follow_up.is_empty();
        match self.jobs.complete(&lease, follow_up).await {
            Ok(()) => {
                if has_follow_up {
                    self.jobs.wake();
                }
                Ok(Run::Done)
            }
            Err(LeaseError::Lost) => Err(LeaseError::Lost),
            // Also after an unknown outcome: if the job has ended, there is nothing left to try again.
            Err(LeaseError::Commit(error)) => self.fail(lease, Failure::Retryable(error.to_string())).await,
        }
    }

    async fn fail(&self, lease: Lease, failure: Failure) -> Result<Run, LeaseError> {
        let job = lease.job();
        let is_last = job.spent() >= self.jobs.policy().attempts;
        tracing::warn!(job.id = %job.id, job.kind, job.attempt, ?failure, "a job failed");
        match failure {
            Failure::Retryable(error) => {
                let run = if is_last { Run::Dead } else { Run::Failed };
                self.jobs.retry(lease, &error).await.map(|()| run)
            }
            Failure::Final(error) => self.jobs.give_up(lease, &error).await.map(|()| Run::Dead),
        }
    }
}

fn lost(job: &Job) -> Run {
    tracing::warn!(job.id = %job.id, job.kind, job.attempt, "the lease of a job was lost");
    Run::Lost
}
