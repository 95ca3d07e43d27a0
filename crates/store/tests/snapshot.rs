//! The whole store at one moment: read through, copied, and put into another one.

use std::{
    path::PathBuf,
    sync::atomic::{AtomicBool, Ordering},
};

use parlance_base::WorkspaceId;
use parlance_store::{
    Batch, Collection, CommitError, Config, Place, Row, Schema, Snapshot, SqliteConfig, Store,
};
use rusqlite::Connection;

use crate::support::{
    model::{self, Entry, Head, Seat, User},
    world::{Engine, World},
};

/// All documents, page by page.
async fn all(snapshot: &mut Snapshot, schema: &Schema, page: usize) -> Vec<(&'static str, Row)> {
    let mut found = Vec::new();
    for collection in schema.collections.iter().copied() {
        let mut after = None;
        loop {
            let rows = snapshot.walk(collection, after, page).await.unwrap();
            let Some(last) = rows.last() else { break };
            after = Some(last.place());
            found.extend(rows.into_iter().map(|row| (collection.name, row)));
        }
    }
    found
}

async fn put(store: &Store, workspace: WorkspaceId, stream: &str, seq: i64) -> Result<(), CommitError> {
    let mut batch = Batch::new();
    batch.insert(&Entry::new(stream, seq));
    store.workspace(workspace).commit(batch).await
}

/// Two workspaces with five entries and a head each, a user and a seat.
async fn filled(world: &World, store: &Store) -> [WorkspaceId; 2] {
    let mut workspaces = [world.ids.next(), world.ids.next()];
    workspaces.sort_unstable();
    for workspace in workspaces {
        let mut batch = Batch::new();
        batch.insert(&Head::new("a"));
        store.workspace(workspace).commit(batch).await.unwrap();
        for seq in 1..=5 {
            put(store, workspace, "a", seq).await.unwrap();
        }
    }
    let mut batch = Batch::new();
    batch.insert(&User { id: "u".to_owned(), author_id: "ada".to_owned() });
    batch.insert(&Seat { id: "s".to_owned(), seq: 7 });
    store.system().commit(batch).await.unwrap();
    workspaces
}

