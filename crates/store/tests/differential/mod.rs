//! Random batches and finds on both engines, held to an oracle that knows nothing but `meaning`: the same outcomes, the same
//! documents. Batches that are committed at the same time must do what some order of them does.

mod oracle;
mod strategy;

use futures::future::join_all;
use parlance_store::{Collection, CommitError, Document, Scope, Store, Stored, meaning};
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use serde::{Deserialize, Serialize};

use self::{
    oracle::Oracle,
    strategy::{Asked, IDS, Planned, Step},
};
use crate::support::{
    model::{self, ENTRIES},
    world::{Engine, World},
};

#[test]
fn the_embedded_store_does_what_the_oracle_does() {
    compare(Engine::Sqlite, 256);
}

#[test]
fn mongodb_does_what_the_oracle_does() {
    compare(Engine::Mongo, 96);
}

fn compare(engine: Engine, cases: u32) {
    // One thread: batches that are committed at the same time are then all queued before any is looked at.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (world, store) = runtime.block_on(async {
        let world = World::new(engine).await;
        let store = world.open(&model::schema()).await;
        (world, store)
    });
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    let compared = TestRunner::new(config)
        .run(&proptest::collection::vec(strategy::step(), 1..10), |steps| {
            runtime.block_on(one_run(&store, &world, steps))
        });
    runtime.block_on(async {
        store.close().await;
        world.end().await;
    });
    compared.unwrap();
}

async fn one_run(store: &Store, world: &World, steps: Vec<Step>) -> Result<(), TestCaseError> {
    let (scope, mut oracle) = (store.workspace(world.ids.next()), Oracle::default());
    for step in steps {
        match step {
            Step::Commit(batches) => commit(&scope, &mut oracle, &batches).await?,
            Step::Find(asked) => find(&scope, &oracle, &asked).await?,
        }
    }
    Ok(())
}

/// Commits all of the batches at once, and finds the order in which the oracle comes to the same end.
async fn commit(scope: &Scope, oracle: &mut Oracle, batches: &[Planned]) -> Result<(), TestCaseError> {
    let outcomes = join_all(batches.iter().map(|batch| scope.commit(batch.batch()))).await;
    let mut stored = Vec::new();
    for collection in strategy::COLLECTIONS {
        let ids = IDS.iter().map(|id| (*id).to_owned()).collect();
        let mut documents = scope.get_documents(collection, ids).await.unwrap();
        documents.sort_by_key(|document| document["id"].to_string());
        stored.extend(documents);
    }
    for order in orders(batches.len()) {
        let mut later = oracle.clone();
        let agrees = order.iter().all(|at| same(&later.commit(&batches[*at]), &outcomes[*at]));
        if agrees && later.documents() == stored {
            *oracle = later;
            return Ok(());
        }
    }
    let expected = batches.iter().map(|batch| oracle.clone().commit(batch)).collect::<Vec<_>>();
    fail(format!(
        "no order gives {outcomes:?} and {stored:?}; alone each gives {expected:?}, before was {oracle:?}"
    ))
}

/// Documents that agree in the sort field come in any order, so a page may hold any of them.
async fn find(scope: &Scope, oracle: &Oracle, asked: &Asked) -> Result<(), TestCaseError> {
    let (all, limit) = (oracle.find(asked), asked.limit);
    let found = match scope.find::<Anything>(asked.find()).await {
        Ok(found) => found.into_iter().map(|Anything(document)| document).collect::<Vec<_>>(),
        Err(error) => return fail(error),
    };
    let keys = |documents: &[Document]| {
        let key = |document| asked.sort.map(|(field, _)| meaning::value_of(document, field));
        documents.iter().take(limit).map(key).collect::<Vec<_>>()
    };
    let distinct = found.iter().enumerate().all(|(at, document)| !found[..at].contains(document));
    if keys(&found) != keys(&all) || !distinct || !found.iter().all(|document| all.contains(document)) {
        return fail(format!("found {found:?} of {all:?}"));
    }
    match scope.count::<Anything>(asked.find()).await.unwrap() {
        count if count == all.len().min(limit) => Ok(()),
        count => fail(format!("counted {count} of {all:?}")),
    }
}

/// Any document of entries, as it is.
#[derive(Serialize, Deserialize)]
#[serde(transparent)]
struct Anything(Document);

impl Stored for Anything {
    const COLLECTION: &'static Collection = &ENTRIES;
}

/// The reason of a refusal is in the engine's own words.
fn same(one: &Result<(), CommitError>, other: &Result<(), CommitError>) -> bool {
    one == other || matches!((one, other), (Err(CommitError::Refused(_)), Err(CommitError::Refused(_))))
}

fn fail(reason: impl ToString) -> Result<(), TestCaseError> {
    Err(TestCaseError::fail(reason.to_string()))
}

/// Every order of so many.
fn orders(count: usize) -> Vec<Vec<usize>> {
    let Some(last) = count.checked_sub(1) else { return vec![vec![]] };
    let with_last = |order: Vec<usize>| {
        (0..=order.len()).rev().map(move |place| {
            let mut order = order.clone();
            order.insert(place, last);
            order
        })
    };
    orders(last).into_iter().flat_map(with_last).collect()
}
