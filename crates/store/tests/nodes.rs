//! Several processes on one MongoDB store: they contend for documents, and each has a bounded queue.

use std::time::Duration;

use futures::future::join_all;
use parlance_base::WorkspaceId;
use parlance_store::{Batch, CommitError, Find, Scope};
use tokio::time::timeout;

use crate::support::{
    model::{self, Entry, Head, PAGE, SEQ, STREAM},
    world::{Engine, World},
};

const PATIENCE: Duration = Duration::from_secs(120);

/// Appends to the stream against the other node until so many are in; nothing else may come in between.
async fn append(scope: &Scope, node: usize, count: usize) {
    for number in 0..count {
        let id = format!("{node} {number}");
        loop {
            let seq = scope.get::<Head>("s").await.unwrap().unwrap().seq;
            let entry = Entry { id: id.clone(), client_id: id.clone(), ..Entry::new("s", seq + 1) };
            let mut batch = Batch::new();
            batch.update::<Head>("s", [SEQ.is(seq)], [SEQ.set(seq + 1)]).insert(&entry);
            match scope.commit(batch).await {
                Ok(()) => break,
                Err(CommitError::Conflict(0)) => {}
                Err(other) => panic!("{other}"),
            }
        }
    }
}

/// Commits what no other node contends for.
async fn work_aside(scope: &Scope, node: usize) {
    let commits = (0..200).map(|number| {
        let mut batch = Batch::new();
        batch.insert(&Entry::new(&format!("aside {node}"), number));
        scope.commit(batch)
    });
    assert!(join_all(commits).await.iter().all(Result::is_ok));
}

