//! What the embedded engine makes of disks that fill up, of syncs that fail, of power cuts and of second processes.

use std::sync::{Arc, atomic::Ordering::SeqCst};

use parlance_base::{Ids, ManualClock, Time, WorkspaceId};
use parlance_store::{
    Batch, Collection, CommitError, Config, Durability, Field, Home, OpenError, Schema, SqliteConfig, Store,
    Stored,
};
use rand::{RngExt, SeedableRng, rngs::StdRng};
use serde::{Deserialize, Serialize};
use tempfile::TempDir;
use tokio::task::JoinSet;

use crate::faulty_vfs::{self, Disk};

const SIZE: Field = Field::int("size");
static NOTES: Collection = Collection { name: "notes", home: Home::Workspace, indexes: &[], fields: &[SIZE] };

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Note {
    id: String,
    size: i64,
    body: String,
}

impl Stored for Note {
    const COLLECTION: &'static Collection = &NOTES;
}

impl Note {
    fn new(id: impl ToString, bytes: usize) -> Self {
        Self { id: id.to_string(), size: bytes.try_into().unwrap(), body: "x".repeat(bytes) }
    }
}

/// Two notes in one batch, so that half of it would show.
fn pair(id: &str, bytes: usize) -> Batch {
    let mut batch = Batch::new();
    batch.insert(&Note::new(format!("{id}.a"), bytes)).insert(&Note::new(format!("{id}.b"), 1));
    batch
}

struct World {
    folder: TempDir,
    vfs: &'static str,
    disk: &'static Disk,
    durability: Durability,
    workspace: WorkspaceId,
    ids: Ids,
}

impl World {
    fn new(vfs: &'static str) -> Self {
        let clock = Arc::new(ManualClock::at(Time::from_millis(1)));
        let ids = Ids::seeded(clock, 1);
        let (folder, disk) = (tempfile::tempdir().unwrap(), faulty_vfs::register(vfs));
        Self { folder, vfs, disk, durability: Durability::Power, workspace: ids.next(), ids }
    }

    async fn try_open(&self) -> Result<Store, OpenError> {
        let schema = Schema { version: 1, collections: vec![&NOTES], migrations: vec![] };
        let config = SqliteConfig {
            vfs: Some(self.vfs),
            durability: self.durability,
            ..SqliteConfig::new(self.folder.path())
        };
        Store::open(Config::Sqlite(config), &schema, &self.ids).await
    }

    async fn open(&self) -> Store {
        self.try_open().await.unwrap()
    }

    /// Holds each answer to what is stored; an unknown batch may be there, but never by half.
    async fn check(&self, store: &Store, outcomes: &[(String, Result<(), CommitError>)]) {
        for (id, outcome) in outcomes {
            let found = store
                .workspace(self.workspace)
                .get_many::<Note>([format!("{id}.a"), format!("{id}.b")])
                .await;
            let found = found.unwrap().len();
            match outcome {
                Ok(()) => assert_eq!(found, 2, "the acknowledged batch {id} is lost"),
                Err(CommitError::Unavailable) => assert_eq!(found, 0, "the refused batch {id} is stored"),
                Err(CommitError::Unknown) => assert!(found != 1, "half of batch {id} is stored"),
                Err(other) => panic!("batch {id}: {other}"),
            }
        }
    }

