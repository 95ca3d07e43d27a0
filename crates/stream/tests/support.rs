//! A fresh store on either engine, and streams on it.

use std::sync::Arc;

use parlance_base::{Ids, StreamId, SystemClock, WorkspaceId};
use parlance_store::{Schema, Store};
use parlance_stream::{ENTRIES, HEADS, Limits, Streams};
use parlance_trial::{TempDir, place};

use crate::chat::{COUNTS, MARKS, MEMBERS};

pub(crate) use parlance_trial::{On, on_both};

/// A store of its own for one test, with one workspace and one stream in mind.
pub(crate) struct World {
    pub(crate) store: Store,
    pub(crate) ids: Ids,
    pub(crate) workspace: WorkspaceId,
    pub(crate) stream: StreamId,
    pub(crate) _folder: TempDir,
}

impl World {
    pub(crate) async fn new(on: On) -> Self {
        let ids = Ids::new(Arc::new(SystemClock)).unwrap();
        let (config, folder) = place(on, &ids);
        let collections = vec![&ENTRIES, &HEADS, &MEMBERS, &COUNTS, &MARKS];
        let schema = Schema { version: 1, collections, migrations: vec![] };
        let store = Store::open(config, &schema, &ids).await.unwrap();
        Self { store, workspace: ids.next(), stream: ids.next(), ids, _folder: folder }
    }

    /// A node's streams on this store; others may write to it too.
    pub(crate) fn streams(&self) -> Streams {
        self.streams_on(self.store.clone(), Limits::default())
    }

    pub(crate) fn streams_on(&self, store: Store, limits: Limits) -> Streams {
        Streams::new(store, Arc::new(SystemClock), self.ids.clone(), limits, true)
    }
}