#[tokio::test(flavor = "multi_thread")]
async fn nodes_that_write_to_one_stream_leave_no_gap_and_no_repeat() {
    let world = World::new(Engine::Mongo).await;
    let (schema, workspace) = (model::schema(), world.ids.next::<WorkspaceId>());
    let stores = join_all((0..2).map(|_| world.open(&schema))).await;
    let mut batch = Batch::new();
    batch.insert(&Head::new("s")).insert(&Head::new("count"));
    stores[0].workspace(workspace).commit(batch).await.unwrap();

    let nodes = stores.iter().enumerate().map(|(node, store)| async move {
        let scope = store.workspace(workspace);
        tokio::join!(
            append(&scope, 2 * node, 20),
            append(&scope, 2 * node + 1, 20),
            work_aside(&scope, node)
        );
    });
    timeout(PATIENCE, join_all(nodes)).await.expect("the nodes block each other");

    let scope = stores[0].workspace(workspace);
    let find = Find::new([STREAM.is("s"), PAGE.is("main")]);
    let entries = scope.find::<Entry>(find).await.unwrap();
    assert_eq!(entries.iter().map(|entry| entry.seq).collect::<Vec<_>>(), (1..=80).collect::<Vec<_>>());
    join_all(stores.iter().map(parlance_store::Store::close)).await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn steps_that_several_nodes_count_are_all_counted() {
    let world = World::new(Engine::Mongo).await;
    let (schema, workspace) = (model::schema(), world.ids.next::<WorkspaceId>());
    let stores = join_all((0..2).map(|_| world.open(&schema))).await;
    let mut batch = Batch::new();
    batch.insert(&Head::new("count"));
    stores[0].workspace(workspace).commit(batch).await.unwrap();
    let commits = stores.iter().flat_map(|store| (0..100).map(move |_| store)).map(|store| async move {
        let mut batch = Batch::new();
        batch.update::<Head>("count", [], [SEQ.grow(1)]);
        store.workspace(workspace).commit(batch).await
    });
    let outcomes = timeout(PATIENCE, join_all(commits)).await.expect("the nodes block each other");
    let counted = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
    assert!(counted > 0);
    assert!(outcomes.iter().all(|outcome| matches!(outcome, Ok(()) | Err(CommitError::Unavailable))));
    let seq = stores[1].workspace(workspace).get::<Head>("count").await.unwrap().unwrap().seq;
    assert_eq!(usize::try_from(seq), Ok(counted));
    join_all(stores.iter().map(parlance_store::Store::close)).await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn guards_of_two_nodes_on_each_other_s_documents_exclude_each_other() {
    let world = World::new(Engine::Mongo).await;
    let (schema, workspace) = (model::schema(), world.ids.next::<WorkspaceId>());
    let stores = join_all((0..2).map(|_| world.open(&schema))).await;
    for round in 0..40 {
        let (a, b) = (format!("a{round}"), format!("b{round}"));
        let mut batch = Batch::new();
        batch.insert(&Head::new(&a)).insert(&Head::new(&b));
        stores[0].workspace(workspace).commit(batch).await.unwrap();
        // Each raises one head while the other is down, which it looks at and leaves as it is.
        let raise = |node: usize, raised: &str, other: &str| {
            let mut batch = Batch::new();
            batch.update::<Head>(raised, [], [SEQ.set(1)]).update::<Head>(other, [SEQ.is(0)], []);
            let scope = stores[node].workspace(workspace);
            async move { scope.commit(batch).await }
        };
        let outcomes = tokio::join!(raise(0, &a, &b), raise(1, &b, &a));
        let winner = (Ok(()), Err(CommitError::Conflict(1)));
        assert!(outcomes == winner || (outcomes.1.clone(), outcomes.0.clone()) == winner, "{outcomes:?}");
    }
    join_all(stores.iter().map(parlance_store::Store::close)).await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn guards_of_many_batches_that_two_nodes_commit_together_hold() {
    const HEADS: i64 = 20;
    let world = World::new(Engine::Mongo).await;
    let (schema, workspace) = (model::schema(), world.ids.next::<WorkspaceId>());
    let stores = join_all((0..2).map(|_| world.open(&schema))).await;
    let mut batch = Batch::new();
    for head in 0..HEADS {
        batch.insert(&Head::new(&head.to_string()));
    }
    stores[0].workspace(workspace).commit(batch).await.unwrap();
    for seq in 0..10 {
        let move_on = |store: &parlance_store::Store, head: i64| {
            let mut batch = Batch::new();
            batch.update::<Head>(head, [SEQ.is(seq)], [SEQ.set(seq + 1)]);
            let scope = store.workspace(workspace);
            async move { scope.commit(batch).await }
        };
        let all =
            |node: usize| join_all((0..HEADS).map(|head| move_on(&stores[node], head)).collect::<Vec<_>>());
        let both = timeout(PATIENCE, async { tokio::join!(all(0), all(1)) });
        let (ours, theirs) = both.await.expect("the nodes block each other");
        for outcomes in ours.into_iter().zip(theirs) {
            let winner = (Ok(()), Err(CommitError::Conflict(0)));
            assert!(outcomes == winner || (outcomes.1.clone(), outcomes.0.clone()) == winner, "{outcomes:?}");
        }
    }
    join_all(stores.iter().map(parlance_store::Store::close)).await;
    world.end().await;
}

// One thread: nothing is taken from the queue before all are in it.
#[tokio::test]
async fn a_full_queue_refuses_and_commits_what_it_took() {
    let world = World::new(Engine::Mongo).await;
    let store = world.open(&model::schema()).await;
    let scope = store.workspace(world.ids.next());
    let commits = (0..1_200).map(|number| {
        let mut batch = Batch::new();
        batch.insert(&Entry::new("s", number));
        scope.commit(batch)
    });
    let outcomes = timeout(PATIENCE, join_all(commits)).await.expect("the queue does not empty");
    let (taken, refused) = outcomes.split_at(1_024);
    assert!(taken.iter().all(Result::is_ok));
    assert!(refused.iter().all(|outcome| *outcome == Err(CommitError::Unavailable)));
    assert_eq!(scope.count::<Entry>(Find::new([STREAM.is("s")]).limit(5_000)).await.unwrap(), 1_024);
    let mut batch = Batch::new();
    batch.insert(&Entry::new("s", 1_200));
    assert_eq!(scope.commit(batch).await, Ok(()));
    store.close().await;
    world.end().await;
}

// More than go into two transactions: those that are left wait for company, which cannot come any more.
#[tokio::test]
async fn closing_commits_what_waits() {
    let world = World::new(Engine::Mongo).await;
    let store = world.open(&model::schema()).await;
    let workspace = world.ids.next();
    let scope = store.workspace(workspace);
    let commits = (0..140).map(|number| {
        let mut batch = Batch::new();
        batch.insert(&Entry::new("s", number));
        scope.commit(batch)
    });
    let (outcomes, ()) = tokio::join!(join_all(commits), store.close());
    assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
    let store = world.open(&model::schema()).await;
    let scope = store.workspace(workspace);
    assert_eq!(scope.count::<Entry>(Find::new([STREAM.is("s")]).limit(200)).await.unwrap(), 140);
    store.close().await;
    world.end().await;
}
