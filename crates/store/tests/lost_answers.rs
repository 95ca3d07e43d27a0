//! Answers that are lost, and errors in mid-transaction, made by MongoDB's own fail points: the outcome that a caller is
//! told is the truth, or `Unknown`.

use std::time::Duration;

use bson::{Document as BsonDocument, doc};
use futures::future::join_all;
use parlance_base::WorkspaceId;
use parlance_store::{Batch, CommitError, Config, Find, Scope, Store, Stored as _};
use tokio::sync::{Mutex, MutexGuard};

use crate::support::{
    model::{self, Entry, Head, SEQ},
    mongod,
    world::{Engine, World},
};

/// A server has one such fail point.
static FAIL_POINT: Mutex<()> = Mutex::const_new(());

type Outcome = Result<(), CommitError>;

/// An open store, and the server's fail point for the commands of this store alone.
struct Stand {
    world: World,
    store: Store,
    scope: Scope,
    _alone: MutexGuard<'static, ()>,
}

impl Stand {
    async fn new() -> Self {
        let alone = FAIL_POINT.lock().await;
        let world = World::new(Engine::Mongo).await;
        let store = world.open(&model::schema()).await;
        let scope = store.workspace(world.ids.next::<WorkspaceId>());
        let mut batch = Batch::new();
        for number in 0..40 {
            batch.insert(&Head::new(&number.to_string()));
        }
        scope.commit(batch).await.unwrap();
        Self { world, store, scope, _alone: alone }
    }

    /// Fails the commands as `how` says.
    async fn fail(&self, mode: BsonDocument, commands: &[&str], mut how: BsonDocument) {
        let Config::Mongo(config) = &self.world.config else { panic!("a stand is on MongoDB") };
        how.insert("failCommands", commands);
        how.insert("appName", format!("parlance/{}", config.database));
        self.configure(doc! { "configureFailPoint": "failCommand", "mode": mode, "data": how }).await;
    }

    async fn heal(&self) {
        self.configure(doc! { "configureFailPoint": "failCommand", "mode": "off" }).await;
    }

    async fn configure(&self, command: BsonDocument) {
        // Past the store and under another name, so that it is not failed itself.
        let client = mongodb::Client::with_uri_str(mongod::shared().await).await.unwrap();
        client.database("admin").run_command(command).await.unwrap();
    }

    /// Moves so many heads from 0 on, each with an entry, all at the same time.
    async fn commit(&self, heads: usize) -> Vec<Outcome> {
        let commits = (0..heads).map(|number| {
            let mut batch = Batch::new();
            batch
                .update::<Head>(number, [SEQ.is(0)], [SEQ.set(1)])
                .insert(&Entry::new(&number.to_string(), 1));
            self.scope.commit(batch)
        });
        join_all(commits).await
    }

    /// Holds each outcome to what is stored.
    async fn check(&self, outcomes: &[Outcome]) {
        for (number, outcome) in outcomes.iter().enumerate() {
            let moved = self.scope.get::<Head>(number).await.unwrap().unwrap().seq == 1;
            let entered = self.scope.get::<Entry>(format!("{number}.0001")).await.unwrap().is_some();
            assert_eq!(moved, entered, "half of batch {number} is stored ({outcome:?})");
            match outcome {
                Ok(()) => assert!(moved, "the acknowledged batch {number} is lost"),
                Err(CommitError::Unavailable) => assert!(!moved, "the refused batch {number} is stored"),
                Err(CommitError::Unknown) => {}
                Err(other) => panic!("batch {number}: {other}"),
            }
        }
    }

    /// Changes all heads in a transaction that is never ended, as a node does that is killed in the middle of one.
    async fn leave_open(&self) {
        let Config::Mongo(config) = &self.world.config else { panic!("a stand is on MongoDB") };
        let mut options = mongodb::options::ClientOptions::parse(&config.uri).await.unwrap();
        options.app_name = Some(format!("parlance/{}", config.database));
        let client = mongodb::Client::with_options(options).unwrap();
        let mut session = client.start_session().await.unwrap();
        session.start_transaction().await.unwrap();
        let heads = client.database(&config.database).collection::<BsonDocument>(Head::COLLECTION.name);
        let touched = doc! { "$set": { "touched": true } };
        let changed = heads.update_many(doc! {}, touched).session(&mut session).await.unwrap();
        assert_eq!(changed.modified_count, 40);
        // Dropped, it would be taken back.
        std::mem::forget(session);
    }

    /// Commits while the fail point is on, and checks; then everything works again, on the same documents too.
    async fn expect(self, heads: usize, expected: Outcome) {
        let outcomes = self.commit(heads).await;
        self.heal().await;
        assert!(outcomes.iter().all(|outcome| *outcome == expected), "{outcomes:?}");
        self.check(&outcomes).await;
        let mut batch = Batch::new();
        for number in 0..40 {
            batch.update::<Head>(number, [], [SEQ.grow(1)]);
        }
        assert_eq!(self.scope.commit(batch).await, Ok(()));
        self.store.close().await;
        self.world.end().await;
    }
}

