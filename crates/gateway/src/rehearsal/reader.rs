//! A reader: a real client that follows its streams, and writes down what it is told.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use parlance_base::{EntryId, StreamId};
use parlance_client::{
    Backoff, Commands, Entry, EntryEvent, Event, FollowOptions, Follower, InWorkspace, State,
};
use tokio::{sync::watch, task::JoinSet, time::timeout};
use tokio_util::sync::CancellationToken;

/// Tries again quickly: what is waited for is on this machine.
const RECONNECT: Backoff = Backoff { first: Duration::from_millis(100), most: Duration::from_millis(500) };

/// Somebody who reads along. Dropped, they stop.
#[derive(Debug)]
pub struct Reader {
    name: String,
    commands: Commands,
    heard: Arc<Mutex<Heard>>,
    progress: watch::Receiver<u64>,
    stop: CancellationToken,
    task: JoinSet<State>,
    here: InWorkspace,
}

/// A reader whose program is not running, and what it has written down.
#[derive(Debug)]
pub struct Resting {
    name: String,
    state: State,
    heard: Arc<Mutex<Heard>>,
    here: InWorkspace,
}

/// What a reader was told.
#[derive(Debug, Default)]
pub(super) struct Heard {
    pub(super) streams: BTreeMap<StreamId, Log>,
    /// Entries that did not follow the one before.
    pub(super) faults: Vec<String>,
    pub(super) connections: usize,
    pub(super) resets: usize,
}

/// A stream as a reader was told it.
#[derive(Debug, Default)]
pub(super) struct Log {
    /// What came before is not known: the reader began after this.
    pub(super) from: u64,
    pub(super) told: Vec<Told>,
}

/// What identifies an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Told {
    pub(super) seq: u64,
    pub(super) kind: String,
    pub(super) message: Option<EntryId>,
}

impl Reader {
    /// Somebody of this name who follows the workspace from now on.
    #[must_use]
    pub fn start(name: impl Into<String>, here: InWorkspace) -> Self {
        Resting { name: name.into(), state: State::default(), heard: Arc::default(), here }.wake()
    }

    /// Ends their program. It can go on later from what it has written down.
    pub async fn rest(mut self) -> Resting {
        self.stop.cancel();
        let state = self.task.join_next().await.and_then(Result::ok).unwrap_or_default();
        Resting { name: self.name, state, heard: self.heard, here: self.here }
    }

    /// Their name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What they do over their socket.
    #[must_use]
    pub const fn commands(&self) -> &Commands {
        &self.commands
    }

    /// How often they were connected so far.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.with(|heard| heard.connections)
    }

    /// How often they had to begin a stream anew.
    #[must_use]
    pub fn resets(&self) -> usize {
        self.with(|heard| heard.resets)
    }

    /// Waits until they have come to `seq` in the stream.
    ///
    /// # Errors
    /// Where they do not, in that time.
    pub async fn come_to(&mut self, stream: StreamId, seq: u64, within: Duration) -> Result<(), String> {
        let there = |reader: &Self| reader.at(stream).is_some_and(|at| at >= seq);
        let waiting = async { while !there(self) && self.progress.changed().await.is_ok() {} };
        let late = timeout(within, waiting).await.is_err();
        if late || !there(self) {
            return Err(format!("{} has come to {:?} of {seq} in {stream}", self.name, self.at(stream)));
        }
        Ok(())
    }

    /// How far they have come in a stream that they follow.
    #[must_use]
    pub fn at(&self, stream: StreamId) -> Option<u64> {
        self.with(|heard| heard.streams.get(&stream).map(Log::at))
    }

    pub(super) fn with<T>(&self, look: impl FnOnce(&Heard) -> T) -> T {
        look(&self.heard.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Resting {
    /// Starts their program again.
    #[must_use]
    pub fn wake(self) -> Reader {
        let Self { name, state, heard, here } = self;
        let options = FollowOptions { reconnect: RECONNECT, ..FollowOptions::default() };
        let follower = Follower::start(here.clone(), state, options);
        let (commands, stop) = (follower.commands(), CancellationToken::new());
        let (moved, progress) = watch::channel(0);
        let mut task = JoinSet::new();
        task.spawn(listen(follower, Arc::clone(&heard), moved, stop.clone()));
        Reader { name, commands, heard, progress, stop, task, here }
    }
}

impl Log {
    fn at(&self) -> u64 {
        self.told.last().map_or(self.from, |told| told.seq)
    }
}

impl Told {
    pub(super) fn of(entry: &Entry) -> Self {
        let message = match entry.event() {
            EntryEvent::MessageNew(message) | EntryEvent::MessageEdited(message) => Some(message.id),
            EntryEvent::MessageDeleted(id) => Some(id),
            _ => None,
        };
        Self { seq: entry.seq, kind: entry.kind.clone(), message }
    }
}

async fn listen(
    mut follower: Follower,
    heard: Arc<Mutex<Heard>>,
    moved: watch::Sender<u64>,
    stop: CancellationToken,
) -> State {
    while let Some(Some(event)) = stop.run_until_cancelled(follower.next()).await {
        heard.lock().unwrap_or_else(PoisonError::into_inner).take(&event);
        moved.send_modify(|moves| *moves += 1);
    }
    follower.close().await
}

impl Heard {
    fn take(&mut self, event: &Event) {
        match event {
            Event::Connected { .. } => self.connections += 1,
            Event::Entry(entry) => self.entry(entry),
            Event::Reset { stream_id, seq, .. } => {
                let before = self.streams.insert(*stream_id, Log { from: *seq, told: Vec::new() });
                self.resets += usize::from(before.is_some());
            }
            Event::Gone { stream_id } => {
                self.streams.remove(stream_id);
            }
            _ => {}
        }
    }

    fn entry(&mut self, entry: &Entry) {
        let Some(log) = self.streams.get_mut(&entry.stream_id) else {
            self.faults.push(format!("an entry of {}, which it does not follow", entry.stream_id));
            return;
        };
        if entry.seq != log.at() + 1 {
            self.faults.push(format!("entry {} of {} after {}", entry.seq, entry.stream_id, log.at()));
        }
        log.told.push(Told::of(entry));
    }
}
