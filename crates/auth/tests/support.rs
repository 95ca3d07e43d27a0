//! A fresh store on either engine, a clock that stands still, and people.

use std::{sync::Arc, time::Duration};

use parlance_auth::{Auth, Config, Hashing, Limits, Rate, Secrets};
use parlance_base::{Ids, ManualClock, Time};
use parlance_license::Gate;
use parlance_store::{
    Schema, Store,
    job::{DEAD_JOBS, JOBS},
};
use parlance_stream::{ENTRIES, HEADS, Streams};
use parlance_trial::{TempDir, place};
use parlance_workspace::Workspaces;
use tokio::sync::broadcast;

use crate::node::Node;

pub(crate) use parlance_trial::{On, on_both};

pub(crate) const PASSWORD: &str = "correct horse battery";
pub(crate) const ROOT: [u8; 32] = [42; 32];
/// How much of what a node tells its host is kept for the test.
const REVOCATIONS: usize = 1_024;

pub(crate) const URL: &str = "https://chat.example.org";

/// A store of its own for one test.
pub(crate) struct World {
    pub(crate) store: Store,
    pub(crate) workspaces: Workspaces,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) ids: Ids,
    pub(crate) folder: TempDir,
}

impl World {
    pub(crate) async fn new(on: On) -> Self {
        crate::secrecy::listen();
        let clock = Arc::new(ManualClock::at(Time::from_millis(1_795_253_400_000)));
        let ids = Ids::new(clock.clone()).unwrap();
        let (config, folder) = place(on, &ids);
        let store = Store::open(config, &schema(), &ids).await.unwrap();
        let streams =
            Streams::new(store.clone(), clock.clone(), ids.clone(), parlance_stream::Limits::default(), true);
        let gate = Gate::open(&store, clock.clone()).await.unwrap();
        let workspaces = Workspaces::new(store.clone(), streams, gate, ids.clone());
        Self { store, workspaces, clock, ids, folder }
    }

    /// A node of the installation: open to all, without limits.
    pub(crate) fn node(&self) -> Node {
        self.node_with(|_| ())
    }

    /// A node whose commits may go wrong.
    pub(crate) fn node_on(&self, store: &Store) -> Node {
        self.build(store, self.workspaces.clone(), |_| ())
    }

    pub(crate) fn node_with(&self, adjust: impl FnOnce(&mut Config)) -> Node {
        self.build(&self.store, self.workspaces.clone(), adjust)
    }

    /// A node that shares nothing with the others but the store.
    pub(crate) async fn node_apart(&self) -> Node {
        let (store, clock, ids) = (self.store.clone(), self.clock.clone(), self.ids.clone());
        let gate = Gate::open(&store, clock.clone()).await.unwrap();
        let limits = parlance_stream::Limits::default();
        let streams = Streams::new(store.clone(), clock, ids.clone(), limits, true);
        self.build(&self.store, Workspaces::new(store, streams, gate, ids), |_| ())
    }

    fn build(&self, store: &Store, workspaces: Workspaces, adjust: impl FnOnce(&mut Config)) -> Node {
        let mut config = Config::new(URL);
        let off = Rate { burst: 0, every: Duration::ZERO };
        config.hashing = Hashing { memory_kib: 64, passes: 1, ..Hashing::default() };
        config.limits = Limits { address: off, account_from_address: off, account: off, code: off };
        adjust(&mut config);
        let (clock, ids) = (self.clock.clone(), self.ids.clone());
        let (revoked, secrets) = (broadcast::Sender::new(REVOCATIONS), Secrets::new(ROOT));
        let tell = revoked.clone();
        // Nobody may be listening.
        let tell = Arc::new(move |revocation| drop(tell.send(revocation)));
        let auth = Auth::new(store, workspaces, clock, ids, &secrets, config, tell).unwrap();
        Node::new(auth, revoked, &self.ids)
    }

    pub(crate) fn pass(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }
}

fn schema() -> Schema {
    let mut collections = vec![&ENTRIES, &HEADS, &JOBS, &DEAD_JOBS];
    collections.extend(parlance_license::COLLECTIONS);
    collections.extend(parlance_workspace::COLLECTIONS);
    collections.extend(parlance_auth::COLLECTIONS);
    Schema { version: 1, collections, migrations: vec![] }
}
