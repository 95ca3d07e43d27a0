//! A host's own documents and jobs, in chat's store and by chat's worker.

use std::{collections::HashSet, sync::Arc, time::Duration};

use http::request::Parts;
use parlance_base::{
    BoxFuture, Clock as _, Credentials, Error, Ids, JobId, Kind, Result, SignInId, SystemClock, UserId,
    WorkspaceId,
};
use parlance_chat::{Chat, Logins, Setup, schema};
use parlance_store::{
    Batch, Collection, Home, Store, Stored,
    job::{Failure, Handler, Handlers, Job},
};
use parlance_trial::on_both;
use serde::{Deserialize, Serialize};
use tokio::{sync::mpsc, time::timeout};

on_both! {
    a_host_has_its_own_jobs_run_and_its_own_documents_kept,
}

type World = super::World;

/// Something of the host's own.
#[derive(Debug, PartialEq, Deserialize, Serialize)]
struct Ticket {
    id: JobId,
    subject: String,
}

static TICKETS: Collection = Collection { name: "tickets", home: Home::Workspace, indexes: &[], fields: &[] };

impl Stored for Ticket {
    const COLLECTION: &'static Collection = &TICKETS;
}

/// Tells what it was given to do.
struct Tells(mpsc::Sender<String>);

impl Handler for Tells {
    fn run<'a>(&'a self, job: &'a Job) -> BoxFuture<'a, Result<Batch, Failure>> {
        Box::pin(async move {
            self.0.send(job.payload.clone()).await.map_err(|error| Failure::Final(error.to_string()))?;
            Ok(Batch::new())
        })
    }
}

/// Nobody can log in.
struct Nobody;

impl Logins for Nobody {
    async fn login(&self, _: Credentials<'_>, _: &Parts) -> Result<Option<(SignInId, UserId)>> {
        Err(Error::new(Kind::Unauthenticated, "office.closed", "come back later"))
    }

    async fn live(&self, _: &[SignInId]) -> Result<HashSet<SignInId>> {
        Ok(HashSet::new())
    }
}

async fn a_host_has_its_own_jobs_run_and_its_own_documents_kept(world: World) {
    let clock = Arc::new(SystemClock);
    let ids = Ids::new(clock.clone()).unwrap();
    let mut schema = schema();
    schema.collections.push(&TICKETS);
    let store = Store::open(world.config.clone(), &schema, &ids).await.unwrap();
    let setup = Setup::over(store.clone(), clock.clone(), ids.clone()).await.unwrap();
    let (chat, starter) = Chat::new(setup);
    let (tells, mut told) = mpsc::channel(1);
    let running = starter.handling(Handlers::new().on("ticket", Arc::new(Tells(tells)))).start_with(Nobody);

    let (id, workspace): (JobId, WorkspaceId) = (ids.next(), ids.next());
    let ticket = Ticket { id, subject: "a broken chair".to_owned() };
    let mut batch = Batch::new();
    batch.insert(&ticket).insert(&Job::new(id, workspace, "ticket", "{}".to_owned(), clock.now()));
    store.workspace(workspace).commit(batch).await.unwrap();
    chat.jobs().wake();
    assert_eq!(timeout(Duration::from_secs(30), told.recv()).await.unwrap().unwrap(), "{}");
    assert_eq!(store.workspace(workspace).get::<Ticket>(id).await.unwrap().unwrap(), ticket);
    running.shutdown().await;
    // What the host has opened, it closes.
    assert_eq!(store.workspace(workspace).get::<Ticket>(id).await.unwrap().unwrap(), ticket);
    store.close().await;
}
