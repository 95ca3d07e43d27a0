//! A fresh store on either engine, and streams on it.

use std::sync::Arc;

use parlance_base::{Ids, StreamId, SystemClock, WorkspaceId};
use parlance_store::{Config, MongoConfig, Schema, SqliteConfig, Store};
use parlance_stream::{ENTRIES, HEADS, Limits, Streams};
use tempfile::TempDir;

use crate::chat::{COUNTS, MARKS, MEMBERS};

/// The engines that every case runs on.
#[derive(Clone, Copy, Debug)]
pub(crate) enum On {
    Sqlite,
    Mongo,
}

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
        let folder = tempfile::tempdir().unwrap();
        let config = match on {
            On::Sqlite => Config::Sqlite(SqliteConfig::new(folder.path())),
            On::Mongo => Config::Mongo(MongoConfig { uri: mongodb(), database: database(&ids) }),
        };
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

#[expect(clippy::disallowed_methods, reason = "the test command names its servers in the environment")]
fn mongodb() -> String {
    std::env::var("PARLANCE_TEST_MONGODB").unwrap_or_else(|_| {
        panic!("run scripts/test, which starts the servers, or set PARLANCE_TEST_MONGODB")
    })
}

fn database(ids: &Ids) -> String {
    format!("stream-{}", ids.next::<StreamId>())
}

/// Runs each case on both engines, as a test of its own on each.
macro_rules! on_both {
    ($($case:ident,)*) => {
        mod on_sqlite {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $case() {
                super::$case(crate::support::World::new(crate::support::On::Sqlite).await).await;
            })*
        }

        mod on_mongodb {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $case() {
                super::$case(crate::support::World::new(crate::support::On::Mongo).await).await;
            })*
        }
    };
}
pub(crate) use on_both;
