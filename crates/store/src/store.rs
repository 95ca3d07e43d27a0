//! A store that is open: where scopes come from.

use std::{path::PathBuf, sync::Arc};

use parlance_base::{Epoch, Ids, Result, WorkspaceId};

#[cfg(feature = "mongodb")]
use crate::mongo::{Mongo, MongoConfig};
use crate::{
    batch::{Batch, MAX_OPS},
    collection::Collection,
    commit_error::CommitError,
    engine::Engine,
    schema::{OpenError, Schema},
    scope::Scope,
    snapshot::{Row, Snapshot},
    sqlite::{self, Progress, Sqlite, SqliteConfig},
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

    /// Whether there is a store to open. Nothing is made where there is none.
    ///
    /// # Errors
    /// [`OpenError`], where that cannot be found out, or what is there is somebody else's.
    pub async fn is_there(config: &Config) -> Result<bool, OpenError> {
        match config {
            Config::Sqlite(config) => Ok(config.folder.is_dir()),
            #[cfg(feature = "mongodb")]
            Config::Mongo(config) => Mongo::is_there(config).await,
        }
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

    /// The store as it is at this moment.
    ///
    /// # Errors
    /// `store.unavailable` while the store is out of reach.
    pub async fn snapshot(&self) -> Result<Snapshot> {
        self.engine.snapshot().await
    }

    /// Finishes the commits that were begun, and makes none from then on until it is opened again: whatever would change something
    /// finds the store unavailable, and reads go on.
    ///
    /// # Errors
    /// `store.not_embedded` where other processes may write; `store.unavailable` where it is closed.
    pub async fn freeze(&self) -> Result<()> {
        self.engine.embedded()?.freeze().await
    }

    /// Nothing, where something can be stored. Where the embedded store failed to at its last try, it tries again.
    ///
    /// # Errors
    /// `store.frozen`; `store.full` where the disk is; `store.unwritable` where it fails otherwise.
    pub async fn writable(&self) -> Result<()> {
        self.engine.writable().await
    }

    /// Commits again after [`freeze`](Self::freeze).
    pub fn thaw(&self) {
        if let Ok(embedded) = self.engine.embedded() {
            embedded.thaw();
        }
    }

    /// Copies the embedded store, as it is at this moment, to a file that is not there yet. Nobody waits for it. `progress` is
    /// told about each step and says whether to go on.
    ///
    /// # Errors
    /// `store.not_embedded`; `backup.failed` where the file cannot be written or `progress` said no; `store.unavailable`.
    pub async fn copy_to(
        &self,
        file: PathBuf,
        progress: impl FnMut(Progress) -> bool + Send + 'static,
    ) -> Result<()> {
        self.engine.embedded()?.copy_to(file, progress).await
    }

    /// Has the embedded store in the folder, a copy that nobody has open, count in an epoch of its own: its readers begin anew.
    ///
    /// # Errors
    /// [`OpenError`], where it is in use or none of ours.
    pub async fn adopt(config: SqliteConfig, ids: &Ids) -> Result<(), OpenError> {
        sqlite::adopt(config, ids.next()).await
    }

    /// Stores documents of one collection that were taken from another store, in batches of as many as one can hold.
    ///
    /// # Errors
    /// [`CommitError`]: some of the batches may be stored then.
    pub async fn fill(&self, collection: &'static Collection, rows: Vec<Row>) -> Result<(), CommitError> {
        for rows in rows.chunk_by(|one, next| one.workspace == next.workspace) {
            let scope = Scope {
                engine: Arc::clone(&self.engine),
                workspace: rows.first().and_then(|row| row.workspace),
            };
            for rows in rows.chunks(MAX_OPS) {
                let mut batch = Batch::new();
                for row in rows {
                    batch.insert_document(collection, row.document.clone());
                }
                scope.commit(batch).await?;
            }
        }
        Ok(())
    }

    /// Finishes the commits that were begun and lets go of the store; later calls find it unavailable.
    pub async fn close(&self) {
        self.engine.close().await;
    }
}
