//! What the tests of the crates share: a place for a fresh store, on either engine, and waiting for a condition. Nothing that
//! ships builds on it.
#![expect(clippy::expect_used, clippy::panic, reason = "a test that cannot begin fails")]

mod eventually;

use parlance_base::{Ids, StreamId};
use parlance_store::{Config, MongoConfig, SqliteConfig};

pub use eventually::eventually;
pub use tempfile::TempDir;

/// The engines that every case runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum On {
    /// The embedded one.
    Sqlite,
    /// A MongoDB replica set.
    Mongo,
}

/// A place for a store of the test's own, and the folder that it needs for as long.
///
/// # Panics
/// Where there is no such place.
#[must_use]
pub fn place(on: On, ids: &Ids) -> (Config, TempDir) {
    let folder = tempfile::tempdir().expect("a folder for a test");
    let config = match on {
        On::Sqlite => Config::Sqlite(SqliteConfig::new(folder.path())),
        On::Mongo => Config::Mongo(MongoConfig { uri: mongodb(), database: database(ids) }),
    };
    (config, folder)
}

/// The connection string of the MongoDB that tests are given.
///
/// # Panics
/// Where they are given none, with how to get one.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "the test command names its servers in the environment")]
pub fn mongodb() -> String {
    std::env::var("PARLANCE_TEST_MONGODB").unwrap_or_else(|_| {
        panic!("run scripts/test, which starts the servers, or set PARLANCE_TEST_MONGODB")
    })
}

/// The Node.js that tests run pages with.
///
/// # Panics
/// Where there is none, with what to do.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "the test command names its servers in the environment")]
pub fn node() -> String {
    std::env::var("PARLANCE_NODE").unwrap_or_else(|_| {
        panic!("run scripts/test, which finds Node.js, or set PARLANCE_NODE to its node, 22.7 or later")
    })
}

/// A name for a database that nobody else uses.
#[must_use]
pub fn database(ids: &Ids) -> String {
    format!("trial-{}", ids.next::<StreamId>())
}

/// Runs each case on both engines, as a test of its own on each. A case takes what `World::new(On)` answers, `World` being
/// that of the module that the cases are in.
#[macro_export]
macro_rules! on_both {
    ($($case:ident,)*) => {
        mod on_sqlite {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $case() {
                super::$case(super::World::new($crate::On::Sqlite).await).await;
            })*
        }

        mod on_mongodb {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $case() {
                super::$case(super::World::new($crate::On::Mongo).await).await;
            })*
        }
    };
}

/// The same, and each case once more on the embedded engine where one thread does everything, as on a machine of one core.
#[macro_export]
macro_rules! on_both_and_one_thread {
    ($($case:ident,)*) => {
        $crate::on_both! { $($case,)* }

        mod on_one_thread {
            $(#[tokio::test]
            async fn $case() {
                super::$case(super::World::new($crate::On::Sqlite).await).await;
            })*
        }
    };
}
