//! What processes on one store tell each other beside its documents.

use std::time::Duration;

use bson::{Document, doc};
use futures::FutureExt as _;
use mongodb::Database;
use parlance_base::NodeId;
use parlance_store::{Announcements, News};
use tokio::time::{sleep, timeout};

use crate::support::{
    model,
    world::{Engine, World},
};

const PATIENCE: Duration = Duration::from_secs(60);

async fn next(announcements: &mut Announcements) -> News {
    timeout(PATIENCE, announcements.next()).await.expect("news in time")
}

fn said(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

/// Kills the cursor that waits on the announcements.
async fn kill_cursor(database: &Database) {
    let waiting = [
        doc! { "$currentOp": { "allUsers": true, "idleCursors": true } },
        doc! { "$match": { "ns": format!("{}._announcements", database.name()), "cursor.cursorId": { "$exists": true } } },
    ];
    let find = async {
        loop {
            let mut found = database.client().database("admin").aggregate(waiting.clone()).await.unwrap();
            if found.advance().await.unwrap() {
                let operation: Document = found.deserialize_current().unwrap();
                return operation.get_document("cursor").unwrap().get_i64("cursorId").unwrap();
            }
            sleep(Duration::from_millis(10)).await;
        }
    };
    let id = timeout(PATIENCE, find).await.expect("a cursor that waits");
    database.run_command(doc! { "killCursors": "_announcements", "cursors": [id] }).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn one_process_hears_what_another_says_and_not_itself() {
    let world = World::new(Engine::Mongo).await;
    let stores = [world.open(&model::schema()).await, world.open(&model::schema()).await];
    let nodes = [world.ids.next::<NodeId>(), world.ids.next()];
    stores[0].announce(nodes[0], &said(&["before"])).await.unwrap();
    let mut heard = stores[1].announcements(nodes[1]);
    assert_eq!(next(&mut heard).await, News::Lagged);
    stores[1].announce(nodes[1], &said(&["own"])).await.unwrap();
    stores[0].announce(nodes[0], &said(&["one", "two"])).await.unwrap();
    assert_eq!(next(&mut heard).await, News::Said(said(&["one", "two"])));
    stores[0].announce(nodes[0], &said(&["three"])).await.unwrap();
    assert_eq!(next(&mut heard).await, News::Said(said(&["three"])));
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cursor_that_is_killed_is_told_of_and_replaced() {
    let world = World::new(Engine::Mongo).await;
    let (store, database) = (world.open(&model::schema()).await, world.database().await);
    let (here, there) = (world.ids.next::<NodeId>(), world.ids.next());
    let mut heard = store.announcements(here);
    assert_eq!(next(&mut heard).await, News::Lagged);
    let (news, ()) = tokio::join!(next(&mut heard), kill_cursor(&database));
    assert_eq!(news, News::Lagged);
    store.announce(there, &said(&["again"])).await.unwrap();
    assert_eq!(next(&mut heard).await, News::Said(said(&["again"])));
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wait_that_is_dropped_is_told_of() {
    let world = World::new(Engine::Mongo).await;
    let store = world.open(&model::schema()).await;
    let mut heard = store.announcements(world.ids.next());
    assert_eq!(next(&mut heard).await, News::Lagged);
    assert_eq!(heard.next().now_or_never(), None);
    assert_eq!(next(&mut heard).await, News::Lagged);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_overtaken_is_told_and_goes_on_at_the_end() {
    let world = World::new(Engine::Mongo).await;
    let store = world.open(&model::schema()).await;
    let (here, there) = (world.ids.next::<NodeId>(), world.ids.next());
    let mut heard = store.announcements(here);
    assert_eq!(next(&mut heard).await, News::Lagged);
    let long = vec!["x".repeat(1 << 20)];
    for _ in 0..40 {
        store.announce(there, &long).await.unwrap();
    }
    // What was kept of it may still come, but not all of it did.
    while next(&mut heard).await != News::Lagged {}
    store.announce(there, &said(&["last"])).await.unwrap();
    assert_eq!(next(&mut heard).await, News::Said(said(&["last"])));
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn in_the_embedded_store_there_is_nobody_to_tell() {
    let world = World::new(Engine::Sqlite).await;
    let store = world.open(&model::schema()).await;
    let mut heard = store.announcements(world.ids.next());
    store.announce(world.ids.next(), &said(&["anybody?"])).await.unwrap();
    assert_eq!(heard.next().now_or_never(), None);
    world.end().await;
}
