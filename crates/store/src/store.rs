//! A store that is open: where scopes come from.

use std::sync::Arc;

use parlance_base::{Epoch, Ids, WorkspaceId};

#[cfg(feature = "mongodb")]
use crate::mongo::{Mongo, MongoConfig};
use crate::{
    collection::Collection,
    engine::Engine,
    schema::{OpenError, Schema},
    scope::Scope,
    sqlite::{Sqlite, SqliteConfig},
};

/// Which engine to open, and how.
#[derive(Clone, Debug)]
pub enum Config {
    /// The embedded store: a folder on this machine, for one process.
    Sqlite(SqliteConfig),
    /// A MongoDB replica set, for any number of processes. Needs the feature `mongodb`, which is on by default.
    #[cfg(feature = "mongodb")]
    Mongo(MongoConfig),
}

/// An open store. Clones share it.
#[derive(Clone, Debug)]
pub struct Store {
    engine: Arc<Engine>,
    epoch: Epoch,
    collections: Arc<[&'static Collection]>,
}

impl Store {
    /// Opens the store, making or migrating what the schema declares.
    ///
    /// # Errors
    /// [`OpenError`], which says what to do.
    pub async fn open(config: Config, schema: &Schema, ids: &Ids) -> Result<Self, OpenError> {
        let new_epoch = ids.next();
        let collections = schema.collections.as_slice().into();
        let (engine, epoch) = match config {
            Config::Sqlite(config) => {
                let (sqlite, epoch) = Sqlite::open(config, schema, new_epoch).await?;
                (Engine::Sqlite(sqlite), epoch)
            }
            #[cfg(feature = "mongodb")]
            Config::Mongo(config) => {
                let (mongo, epoch) = Mongo::open(config, schema, new_epoch).await?;
                (Engine::Mongo(mongo), epoch)
            }
        };
        Ok(Self { engine: Arc::new(engine), epoch, collections })
    }

    /// The documents of one workspace.
    #[must_use]
    pub fn workspace(&self, workspace: WorkspaceId) -> Scope {
        Scope { engine: Arc::clone(&self.engine), workspace: Some(workspace) }
    }

    /// The documents that belong to no workspace.
    #[must_use]
    pub fn system(&self) -> Scope {
        Scope { engine: Arc::clone(&self.engine), workspace: None }
    }

    /// Every collection that the store was opened with.
    #[must_use]
    pub fn collections(&self) -> &[&'static Collection] {
        &self.collections
    }

    /// The epoch in which positions in this store's streams count. Positions from another epoch mean nothing.
    #[must_use]
    pub const fn epoch(&self) -> Epoch {
        self.epoch
    }

    /// Whether other processes may write to the store while this one has it open.
    #[must_use]
    pub fn is_shared(&self) -> bool {
        self.engine.is_shared()
    }

    pub(crate) fn engine(&self) -> &Engine {
        &self.engine
    }

    /// The same store, with faults on the way to it.
    #[cfg(feature = "fault")]
    #[must_use]
    pub fn with_faults(&self, faults: Arc<dyn crate::fault::Faults>) -> Self {
        let engine = crate::fault::Faulty { engine: Arc::clone(&self.engine), faults };
        Self { engine: Arc::new(Engine::Faulty(engine)), ..self.clone() }
    }

    /// Finishes the commits that were begun and lets go of the store; later calls find it unavailable.
    pub async fn close(&self) {
        self.engine.close().await;
    }
}
