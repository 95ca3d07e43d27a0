//! A fresh place for a store, on either engine.

use std::{fmt, sync::Arc};

use parlance_base::{Ids, SystemClock, WorkspaceId};
use parlance_store::{Config, MongoConfig, OpenError, Schema, SqliteConfig, Store};
use tempfile::TempDir;

use super::mongod;

/// Which engine a test runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Engine {
    Sqlite,
    Mongo,
}

/// A folder or a database of the test's own.
pub(crate) struct World {
    pub(crate) config: Config,
    pub(crate) ids: Ids,
    _folder: Option<TempDir>,
}

impl World {
    pub(crate) async fn new(engine: Engine) -> Self {
        let ids = Ids::new(Arc::new(SystemClock)).unwrap();
        match engine {
            Engine::Sqlite => {
                let folder = tempfile::tempdir().unwrap();
                Self { config: Config::Sqlite(SqliteConfig::new(folder.path())), ids, _folder: Some(folder) }
            }
            Engine::Mongo => Self::on(mongod::shared().await, ids),
        }
    }

    /// A database on the server with this connection string.
    pub(crate) fn on(uri: String, ids: Ids) -> Self {
        let database = format!("test_{}", ids.next::<WorkspaceId>().uuid().simple());
        Self { config: Config::Mongo(MongoConfig { uri, database }), ids, _folder: None }
    }

    pub(crate) async fn try_open(&self, schema: &Schema) -> Result<Store, OpenError> {
        Store::open(self.config.clone(), schema, &self.ids).await
    }

    pub(crate) async fn open(&self, schema: &Schema) -> Store {
        self.try_open(schema).await.unwrap()
    }

    /// The database itself, past the store.
    pub(crate) async fn database(&self) -> mongodb::Database {
        let Config::Mongo(config) = &self.config else { panic!("only MongoDB has a database to look into") };
        mongodb::Client::with_uri_str(&config.uri).await.unwrap().database(&config.database)
    }

    /// Takes away what the test made.
    pub(crate) async fn end(self) {
        if let Config::Mongo(_) = self.config {
            self.database().await.drop().await.unwrap();
        }
    }
}

impl fmt::Debug for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.config.fmt(f)
    }
}
