//! A fresh store on either engine, and workspaces over it.

use std::sync::Arc;

use parlance_base::{Ids, ManualClock, SystemClock, Time, UserId};
use parlance_license::Gate;
use parlance_store::{
    Collection, Schema, Store,
    job::{DEAD_JOBS, JOBS},
};
use parlance_stream::{ENTRIES, HEADS, Limits, Streams};
use parlance_trial::{TempDir, place};
use parlance_workspace::{Person, Workspaces};

pub(crate) use parlance_trial::{On, on_both};

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
