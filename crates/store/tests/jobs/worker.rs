//! A worker runs what is asked for, survives its handlers, and leaves nothing behind when it goes.

mod end;
mod handling;

use std::{
    num::NonZeroUsize,
    sync::{Arc, Mutex},
    time::Duration,
};

use parlance_base::{BoxFuture, JobId};
use parlance_store::{
    Batch,
    job::{Failure, Handler, Handlers, Job, Jobs, Worker, WorkerConfig},
};
use tokio::sync::Semaphore;

type Outcome = Result<Batch, Failure>;

/// A handler made of a function.
struct By<F>(F);

impl<F, R> Handler for By<F>
where
    F: Fn(Job) -> R + Send + Sync,
    R: Future<Output = Outcome> + Send + 'static,
{
    fn run<'a>(&'a self, job: &'a Job) -> BoxFuture<'a, Outcome> {
        Box::pin((self.0)(job.clone()))
    }
}

/// Starts a worker that runs jobs of the kind `test` by this function, and sweeps often.
fn start<F, R>(jobs: &Jobs, slots: usize, run: F) -> Worker
where
    F: Fn(Job) -> R + Send + Sync + 'static,
    R: Future<Output = Outcome> + Send + 'static,
{
    start_sweeping(jobs, slots, Duration::from_millis(20), run)
}

fn start_sweeping<F, R>(jobs: &Jobs, slots: usize, sweep: Duration, run: F) -> Worker
where
    F: Fn(Job) -> R + Send + Sync + 'static,
    R: Future<Output = Outcome> + Send + 'static,
{
    let config = WorkerConfig { slots: NonZeroUsize::new(slots).unwrap(), sweep };
    Worker::start(jobs.clone(), Handlers::new().on("test", Arc::new(By(run))), &config)
}

/// What ran, in order.
#[derive(Clone, Debug, Default)]
struct Log(Arc<Mutex<Vec<(JobId, u32)>>>);

impl Log {
    fn note(&self, job: &Job) {
        self.0.lock().unwrap().push((job.id, job.attempt));
    }

    fn read(&self) -> Vec<(JobId, u32)> {
        self.0.lock().unwrap().clone()
    }
}

/// Holds handlers until the test lets them go on.
#[derive(Clone, Debug)]
struct Gate(Arc<Semaphore>);

impl Gate {
    fn shut() -> Self {
        Self(Arc::new(Semaphore::new(0)))
    }

    fn open(&self) {
        self.0.add_permits(1_000);
    }

    async fn pass(&self) {
        self.0.acquire().await.unwrap().forget();
    }
}
