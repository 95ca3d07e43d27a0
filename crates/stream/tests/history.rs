//! Random histories with everything at once: several clients, two nodes that end and come back, commits that are lost,
//! doubled or late, reads that fail, members who come and go. Afterwards the log is held to what everyone was told.

use std::{
    collections::{HashMap, HashSet},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
    time::Duration,
};

use parlance_base::{EntryId, Kind, Result, UserId};
use parlance_store::fault::{Fault, Faults};
use parlance_stream::{Entry, Limits, Receipt, Streams, Submission};
use rand::{RngExt, SeedableRng, rngs::StdRng};
use tokio::{sync::watch, task::JoinSet};

use crate::{
    chat::{Admit, Edit, Say},
    support::{On, World},
};

/// Faults at random; once the node has ended, nothing more comes of it.
#[derive(Debug)]
struct Random {
    random: Mutex<StdRng>,
    quiet: AtomicBool,
    ended: watch::Sender<bool>,
}

impl Faults for Random {
    fn commit(&self) -> Fault {
        if *self.ended.borrow() {
            return Fault::EndsBefore;
        }
        if self.quiet.load(SeqCst) {
            return Fault::None;
        }
        let fault = match self.random.lock().unwrap().random_range(0..60) {
            0..3 => Fault::Refused,
            3..6 => Fault::RequestLost,
            6..9 => Fault::AnswerLost,
            9..12 => Fault::Late,
            12 => Fault::EndsBefore,
            13 => Fault::EndsAfter,
            _ => Fault::None,
        };
        if matches!(fault, Fault::EndsBefore | Fault::EndsAfter) {
            self.ended.send_replace(true);
        }
        fault
    }

    fn read(&self) -> bool {
        !self.quiet.load(SeqCst) && self.random.lock().unwrap().random_range(0..50) == 0
    }
}

/// A place where a node runs; when one has ended, the next takes its place.
struct Slot {
    world: Arc<World>,
    running: Mutex<(Streams, Arc<Random>)>,
    random: Mutex<StdRng>,
}

impl Slot {
    fn new(world: &Arc<World>, mut random: StdRng) -> Self {
        let running = Mutex::new(start(world, &mut random));
        Self { world: Arc::clone(world), running, random: Mutex::new(random) }
    }

    fn node(&self) -> (Streams, Arc<Random>) {
        let mut running = self.running.lock().unwrap();
        if *running.1.ended.borrow() {
            *running = start(&self.world, &mut self.random.lock().unwrap());
        }
        running.clone()
    }

    fn quieten(&self) {
        self.node().1.quiet.store(true, SeqCst);
    }

    /// Submits to the node that runs now; none where it ended before it answered.
    async fn submit(&self, submission: Submission) -> Option<Result<Receipt>> {
        let (streams, faults) = self.node();
        let mut ended = faults.ended.subscribe();
        tokio::select! {
            answer = self.world.submit(&streams, submission) => Some(answer),
            _ = ended.wait_for(|ended| *ended) => None,
        }
    }
}

fn start(world: &World, random: &mut StdRng) -> (Streams, Arc<Random>) {
    let seed = random.random();
    let random = Mutex::new(StdRng::seed_from_u64(seed));
    let faults = Arc::new(Random { random, quiet: AtomicBool::new(false), ended: watch::Sender::new(false) });
    let store = world.store.with_faults(Arc::clone(&faults) as Arc<dyn Faults>);
    (world.streams_on(store, Limits::default()), faults)
}

/// What a client was told of one thing it did.
#[derive(Clone, Debug)]
enum Told {
    Stored(EntryId, i64),
    Unchanged,
    Refused,
    /// It gave up without an answer, or was refused when an earlier try may have been stored.
    Nothing,
}