fn times(times: i32) -> BsonDocument {
    doc! { "times": times }
}

/// As good as always: `alwaysOn` is a text, where a mode is a document everywhere else.
fn always() -> BsonDocument {
    times(1_000_000)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_whose_connection_breaks_is_asked_for_again() {
    for heads in [1, 20] {
        let stand = Stand::new().await;
        stand.fail(times(3), &["commitTransaction"], doc! { "closeConnection": true }).await;
        stand.expect(heads, Ok(())).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_that_a_majority_has_not_confirmed_is_asked_for_again() {
    for heads in [1, 20] {
        let stand = Stand::new().await;
        let unconfirmed =
            doc! { "code": 64, "codeName": "WriteConcernFailed", "errmsg": "waiting timed out" };
        stand.fail(times(3), &["commitTransaction"], doc! { "writeConcernError": unconfirmed }).await;
        stand.expect(heads, Ok(())).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_that_is_never_confirmed_is_unknown() {
    let stand = Stand::new().await;
    let unconfirmed = doc! { "code": 64, "codeName": "WriteConcernFailed", "errmsg": "waiting timed out" };
    stand.fail(always(), &["commitTransaction"], doc! { "writeConcernError": unconfirmed }).await;
    stand.expect(1, Err(CommitError::Unknown)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_that_is_never_answered_is_unknown_and_holds_no_document() {
    let stand = Stand::new().await;
    stand.fail(always(), &["commitTransaction"], doc! { "closeConnection": true }).await;
    stand.expect(1, Err(CommitError::Unknown)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_of_a_transaction_that_the_server_lost_is_done_anew() {
    for heads in [1, 20] {
        let stand = Stand::new().await;
        let lost = doc! { "errorCode": 251, "errorLabels": ["TransientTransactionError"] };
        stand.fail(times(2), &["commitTransaction"], lost).await;
        stand.expect(heads, Ok(())).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn transactions_that_meet_others_are_done_anew() {
    for heads in [1, 20] {
        let stand = Stand::new().await;
        let conflict = doc! { "errorCode": 112, "errorLabels": ["TransientTransactionError"] };
        stand.fail(times(5), &["update"], conflict).await;
        stand.expect(heads, Ok(())).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_that_never_gets_through_is_unavailable() {
    for heads in [1, 4] {
        let stand = Stand::new().await;
        let conflict = doc! { "errorCode": 112, "errorLabels": ["TransientTransactionError"] };
        stand.fail(always(), &["insert"], conflict).await;
        stand.expect(heads, Err(CommitError::Unavailable)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_breaks_in_mid_transaction_costs_nothing() {
    for heads in [1, 20] {
        let stand = Stand::new().await;
        stand.fail(times(1), &["insert"], doc! { "closeConnection": true }).await;
        stand.expect(heads, Ok(())).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_that_always_break_in_mid_transaction_are_unavailable() {
    let stand = Stand::new().await;
    stand.fail(always(), &["insert"], doc! { "closeConnection": true }).await;
    stand.expect(20, Err(CommitError::Unavailable)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_that_a_killed_node_left_open_is_ended_by_whoever_is_kept_out() {
    let stand = Stand::new().await;
    stand.leave_open().await;
    let mut outcomes = stand.commit(1).await;
    for _ in 0..10 {
        if outcomes == [Ok(())] {
            break;
        }
        assert_eq!(outcomes, [Err(CommitError::Unavailable)]);
        outcomes = stand.commit(1).await;
    }
    stand.check(&outcomes).await;
    assert_eq!(outcomes, [Ok(())]);
    stand.store.close().await;
    stand.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_error_that_trying_again_cannot_mend_is_unavailable() {
    let stand = Stand::new().await;
    stand.fail(always(), &["update"], doc! { "errorCode": 13 }).await;
    stand.expect(20, Err(CommitError::Unavailable)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_whose_answer_is_lost_is_asked_again_and_then_given_up() {
    let stand = Stand::new().await;
    stand.fail(times(1), &["find"], doc! { "closeConnection": true }).await;
    assert!(stand.scope.get::<Head>("0").await.unwrap().is_some());
    stand.fail(always(), &["find", "aggregate"], doc! { "closeConnection": true }).await;
    assert_eq!(stand.scope.get::<Head>("0").await.unwrap_err().code(), "store.unavailable");
    assert_eq!(stand.scope.count::<Head>(Find::new([])).await.unwrap_err().code(), "store.unavailable");
    stand.heal().await;
    assert_eq!(stand.scope.count::<Head>(Find::new([])).await.unwrap(), 40);
    stand.store.close().await;
    stand.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_hangs_delays_a_commit_by_a_bounded_time() {
    let stand = Stand::new().await;
    stand.fail(always(), &["insert"], doc! { "blockConnection": true, "blockTimeMS": 20_000 }).await;
    let outcome = tokio::time::timeout(Duration::from_secs(15), stand.commit(1)).await;
    stand.heal().await;
    let outcomes = outcome.expect("the commit hangs with the server");
    assert_eq!(outcomes, [Err(CommitError::Unavailable)]);
    stand.check(&outcomes).await;
}
