//! Opening a store: made once, brought up to a newer schema, or refused in words that say why.

use std::{
    sync::atomic::{AtomicBool, AtomicI64, Ordering::SeqCst},
    time::Duration,
};

use bson::{Document as BsonDocument, doc};
use futures::future::join_all;
use parlance_base::WorkspaceId;
use parlance_store::{
    Batch, Collection, CommitError, Config, Document, Field, Find, Home, Index, Migration, OpenError, Schema,
};
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::support::{
    mongod::Mongod,
    world::{Engine, World},
};

const NAME: Field = Field::text("name");
const SIZE: Field = Field::int("size");
const KIND: Field = Field::text("kind");

static NOTES_1: Collection = Collection {
    name: "notes",
    home: Home::Workspace,
    indexes: &[
        Index { name: "name", fields: &[NAME], unique: true },
        Index { name: "size", fields: &[SIZE], unique: false },
        Index { name: "turned", fields: &[SIZE, NAME], unique: false },
    ],
    fields: &[],
};

/// `size` is gone, `turned` is turned round, `kind` is new; names repeat now, kinds with names do not.
static NOTES_2: Collection = Collection {
    name: "notes",
    home: Home::Workspace,
    indexes: &[
        Index { name: "turned", fields: &[NAME, SIZE], unique: false },
        Index { name: "kind", fields: &[KIND, NAME], unique: true },
    ],
    fields: &[],
};

static TAGS: Collection = Collection { name: "tags", home: Home::System, indexes: &[], fields: &[NAME] };

fn first() -> Schema {
    Schema { version: 1, collections: vec![&NOTES_1], migrations: vec![] }
}

fn second() -> Schema {
    let rewrite = |mut document: Document| {
        let name = document.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
        document.entry("kind").or_insert_with(|| name.chars().take(1).collect::<String>().into());
        document
    };
    let migration = Migration { to: 2, collection: &NOTES_2, rewrite };
    Schema { version: 2, collections: vec![&NOTES_2, &TAGS], migrations: vec![migration] }
}

fn note(number: i64) -> Document {
    let note = json!({"id": format!("{number:04}"), "name": format!("n{number}"), "size": number});
    note.as_object().unwrap().clone()
}

