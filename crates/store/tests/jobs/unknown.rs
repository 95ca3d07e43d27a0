//! Commits whose outcome nobody hears: a job may run again, but it is never lost and never counts twice.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering::SeqCst},
    },
    time::Duration,
};

use parlance_base::{BoxFuture, Ids, SystemClock};
use parlance_store::{
    Batch, CommitError, Config, SqliteConfig,
    job::{Failure, Handler, Handlers, Job, Jobs, LeaseError, Policy, Worker, WorkerConfig},
};

use super::{Stage, claim_one, eventually};
use crate::{
    faulty_vfs::{self, Disk},
    support::{
        model::Head,
        world::{Engine, World},
    },
};

/// A store on a disk whose syncs fail when told to.
async fn stage(name: &'static str) -> (Stage, &'static Disk) {
    let disk = faulty_vfs::register(name);
    let mut world = World::new(Engine::Sqlite).await;
    if let Config::Sqlite(config) = world.config {
        world.config = Config::Sqlite(SqliteConfig { vfs: Some(name), ..config });
    }
    (Stage::new(world).await, disk)
}

#[tokio::test(flavor = "multi_thread")]
async fn after_an_unknown_completion_the_lease_tells_what_happened() {
    let (at, disk) = stage("jobs-unknown-completion").await;
    let (jobs, workspace) = (at.node(), at.ids.next());
    for round in 0..20 {
        let id = at.ask(workspace, 1).await[0];
        let lease = claim_one(&jobs).await;
        let mut follow_up = Batch::new();
        follow_up.insert(&Head::new(&id.to_string()));
        disk.failing_syncs.store(1, SeqCst);
        assert_eq!(
            jobs.complete(&lease, follow_up).await,
            Err(LeaseError::Commit(CommitError::Unknown)),
            "{round}"
        );
        disk.failing_syncs.store(0, SeqCst);

        let has_head = at.store.workspace(workspace).get::<Head>(id).await.unwrap().is_some();
        assert_eq!(has_head, at.find(id).await.is_none(), "half of it happened");
        let told = jobs.retry(lease, "unknown outcome").await;
        assert_eq!(told, if has_head { Err(LeaseError::Lost) } else { Ok(()) });
        if !has_head {
            at.clock.set(at.find(id).await.unwrap().due_at);
            jobs.sweep().await.unwrap();
            jobs.complete(&claim_one(&jobs).await, Batch::new()).await.unwrap();
        }
    }
}

/// Inserts a document under the job's id, so that a second effect would show.
struct Insert {
    disk: &'static Disk,
    runs: AtomicI64,
}

impl Handler for Insert {
    fn run<'a>(&'a self, job: &'a Job) -> BoxFuture<'a, Result<Batch, Failure>> {
        // Any commit may be the one that fails: a completion, a claim, a retry, a sweep.
        if self.runs.fetch_add(1, SeqCst) % 5 == 0 {
            self.disk.failing_syncs.store(1, SeqCst);
        }
        let mut batch = Batch::new();
        batch.insert(&Head::new(&job.id.to_string()));
        Box::pin(async { Ok(batch) })
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn however_commits_fail_each_job_takes_effect_once() {
    let (at, disk) = stage("jobs-failing-commits").await;
    let policy = Policy {
        lease: Duration::from_millis(300),
        attempts: 1_000,
        first_delay: Duration::from_millis(1),
        longest_delay: Duration::from_millis(20),
        ..Policy::default()
    };
    let clock = Arc::new(SystemClock);
    let ids = Ids::new(clock.clone()).unwrap();
    let jobs = Jobs::new(at.store.clone(), clock, ids, at.ids.next(), policy);
    let workspace = at.ids.next();
    let asked = at.ask(workspace, 150).await;

    let handler = Arc::new(Insert { disk, runs: AtomicI64::new(0) });
    let config = WorkerConfig { sweep: Duration::from_millis(20), ..WorkerConfig::default() };
    let worker = Worker::start(jobs, Handlers::new().on("test", handler.clone()), &config);
    let scope = at.store.workspace(workspace);
    eventually("all jobs take effect", async || {
        scope.get_many::<Head>(&asked).await.is_ok_and(|heads| heads.len() == 150)
    })
    .await;
    disk.failing_syncs.store(0, SeqCst);
    // A repeat would be refused by its head's id for as long as it lasts; here it may not even begin.
    eventually("no job is left", async || {
        at.store.system().get_many::<Job>(&asked).await.is_ok_and(|jobs| jobs.is_empty())
    })
    .await;
    worker.shutdown(Duration::from_secs(60)).await;
    assert!(handler.runs.load(SeqCst) >= 150);
}
