//! A replica set of three loses its primary in mid-traffic: what was acknowledged stays, nothing happens twice, and
//! traffic goes on.

use std::{
    sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst},
    time::Duration,
};

use futures::future::join_all;
use parlance_base::{Ids, SystemClock};
use parlance_store::{Batch, CommitError, Find, Scope};
use tokio::time::{sleep, timeout};

use crate::{
    contract,
    support::{
        model::{self, Entry, Head, PAGE, SEQ, STREAM},
        replica_set::ReplicaSet,
        world::World,
    },
};

const STREAMS: usize = 24;

/// What all writers see of each other.
#[derive(Default)]
struct Traffic {
    acknowledged: AtomicUsize,
    unknown: AtomicUsize,
    ended: AtomicBool,
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_acknowledged_is_lost_when_the_primary_dies() {
    let mut servers = ReplicaSet::start(3).await;
    let world = World::on(servers.uri(), Ids::new(std::sync::Arc::new(SystemClock)).unwrap());
    let store = world.open(&model::schema()).await;
    let (scope, traffic) = (store.workspace(world.ids.next()), Traffic::default());
    let writers = join_all((0..STREAMS).map(|stream| write(scope.clone(), stream.to_string(), &traffic)));
    let director = async {
        acknowledged(&traffic, 500).await;
        servers.kill_primary().await;
        let before = traffic.acknowledged.load(SeqCst);
        acknowledged(&traffic, before + 500).await;
        traffic.ended.store(true, SeqCst);
    };
    let (streams, ()) = tokio::join!(writers, director);
    for (stream, written) in streams.iter().enumerate() {
        check(&scope, &stream.to_string(), written).await;
    }
    store.close().await;
    contract::keep(world).await;
}

/// Waits until so many batches were acknowledged.
async fn acknowledged(traffic: &Traffic, count: usize) {
    let reached = async {
        while traffic.acknowledged.load(SeqCst) < count {
            sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(Duration::from_secs(60), reached).await.expect("traffic does not go on");
}

/// Appends to the stream until the end; the ids of all entries that must be there, in order.
async fn write(scope: Scope, stream: String, traffic: &Traffic) -> Vec<String> {
    let mut batch = Batch::new();
    batch.insert(&Head::new(&stream));
    scope.commit(batch).await.unwrap();
    let (mut written, mut attempt) = (Vec::new(), 0);
    while !traffic.ended.load(SeqCst) {
        attempt += 1;
        let id = format!("{stream} {attempt}");
        let seq = i64::try_from(written.len()).unwrap();
        let entry = Entry { id: id.clone(), client_id: id.clone(), ..Entry::new(&stream, seq + 1) };
        let mut batch = Batch::new();
        batch.update::<Head>(&stream, [SEQ.is(seq)], [SEQ.set(seq + 1)]).insert(&entry);
        match scope.commit(batch).await {
            Ok(()) => {
                traffic.acknowledged.fetch_add(1, SeqCst);
                written.push(id);
            }
            Err(CommitError::Unavailable) => sleep(Duration::from_millis(20)).await,
            Err(CommitError::Unknown) => {
                traffic.unknown.fetch_add(1, SeqCst);
                let moved = head(&scope, &stream).await.seq > seq;
                assert_eq!(scope.get::<Entry>(&id).await.unwrap().is_some(), moved, "half of {id} is stored");
                written.extend(moved.then_some(id));
            }
            Err(other) => panic!("{id}: {other}"),
        }
    }
    written
}

/// The head, as soon as there is a primary that can tell.
async fn head(scope: &Scope, stream: &str) -> Head {
    let read = async {
        loop {
            if let Ok(head) = scope.get::<Head>(stream).await {
                return head.unwrap();
            }
        }
    };
    timeout(Duration::from_secs(60), read).await.expect("no primary can be read")
}

/// The stream holds exactly what was written, each at its place.
async fn check(scope: &Scope, stream: &str, written: &[String]) {
    let find = Find::new([STREAM.is(stream), PAGE.is("main")]).limit(5_000);
    let entries = scope.find::<Entry>(find).await.unwrap();
    let ids: Vec<_> = entries.iter().map(|entry| &entry.id).collect();
    assert!(ids.iter().copied().eq(written), "stream {stream} holds {ids:?}, acknowledged were {written:?}");
    let places: Vec<_> = entries.iter().map(|entry| entry.seq).collect();
    assert_eq!(places, (1..=i64::try_from(written.len()).unwrap()).collect::<Vec<_>>());
    assert_eq!(usize::try_from(head(scope, stream).await.seq), Ok(written.len()));
}