fn notes(count: i64) -> Batch {
    let mut batch = Batch::new();
    for number in 0..count {
        batch.insert_document(&NOTES_1, note(number));
    }
    batch
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_embedded_store_is_brought_up_to_date() {
    bring_up_to_date(Engine::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_mongodb_store_is_brought_up_to_date() {
    bring_up_to_date(Engine::Mongo).await;
}

async fn bring_up_to_date(engine: Engine) {
    let world = World::new(engine).await;
    let workspaces: [WorkspaceId; 2] = [world.ids.next(), world.ids.next()];
    let store = world.open(&first()).await;
    let epoch = store.epoch();
    for workspace in workspaces {
        store.workspace(workspace).commit(notes(450)).await.unwrap();
    }
    store.close().await;

    let store = world.open(&second()).await;
    assert_eq!(store.epoch(), epoch);
    for workspace in workspaces {
        let scope = store.workspace(workspace);
        for number in [0, 199, 200, 449] {
            let mut expected = note(number);
            expected.insert("kind".to_owned(), "n".into());
            assert_eq!(
                scope.get_documents(&NOTES_2, vec![format!("{number:04}")]).await.unwrap(),
                [expected]
            );
        }
        let kinds = Find::new([KIND.is("n")]).limit(1_000);
        assert_eq!(scope.count::<Note>(kinds).await.unwrap(), 450);
        let mut batch = Batch::new();
        batch.insert_document(
            &NOTES_2,
            json!({"id": "x", "name": "n7", "kind": "n"}).as_object().unwrap().clone(),
        );
        assert_eq!(scope.commit(batch).await, Err(CommitError::Duplicate(0, "kind")));
        let mut batch = Batch::new();
        batch.insert_document(
            &NOTES_2,
            json!({"id": "x", "name": "n7", "kind": "m"}).as_object().unwrap().clone(),
        );
        assert_eq!(scope.commit(batch).await, Ok(()));
        assert!(scope.find::<Note>(Find::new([SIZE.above(1)])).await.is_err());
    }
    let mut batch = Batch::new();
    batch.insert_document(&TAGS, json!({"id": "tag", "name": "new"}).as_object().unwrap().clone());
    store.system().commit(batch).await.unwrap();
    store.close().await;

    let error = world.try_open(&first()).await.unwrap_err();
    assert!(matches!(error, OpenError::Newer { found: 2, known: 1 }), "{error}");
    world.open(&second()).await.close().await;
    world.end().await;
}

#[derive(serde::Serialize, serde::Deserialize)]
struct Note {
    id: String,
    name: String,
}

impl parlance_store::Stored for Note {
    const COLLECTION: &'static Collection = &NOTES_2;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_declaration_that_changed_without_a_version_is_refused() {
    for engine in [Engine::Sqlite, Engine::Mongo] {
        let world = World::new(engine).await;
        world.open(&first()).await.close().await;
        let error = world.try_open(&Schema { collections: vec![&NOTES_2], ..first() }).await.unwrap_err();
        assert!(matches!(error, OpenError::Changed(1)), "{engine:?}: {error}");
        world.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn documents_that_cannot_be_migrated_are_named_and_left() {
    for engine in [Engine::Sqlite, Engine::Mongo] {
        let world = World::new(engine).await;
        let (store, workspace) = (world.open(&first()).await, world.ids.next::<WorkspaceId>());
        let mut batch = Batch::new();
        batch.insert_document(&NOTES_1, note(1)).insert_document(&NOTES_1, note(2));
        store.workspace(workspace).commit(batch).await.unwrap();
        store.close().await;
        let unkind: fn(Document) -> Document = |document| document;
        let alike: fn(Document) -> Document = |mut document| {
            document.insert("kind".to_owned(), "n".into());
            document.insert("name".to_owned(), "n".into());
            document
        };
        let other_id: fn(Document) -> Document = |mut document| {
            document.insert("id".to_owned(), "other".into());
            document
        };
        for rewrite in [unkind, other_id, alike] {
            let schema =
                Schema { migrations: vec![Migration { rewrite, ..second().migrations[0] }], ..second() };
            let error = world.try_open(&schema).await.unwrap_err();
            assert!(matches!(error, OpenError::Migration { to: 2, .. }), "{engine:?}: {error}");
        }
        world.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_store_is_unavailable() {
    for engine in [Engine::Sqlite, Engine::Mongo] {
        let world = World::new(engine).await;
        let (store, workspace) = (world.open(&first()).await, world.ids.next());
        let scope = store.workspace(workspace);
        let begun = (0..20).map(|number| {
            let mut batch = Batch::new();
            batch.insert_document(&NOTES_1, note(number));
            scope.commit(batch)
        });
        let mut begun = Box::pin(join_all(begun));
        assert!(futures::poll!(&mut begun).is_pending());
        let (begun, ()) = tokio::join!(begun, store.close());
        assert!(begun.iter().all(Result::is_ok), "{engine:?}: {begun:?}");
        let mut batch = Batch::new();
        batch.insert_document(&NOTES_1, note(21));
        assert_eq!(scope.commit(batch).await, Err(CommitError::Unavailable));
        let error = scope.get_documents(&NOTES_1, vec!["0001".to_owned()]).await.unwrap_err();
        assert_eq!(error.code(), "store.unavailable", "{engine:?}");
        store.close().await;
        let store = world.open(&first()).await;
        assert_eq!(store.workspace(workspace).count::<Note>(Find::new([])).await.unwrap(), 20);
        store.close().await;
        world.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_of_another_program_is_refused() {
    let world = World::new(Engine::Sqlite).await;
    world.open(&first()).await.close().await;
    let Config::Sqlite(config) = &world.config else { panic!("the world is not what was asked for") };
    let theirs = "something else, and longer than a header of SQLite is ".repeat(99);
    std::fs::write(config.folder.join("parlance.db"), theirs).unwrap();
    let error = world.try_open(&first()).await.unwrap_err();
    assert!(matches!(error, OpenError::Foreign(_)), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_of_another_program_is_refused_and_left_alone() {
    let world = World::new(Engine::Mongo).await;
    let database = world.database().await;
    database.collection("theirs").insert_one(doc! { "x": 1 }).await.unwrap();
    let error = world.try_open(&first()).await.unwrap_err();
    assert!(matches!(error, OpenError::Foreign(_)), "{error}");
    assert_eq!(database.list_collection_names().await.unwrap(), ["theirs"]);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nodes_that_make_a_store_at_the_same_moment_agree_on_its_epoch() {
    let world = World::new(Engine::Mongo).await;
    let schema = Schema { collections: vec![&NOTES_1, &TAGS], ..first() };
    let stores = join_all((0..6).map(|_| world.open(&schema))).await;
    assert!(stores.iter().all(|store| store.epoch() == stores[0].epoch()));
    join_all(stores.iter().map(parlance_store::Store::close)).await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_whose_making_was_cut_short_is_made_to_the_end() {
    let world = World::new(Engine::Mongo).await;
    let database = world.database().await;
    database.create_collection("_installation").await.unwrap();
    database.create_collection("notes").await.unwrap();
    world.open(&first()).await.close().await;
    let indexes: Vec<_> = database.collection::<BsonDocument>("notes").list_index_names().await.unwrap();
    assert_eq!(indexes, ["_id_", "name", "size", "turned"]);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nodes_that_migrate_at_the_same_moment_both_succeed() {
    let world = World::new(Engine::Mongo).await;
    let (store, workspace) = (world.open(&first()).await, world.ids.next());
    store.workspace(workspace).commit(notes(450)).await.unwrap();
    store.close().await;
    let schema = second();
    let stores = join_all((0..3).map(|_| world.open(&schema))).await;
    let kinds = Find::new([KIND.is("n")]).limit(1_000);
    assert_eq!(stores[0].workspace(workspace).count::<Note>(kinds).await.unwrap(), 450);
    join_all(stores.iter().map(parlance_store::Store::close)).await;
    let database = world.database().await;
    let mut indexes = database.collection::<BsonDocument>("notes").list_index_names().await.unwrap();
    indexes.sort();
    assert_eq!(indexes, ["_id_", "kind", "turned"]);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_another_node_writes_while_a_store_is_migrated_is_kept() {
    let world = World::new(Engine::Mongo).await;
    let (older, workspace) = (world.open(&first()).await, world.ids.next());
    let scope = older.workspace(workspace);
    scope.commit(notes(450)).await.unwrap();
    let (ended, grown) = (AtomicBool::new(false), AtomicI64::new(0));
    let writing = async {
        while !ended.load(SeqCst) {
            let steps = (0..450).map(|number| {
                let mut batch = Batch::new();
                batch.update_document(&NOTES_1, format!("{number:04}"), [], [SIZE.grow(1)]);
                scope.commit(batch)
            });
            let done = join_all(steps).await.iter().filter(|outcome| outcome.is_ok()).count();
            grown.fetch_add(i64::try_from(done).unwrap(), SeqCst);
        }
    };
    let migrating = async {
        let newer = world.open(&second()).await;
        ended.store(true, SeqCst);
        newer
    };
    let ((), newer) = tokio::join!(writing, migrating);
    let ids = (0..450).map(|number| format!("{number:04}")).collect();
    let found = newer.workspace(workspace).get_documents(&NOTES_2, ids).await.unwrap();
    assert!(found.iter().all(|document| document["kind"] == "n"));
    let sizes: i64 = found.iter().filter_map(|document| document["size"].as_i64()).sum();
    assert_eq!(sizes, (0..450).sum::<i64>() + grown.load(SeqCst));
    older.close().await;
    newer.close().await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_outside_a_replica_set_is_refused() {
    let (standalone, waiting) = tokio::join!(Mongod::start(None), Mongod::start(Some("rs0")));
    for (server, query) in
        [(&standalone, ""), (&standalone, "&replicaSet=rs0"), (&waiting, "&replicaSet=rs0")]
    {
        let uri = format!("mongodb://{}/?serverSelectionTimeoutMS=1000{query}", server.host());
        let world = World::on(uri, World::new(Engine::Sqlite).await.ids);
        let error = world.try_open(&first()).await.unwrap_err();
        assert!(matches!(error, OpenError::Standalone), "{query}: {error}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_does_not_answer_is_given_up() {
    let world = World::on(
        "mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=500".to_owned(),
        World::new(Engine::Sqlite).await.ids,
    );
    let opened =
        timeout(Duration::from_secs(30), world.try_open(&first())).await.expect("it was not given up");
    let told = opened.unwrap_err().to_string();
    assert!(told.starts_with("MongoDB cannot be used at 127.0.0.1:1: Connection refused"), "{told}");
    let world = World::on("nonsense".to_owned(), world.ids);
    assert!(matches!(world.try_open(&first()).await, Err(OpenError::Failed(_))));
}