/// One client: does one thing after the other, each under one name, again until it is told what became of it.
async fn client(
    world: Arc<World>,
    slots: Arc<[Slot; 2]>,
    users: Vec<UserId>,
    me: usize,
    seed: u64,
) -> Vec<(String, Told)> {
    let mut random = StdRng::seed_from_u64(seed);
    let (user, mut own, mut told) = (users[me], Vec::new(), Vec::new());
    for number in 0..12 {
        let name = format!("{me}-{number}");
        let (choice, other) = (random.random_range(0..10), users[random.random_range(1..users.len())]);
        let admit = random.random();
        let submission = || {
            let named = |submission: Submission| submission.named(Some(name.clone()));
            match (choice, own.last()) {
                (0 | 1, _) if me == 0 => named(Submission::new(user, Admit(other, admit))),
                (2 | 3, Some(id)) => named(Submission::new(user, Edit(user, *id, name.clone()))),
                _ => named(Submission::new(user, Say(user, name.clone()))),
            }
        };
        // An earlier try may still be on its way, in one batch with what lets it through: then a refusal of a later one
        // says nothing of it.
        let (mut answer, mut certain) = (Told::Nothing, true);
        for _ in 0..200 {
            match slots[random.random_range(0..2)].submit(submission()).await {
                None => certain = false,
                Some(Err(error)) if matches!(error.kind(), Kind::Unavailable { .. }) => {
                    certain &= error.code() != "store.unknown";
                }
                Some(Err(error)) => {
                    assert_eq!(error.kind(), Kind::Forbidden, "{error}");
                    answer = if certain { Told::Refused } else { Told::Nothing };
                    break;
                }
                Some(Ok(Receipt::Unchanged)) => {
                    answer = if certain { Told::Unchanged } else { Told::Nothing };
                    break;
                }
                Some(Ok(Receipt::Appended(entry) | Receipt::Repeated(entry))) => {
                    if entry.kind == "message.new" {
                        own.push(entry.id);
                    }
                    answer = Told::Stored(entry.id, entry.seq);
                    break;
                }
            }
        }
        told.push((name, answer));
    }
    drop(world);
    told
}

/// Holds the log to what the clients were told.
fn check(log: &[Entry], told: &[Vec<(String, Told)>], host: UserId) {
    let mut members = HashSet::from([host.to_string()]);
    let mut ordinal = 0;
    let mut names = HashMap::new();
    for (entry, seq) in log.iter().zip(1..) {
        assert_eq!(entry.seq, seq, "a gap or a repeat");
        assert!(names.insert(entry.client_id.clone(), entry).is_none(), "{} is doubled", entry.client_id);
        match entry.kind.as_str() {
            "member.added" => assert!(members.insert(user_of(entry)) || seq == 1),
            "member.removed" => assert!(members.remove(&user_of(entry))),
            _ => assert!(
                members.contains(&entry.author_id),
                "{} posted without being a member",
                entry.client_id
            ),
        }
        if let Some(counted) = entry.ordinal {
            ordinal += 1;
            assert_eq!(counted, ordinal);
        }
    }
    for client in told {
        let mut last = 0;
        for (name, told) in client {
            let stored = names.get(name);
            match told {
                Told::Stored(id, seq) => {
                    let stored = stored.unwrap_or_else(|| panic!("{name} was acknowledged and is lost"));
                    assert_eq!((stored.id, stored.seq), (*id, *seq));
                    assert!(*seq > last, "{name} came before what its author did earlier");
                    last = *seq;
                }
                Told::Refused | Told::Unchanged => assert!(stored.is_none(), "{name} was not to be stored"),
                Told::Nothing => {}
            }
        }
    }
}

fn user_of(entry: &Entry) -> String {
    entry.data["user_id"].as_str().unwrap().to_owned()
}

async fn run(on: On, seed: u64) {
    let world = Arc::new(World::new(on).await);
    let mut random = StdRng::seed_from_u64(seed);
    let host = world.open(&world.streams()).await;
    let users: Vec<UserId> = std::iter::once(host).chain((0..3).map(|_| world.ids.next())).collect();
    let slots: Arc<[Slot; 2]> =
        Arc::new([(); 2].map(|()| Slot::new(&world, StdRng::seed_from_u64(random.random()))));
    let mut clients = JoinSet::new();
    for me in 0..users.len() {
        let client = client(Arc::clone(&world), Arc::clone(&slots), users.clone(), me, random.random());
        clients.spawn(client);
    }
    let told = clients.join_all().await;
    slots.iter().for_each(Slot::quieten);
    // What was still on its way when the last client had its answer has arrived by then, or never will.
    tokio::time::sleep(Duration::from_millis(20)).await;
    check(&world.log().await, &told, host);
    world.store.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn any_history_keeps_every_promise_on_sqlite() {
    for seed in 0..120 {
        run(On::Sqlite, seed).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn any_history_keeps_every_promise_on_mongodb() {
    for seed in 0..15 {
        run(On::Mongo, seed).await;
    }
}