#[tokio::test(flavor = "multi_thread")]
async fn the_embedded_store_is_read_through_as_it_was() {
    is_read_through(World::new(Engine::Sqlite).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn mongodb_is_read_through_as_it_was() {
    is_read_through(World::new(Engine::Mongo).await).await;
}

async fn is_read_through(world: World) {
    let schema = model::schema();
    let store = world.open(&schema).await;
    let [first, second] = filled(&world, &store).await;
    let mut snapshot = store.snapshot().await.unwrap();
    put(&store, second, "a", 6).await.unwrap();
    store
        .workspace(first)
        .commit({
            let mut batch = Batch::new();
            batch.delete::<Entry>("a.0001", []);
            batch
        })
        .await
        .unwrap();

    let found = all(&mut snapshot, &schema, 3).await;
    let entries: Vec<_> = found.iter().filter(|(name, _)| *name == "entries").collect();
    let expected: Vec<_> =
        [first, second].iter().flat_map(|id| (1..=5).map(move |seq| (*id, format!("a.{seq:04}")))).collect();
    let read: Vec<_> = entries
        .iter()
        .map(|(_, row)| (row.workspace.unwrap(), row.document["id"].as_str().unwrap().to_owned()))
        .collect();
    assert_eq!(read, expected);
    assert_eq!(found.len(), 14);
    // Whole pages are the same documents.
    assert_eq!(all(&mut snapshot, &schema, 5_000).await, found);
    let behind = snapshot.walk(&model::ENTRIES, Some(Place::behind(first)), 1).await.unwrap();
    assert_eq!(behind[0].workspace, Some(second));
    assert!(snapshot.walk(&model::ENTRIES, Some(Place::behind(second)), 1).await.unwrap().is_empty());
    for limit in [0, 5_001] {
        assert_eq!(snapshot.walk(&model::USERS, None, limit).await.unwrap_err().code(), "store.misuse");
    }
    assert_eq!(snapshot.inspect(&schema.collections).await.unwrap(), Vec::<String>::new());
    let mut now = store.snapshot().await.unwrap();
    assert_eq!(all(&mut now, &schema, 3).await.len(), 14);
    drop((snapshot, now));
    store.close().await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_read_through_on_one_engine_can_be_put_into_the_other() {
    let schema = model::schema();
    for (from, to) in [(Engine::Sqlite, Engine::Mongo), (Engine::Mongo, Engine::Sqlite)] {
        let (old, new) = (World::new(from).await, World::new(to).await);
        let (source, target) = (old.open(&schema).await, new.open(&schema).await);
        filled(&old, &source).await;
        let mut snapshot = source.snapshot().await.unwrap();
        for collection in schema.collections.iter().copied() {
            let rows = snapshot.walk(collection, None, 5_000).await.unwrap();
            target.fill(collection, rows.clone()).await.unwrap();
            // Twice is once too often, and told.
            assert!(matches!(target.fill(collection, rows).await, Err(CommitError::Duplicate(..))));
        }
        let mut copied = target.snapshot().await.unwrap();
        assert_eq!(all(&mut copied, &schema, 4).await, all(&mut snapshot, &schema, 4).await);
        assert_eq!(copied.inspect(&schema.collections).await.unwrap(), Vec::<String>::new());
        assert_ne!(source.epoch(), target.epoch());
        drop((snapshot, copied));
        source.close().await;
        target.close().await;
        old.end().await;
        new.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_taken_under_load_is_whole_and_counts_anew() {
    let (world, schema) = (World::new(Engine::Sqlite).await, model::schema());
    let store = world.open(&schema).await;
    let [workspace, _] = filled(&world, &store).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("parlance.db");
    let (stop, mut last) = (AtomicBool::new(false), 0);
    let write = async {
        for seq in 1.. {
            put(&store, workspace, "load", seq).await.unwrap();
            last = seq;
            if stop.load(Ordering::Relaxed) {
                break;
            }
        }
    };
    let copy = async {
        // As much as it takes to be at it for more than a moment.
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        store.copy_to(file.clone(), |progress| progress.done <= progress.total).await.unwrap();
        stop.store(true, Ordering::Relaxed);
    };
    tokio::join!(write, copy);
    let refused = store.copy_to(file.clone(), |_| true).await.unwrap_err();
    assert_eq!(refused.code(), "backup.failed");
    let given_up = store.copy_to(folder.path().join("other.db"), |_| false).await;
    // A small store is copied in one step, which nobody can give up any more.
    assert!(given_up.is_ok() || given_up.unwrap_err().code() == "backup.failed");

    let place = SqliteConfig::new(folder.path());
    Store::adopt(place.clone(), &world.ids).await.unwrap();
    let copied = Store::open(Config::Sqlite(place), &schema, &world.ids).await.unwrap();
    assert_ne!(copied.epoch(), store.epoch());
    let mut snapshot = copied.snapshot().await.unwrap();
    let found = all(&mut snapshot, &schema, 1_000).await;
    let seqs: Vec<i64> = found
        .iter()
        .filter(|(_, row)| row.document.get("stream_id").is_some_and(|stream| stream == "load"))
        .map(|(_, row)| row.document["seq"].as_i64().unwrap())
        .collect();
    assert!(!seqs.is_empty() && seqs.len() <= usize::try_from(last).unwrap());
    assert!(seqs.iter().copied().eq(1..=i64::try_from(seqs.len()).unwrap()));
    assert_eq!(snapshot.inspect(&schema.collections).await.unwrap(), Vec::<String>::new());
    drop(snapshot);
    copied.close().await;
    store.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_frozen_store_is_read_and_never_changed() {
    let (world, schema) = (World::new(Engine::Sqlite).await, model::schema());
    let store = world.open(&schema).await;
    let workspace = world.ids.next();
    let writes = (1..=200).map(|seq| put(&store, workspace, "a", seq));
    let freeze = async {
        tokio::task::yield_now().await;
        store.freeze().await.unwrap();
        store.snapshot().await.unwrap()
    };
    let (outcomes, mut snapshot) = tokio::join!(futures::future::join_all(writes), freeze);
    assert!(outcomes.iter().all(|outcome| matches!(outcome, Ok(()) | Err(CommitError::Unavailable))));
    let stored = snapshot.walk(&model::ENTRIES, None, 1_000).await.unwrap().len();
    assert_eq!(stored, outcomes.iter().filter(|outcome| outcome.is_ok()).count());
    assert_eq!(put(&store, workspace, "b", 1).await, Err(CommitError::Unavailable));
    store.freeze().await.unwrap();
    drop(snapshot);
    store.close().await;
    // Opened again it is as any other.
    let store = world.open(&schema).await;
    put(&store, workspace, "b", 1).await.unwrap();
    store.close().await;

    let mongo = World::new(Engine::Mongo).await;
    let store = mongo.open(&schema).await;
    assert_eq!(store.freeze().await.unwrap_err().code(), "store.not_embedded");
    let copied = store.copy_to(PathBuf::from("nowhere"), |_| true).await;
    assert_eq!(copied.unwrap_err().code(), "store.not_embedded");
    store.close().await;
    mongo.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_a_store_is_found() {
    let (world, schema) = (World::new(Engine::Sqlite).await, model::schema());
    let store = world.open(&schema).await;
    filled(&world, &store).await;
    store.close().await;
    let Config::Sqlite(place) = &world.config else { panic!("an embedded store has a folder") };
    let database = Connection::open(place.folder.join("parlance.db")).unwrap();
    database
        .execute_batch(
            "DROP INDEX \"entries.page\"; UPDATE entries SET author_id = 'bob' WHERE id = 'a.0002';
             UPDATE heads SET id = 'b' WHERE _row = 1",
        )
        .unwrap();
    drop(database);
    let findings = inspected(&world, &schema).await;
    assert_eq!(findings.len(), 4, "{findings:?}");
    assert_eq!(findings[0], "entries: no index page");
    assert!(
        findings[1..3].iter().all(|found| found == "entries \"a.0002\": its column author_id is another")
    );
    assert_eq!(findings[3], "heads \"a\": its column id is another");

    let world = World::new(Engine::Mongo).await;
    let store = world.open(&schema).await;
    world.database().await.collection::<mongodb::bson::Document>("users").drop_index("author").await.unwrap();
    let mut snapshot = store.snapshot().await.unwrap();
    let collections: Vec<&'static Collection> = schema.collections.clone();
    assert_eq!(snapshot.inspect(&collections).await.unwrap(), ["users: no index author"]);
    store.close().await;
    world.end().await;
}

async fn inspected(world: &World, schema: &Schema) -> Vec<String> {
    let store = world.open(schema).await;
    let findings = store.snapshot().await.unwrap().inspect(&schema.collections).await.unwrap();
    store.close().await;
    findings
}