    /// Commits batches from as many tasks, so that they share transactions.
    async fn commit_many(
        &self,
        store: &Store,
        name: &str,
        sizes: &[usize],
    ) -> Vec<(String, Result<(), CommitError>)> {
        let commits = sizes.iter().enumerate().map(|(number, bytes)| {
            let (scope, id) = (store.workspace(self.workspace), format!("{name}-{number}"));
            async move {
                let outcome = scope.commit(pair(&id, *bytes)).await;
                (id, outcome)
            }
        });
        futures::future::join_all(commits).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_fills_in_mid_transaction_loses_nothing_acknowledged() {
    let world = World::new("fills-in-mid-transaction");
    let store = world.open().await;
    let mut outcomes = world.commit_many(&store, "before", &[10; 20]).await;
    assert!(outcomes.iter().all(|(_, outcome)| outcome.is_ok()));

    // More than the page cache holds: pages are written to the log long before COMMIT.
    world.disk.fill_after(2_000);
    outcomes.extend(world.commit_many(&store, "during", &[1_000_000; 40]).await);
    let refused = outcomes.iter().filter(|(_, outcome)| *outcome == Err(CommitError::Unavailable)).count();
    assert!(refused > 0, "the disk did not fill in mid-transaction: {outcomes:?}");
    world.check(&store, &outcomes).await;

    world.disk.free();
    outcomes.extend(world.commit_many(&store, "after", &[10; 20]).await);
    assert!(outcomes.iter().rev().take(20).all(|(_, outcome)| outcome.is_ok()));
    world.check(&store, &outcomes).await;
    store.close().await;
    world.check(&world.open().await, &outcomes).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_is_said_to_be_full_until_there_is_room() {
    let world = World::new("is-full");
    let store = world.open().await;
    store.writable().await.unwrap();
    world.disk.fill_after(0);
    // Nobody has tried yet.
    store.writable().await.unwrap();
    let outcomes = world.commit_many(&store, "during", &[10; 2]).await;
    assert!(outcomes.iter().all(|(_, outcome)| outcome.is_err()), "{outcomes:?}");
    for _ in 0..2 {
        assert_eq!(store.writable().await.unwrap_err().code(), "store.full");
    }
    world.disk.free();
    // It is found out without anybody's commit.
    store.writable().await.unwrap();
    store.freeze().await.unwrap();
    assert_eq!(store.writable().await.unwrap_err().code(), "store.frozen");
    store.thaw();
    let outcomes = world.commit_many(&store, "after", &[10; 2]).await;
    assert!(outcomes.iter().all(|(_, outcome)| outcome.is_ok()), "{outcomes:?}");
    store.writable().await.unwrap();
    store.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_sync_makes_the_commit_unknown_and_later_ones_go_on() {
    let world = World::new("fails-to-sync");
    let store = world.open().await;
    world.disk.failing_syncs.store(1, SeqCst);
    let mut outcomes = world.commit_many(&store, "during", &[10]).await;
    assert_eq!(outcomes[0].1, Err(CommitError::Unknown));
    let seen = store.workspace(world.workspace).get::<Note>("during-0.a").await.unwrap();

    outcomes.extend(world.commit_many(&store, "after", &[10; 5]).await);
    assert!(outcomes.iter().skip(1).all(|(_, outcome)| outcome.is_ok()), "{outcomes:?}");
    world.check(&store, &outcomes).await;
    assert_eq!(store.workspace(world.workspace).get::<Note>("during-0.a").await.unwrap(), seen);
    store.close().await;
    let store = world.open().await;
    world.check(&store, &outcomes).await;
    assert_eq!(store.workspace(world.workspace).get::<Note>("during-0.a").await.unwrap(), seen);
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_fails_every_answer_is_true() {
    let world = World::new("fails-at-random");
    let mut random = StdRng::seed_from_u64(42);
    let mut outcomes = Vec::new();
    for round in 0..60 {
        let store = world.open().await;
        if random.random() {
            world.disk.fill_after(random.random_range(0..200));
        } else {
            world.disk.failing_syncs.store(random.random_range(0..4), SeqCst);
        }
        for burst in 0..4 {
            let sizes: Vec<usize> =
                (0..random.random_range(1..20)).map(|_| random.random_range(1..20_000)).collect();
            outcomes.extend(world.commit_many(&store, &format!("{round}-{burst}"), &sizes).await);
        }
        world.disk.free();
        world.disk.failing_syncs.store(0, SeqCst);
        world.check(&store, &outcomes).await;
        store.close().await;
    }
    world.check(&world.open().await, &outcomes).await;
    let count =
        |wanted: &Result<(), CommitError>| outcomes.iter().filter(|(_, outcome)| outcome == wanted).count();
    assert!(
        count(&Ok(())) > 0
            && count(&Err(CommitError::Unavailable)) > 0
            && count(&Err(CommitError::Unknown)) > 0
    );
}

/// How many of 50 commits were acknowledged while something of the log was not yet synced.
async fn acknowledged_before_sync(world: &World) -> usize {
    let store = world.open().await;
    let mut early = 0;
    for number in 0..50 {
        store.workspace(world.workspace).commit(pair(&number.to_string(), 100)).await.unwrap();
        early += usize::from(world.disk.unsynced.load(SeqCst) > 0);
    }
    store.close().await;
    early
}

#[tokio::test(flavor = "multi_thread")]
async fn with_durability_power_nothing_is_acknowledged_before_its_sync() {
    assert_eq!(acknowledged_before_sync(&World::new("power")).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_check_for_early_acknowledgements_finds_them_where_nothing_is_synced() {
    let world = World { durability: Durability::Process, ..World::new("process") };
    assert_eq!(acknowledged_before_sync(&world).await, 50);
}

#[tokio::test(flavor = "multi_thread")]
async fn commits_that_wait_together_share_a_sync() {
    let world = World::new("shares-syncs");
    let store = world.open().await;
    let before = world.disk.syncs.load(SeqCst);
    let outcomes = world.commit_many(&store, "many", &[10; 500]).await;
    assert!(outcomes.iter().all(|(_, outcome)| outcome.is_ok()));
    let syncs = world.disk.syncs.load(SeqCst) - before;
    assert!(syncs < 250, "{syncs} syncs for 500 commits");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_queue_refuses_and_what_it_held_is_committed() {
    let world = World::new("full-queue");
    let schema = Schema { version: 1, collections: vec![&NOTES], migrations: vec![] };
    let config = SqliteConfig { queue: 4, ..SqliteConfig::new(world.folder.path()) };
    let store = Store::open(Config::Sqlite(config), &schema, &world.ids).await.unwrap();
    let outcomes = world.commit_many(&store, "many", &[100_000; 500]).await;
    let refused = outcomes.iter().filter(|(_, outcome)| *outcome == Err(CommitError::Unavailable)).count();
    assert!(refused > 0 && refused < 500, "{refused} of 500 refused");
    world.check(&store, &outcomes).await;
}

#[tokio::test]
async fn reads_that_are_too_many_are_refused_and_the_others_answered() {
    let world = World::new("full-desk");
    let schema = Schema { version: 1, collections: vec![&NOTES], migrations: vec![] };
    let config = SqliteConfig { queue: 40, ..SqliteConfig::new(world.folder.path()) };
    let store = Store::open(Config::Sqlite(config), &schema, &world.ids).await.unwrap();
    let scope = store.workspace(world.workspace);
    scope.commit(pair("here", 10)).await.unwrap();
    let read = || {
        let scope = scope.clone();
        async move {
            let note = scope.get::<Note>("here.a").await;
            note.map(|note| note.is_some()).map_err(|error| error.message().to_owned())
        }
    };
    // All of them ask before anybody reads.
    let asking: JoinSet<_> = (0..100).map(|_| read()).collect();
    let answers = asking.join_all().await;
    let count = |wanted: Result<bool, &str>| {
        answers
            .iter()
            .filter(|answer| {
                answer.as_ref().map_or_else(|why| Err(why.as_str()), |there| Ok(*there)) == wanted
            })
            .count()
    };
    assert_eq!((count(Ok(true)), count(Err("too many reads are waiting"))), (40, 60));
    assert_eq!(read().await, Ok(true));
    store.close().await;
    assert_eq!(read().await, Err("the store is closed".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_stays_bounded_under_constant_writing() {
    let world = World::new("long-log");
    let store = world.open().await;
    let mut longest = 0;
    for round in 0..15 {
        let outcomes = world.commit_many(&store, &round.to_string(), &[1_000_000; 10]).await;
        assert!(outcomes.iter().all(|(_, outcome)| outcome.is_ok()));
        longest = longest.max(std::fs::metadata(world.folder.path().join("parlance.db-wal")).unwrap().len());
    }
    assert!(longest < 100 << 20, "the log grew to {longest} bytes while 150 MB were written");
}

#[tokio::test(flavor = "multi_thread")]
async fn closing_commits_what_was_queued_and_refuses_the_rest() {
    let world = World::new("closes");
    let store = world.open().await;
    let (outcomes, ()) = tokio::join!(world.commit_many(&store, "queued", &[10; 50]), store.close());
    assert_eq!(store.workspace(world.workspace).commit(pair("late", 1)).await, Err(CommitError::Unavailable));
    assert!(store.workspace(world.workspace).get::<Note>("late.a").await.is_err());
    world.check(&world.open().await, &outcomes).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_in_use_is_refused_by_name() {
    let world = World::new("in-use");
    let store = world.open().await;
    let error = world.try_open().await.unwrap_err();
    assert!(matches!(&error, OpenError::InUse(folder) if folder == world.folder.path()), "{error}");
    store.close().await;
    world.open().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_no_database_is_called_foreign() {
    let world = World::new("no-database");
    std::fs::write(world.folder.path().join("parlance.db"), "Dear diary, ".repeat(500)).unwrap();
    assert!(matches!(world.try_open().await.unwrap_err(), OpenError::Foreign(_)));
}

#[tokio::test(flavor = "multi_thread")]
async fn only_an_unclean_stop_without_syncs_changes_the_epoch() {
    let mut world = World::new("epochs");
    let epoch = reopened(&world).await;
    kill_copy(&mut world).await;
    assert_eq!(reopened(&world).await, epoch, "with durability power, nothing acknowledged can be lost");

    world.durability = Durability::Process;
    assert_eq!(reopened(&world).await, epoch);
    assert_eq!(reopened(&world).await, epoch, "it was closed");
    kill_copy(&mut world).await;
    let after = reopened(&world).await;
    assert_ne!(after, epoch, "what was acknowledged may be lost");
    world.durability = Durability::Power;
    assert_eq!(reopened(&world).await, after);
}

async fn reopened(world: &World) -> parlance_base::Epoch {
    let store = world.open().await;
    store.close().await;
    store.epoch()
}

/// Goes on with a copy of the folder as it is while the store is open: what a killed process leaves.
async fn kill_copy(world: &mut World) {
    let store = world.open().await;
    let copy = tempfile::tempdir().unwrap();
    for entry in std::fs::read_dir(world.folder.path()).unwrap() {
        let entry = entry.unwrap();
        std::fs::copy(entry.path(), copy.path().join(entry.file_name())).unwrap();
    }
    store.close().await;
    world.folder = copy;
}
