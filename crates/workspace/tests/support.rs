//! A fresh store on either engine, and workspaces over it.

use std::{sync::Arc, time::Duration};

use parlance_base::{Ids, ManualClock, NodeId, SystemClock, Time, UserId, WorkspaceId};
use parlance_license::Gate;
use parlance_store::{
    Collection, Document, Find, Home, ID, Schema, Store, Stored, decode,
    job::{DEAD_JOBS, Handlers, JOBS, Jobs, Policy, Worker, WorkerConfig},
};
use parlance_stream::{ENTRIES, HEADS, Limits, Streams};
use parlance_trial::{TempDir, place};
use parlance_workspace::{AuditEntry, Followers, Person, Workspaces};

pub(crate) use parlance_trial::{On, eventually, on_both};

/// A store of its own for one test, and one node's workspaces on it.
pub(crate) struct World {
    pub(crate) store: Store,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) ids: Ids,
    pub(crate) streams: Streams,
    pub(crate) gate: Gate,
    pub(crate) workspaces: Workspaces,
    pub(crate) _folder: TempDir,
}

impl World {
    pub(crate) async fn new(on: On) -> Self {
        let ids = Ids::new(Arc::new(SystemClock)).unwrap();
        let (config, folder) = place(on, &ids);
        let schema = Schema { version: 1, collections: collections(), migrations: vec![] };
        let store = Store::open(config, &schema, &ids).await.unwrap();
        let clock = Arc::new(ManualClock::at(Time::from_millis(1_795_253_400_000)));
        let gate = Gate::open(&store, clock.clone()).await.unwrap();
        let streams = Streams::new(store.clone(), clock.clone(), ids.clone(), Limits::default(), true);
        let workspaces = Workspaces::new(store.clone(), streams.clone(), gate.clone(), ids.clone());
        Self { store, clock, ids, streams, gate, workspaces, _folder: folder }
    }

    /// Another node's workspaces on the same store.
    pub(crate) fn other_node(&self) -> Workspaces {
        let (store, ids) = (self.store.clone(), self.ids.clone());
        let streams = Streams::new(store.clone(), self.clock.clone(), ids.clone(), Limits::default(), true);
        Workspaces::new(store, streams, self.gate.clone(), ids)
    }

    /// What runs the workspaces' jobs, for as long as it lives. Deleted workspaces are kept for so long.
    pub(crate) fn worker(&self, followers: Followers, keep_deleted: Duration) -> Worker {
        let jobs = self.jobs();
        let handlers = self.workspaces.handlers(Handlers::new(), followers, jobs.clone(), keep_deleted);
        let sweep = Duration::from_millis(50);
        Worker::start(jobs, handlers, &WorkerConfig { sweep, ..WorkerConfig::default() })
    }

    fn jobs(&self) -> Jobs {
        let node: NodeId = self.ids.next();
        Jobs::new(self.store.clone(), self.clock.clone(), self.ids.clone(), node, Policy::default())
    }

    /// All documents of the collection that the workspace has.
    pub(crate) async fn documents(
        &self,
        workspace: WorkspaceId,
        collection: &'static Collection,
    ) -> Vec<Document> {
        let all = Find::new([]).ascending(ID).limit(1_000);
        self.store.workspace(workspace).find_documents(collection, all).await.unwrap()
    }

    /// How many documents the workspace has, in all collections.
    pub(crate) async fn size(&self, workspace: WorkspaceId) -> usize {
        let mut size = 0;
        for collection in self.store.collections().iter().filter(|held| held.home == Home::Workspace) {
            size += self.documents(workspace, collection).await.len();
        }
        size
    }

    /// What the workspace's audit log says: who, what, to whom, and whether it was let be.
    pub(crate) async fn audited(&self, workspace: WorkspaceId) -> Vec<AuditEntry> {
        let collection = <AuditEntry as Stored>::COLLECTION;
        let found = self.documents(workspace, collection).await;
        found.into_iter().map(|document| decode(document).unwrap()).collect()
    }

    /// A person of the installation with the address `<name>@example.org`.
    pub(crate) async fn person(&self, name: &str) -> UserId {
        let person = Person {
            id: self.ids.next(),
            email: format!("{name}@example.org"),
            full_name: name.to_owned(),
            handle_wish: None,
            is_installation_admin: false,
        };
        self.workspaces.people().upsert(&person).await.unwrap();
        person.id
    }
}

fn collections() -> Vec<&'static Collection> {
    let own = parlance_workspace::COLLECTIONS.into_iter().chain(parlance_license::COLLECTIONS);
    own.chain([&ENTRIES, &HEADS, &JOBS, &DEAD_JOBS]).collect()
}
