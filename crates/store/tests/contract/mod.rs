//! What every engine must do: plain functions over an open store. All cases of an engine run at the same time in one store,
//! each in a workspace of its own.

mod batch;
mod change;
mod concurrency;
mod find;
mod guard;
mod misuse;
mod scope;

use std::future::Future;

use futures::future::BoxFuture;
use parlance_base::{Ids, WorkspaceId};
use parlance_store::{Batch, Scope, Store, Stored};
use tokio::task::JoinSet;

use crate::support::{
    model,
    world::{Engine, World},
};

#[tokio::test(flavor = "multi_thread")]
async fn the_embedded_store_keeps_the_contract() {
    keep(World::new(Engine::Sqlite).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn mongodb_keeps_the_contract() {
    keep(World::new(Engine::Mongo).await).await;
}

/// Where a case takes place.
#[derive(Clone, Debug)]
struct Stage {
    store: Store,
    ids: Ids,
    scope: Scope,
}

/// A function of the contract and its name, which is a sentence.
struct Case {
    name: &'static str,
    run: Box<dyn FnOnce(Stage) -> BoxFuture<'static, ()> + Send>,
}

fn case<F, R>(function: F) -> Case
where
    F: FnOnce(Stage) -> R + Send + 'static,
    R: Future<Output = ()> + Send + 'static,
{
    let name = std::any::type_name::<F>().rsplit("::").next().unwrap_or_default();
    Case { name, run: Box::new(|stage| Box::pin(function(stage))) }
}

fn cases() -> Vec<Case> {
    let nouns = [
        batch::cases(),
        change::cases(),
        concurrency::cases(),
        find::cases(),
        guard::cases(),
        misuse::cases(),
        scope::cases(),
    ];
    nouns.into_iter().flatten().collect()
}

/// Runs every case in this world.
pub(crate) async fn keep(world: World) {
    let store = world.open(&model::schema()).await;
    let mut running = JoinSet::new();
    let mut names = std::collections::HashMap::new();
    for case in cases() {
        let task = running.spawn((case.run)(Stage::new(&store, &world.ids)));
        names.insert(task.id(), case.name);
    }
    let mut failed = Vec::new();
    while let Some(done) = running.join_next_with_id().await {
        if let Err(error) = done {
            failed.push(names[&error.id()]);
        }
    }
    store.close().await;
    world.end().await;
    assert!(failed.is_empty(), "what does not hold (each says why above): {failed:#?}");
}

impl Stage {
    fn new(store: &Store, ids: &Ids) -> Self {
        Self { store: store.clone(), ids: ids.clone(), scope: store.workspace(ids.next()) }
    }

    /// A workspace that nobody else uses.
    fn other_workspace(&self) -> Scope {
        self.store.workspace(self.ids.next::<WorkspaceId>())
    }

    /// A name that nothing else has.
    fn name(&self) -> String {
        self.ids.next::<WorkspaceId>().to_string()
    }

    async fn insert<T: Stored>(&self, values: &[T]) {
        let mut batch = Batch::new();
        for value in values {
            batch.insert(value);
        }
        self.scope.commit(batch).await.unwrap();
    }
}
