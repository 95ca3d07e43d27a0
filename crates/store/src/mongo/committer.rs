//! The one task that commits. It merges what is queued into shared transactions, so many callers share one flush of the
//! journal and one round of replication.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::{
    sync::{Semaphore, mpsc},
    task::{self, JoinError, JoinSet},
    time::{Instant, sleep_until},
};
use tokio_util::task::TaskTracker;
use tracing::error;

use super::{
    group::{self, Findings},
    queue::{Footprint, MAX_MERGE, Queue, Wanted},
    request::{self, Outcome, Request},
    transaction::Transactions,
};
use crate::{commit_error::CommitError, engine::Write, measure::Commits};

/// How many batches may wait or be on their way; one more is unavailable.
const ROOM: usize = 1_024;

/// How many merges are on their way at once: while one waits for the journal, the next is sent.
const MERGES: usize = 2;

/// How long batches wait to become as many as the merge that runs has.
const COMPANY: Duration = Duration::from_millis(50);

/// A merge with no more batches than this lets others run beside it that are as large. One with more says that many write at
/// once: those whom it answers write again a moment after, and are waited for, or they and the others would take turns for good.
const SMALL: usize = 8;

/// The part of what the last merge took that those are waited for, as long as that is no longer than [`COMPANY`].
const PART: u32 = 4;

/// How many batches that go alone are on their way at once.
const SINGLES: usize = 8;

#[derive(Debug)]
pub(super) struct Committer {
    requests: Mutex<Option<mpsc::Sender<(Footprint, Request)>>>,
    room: Arc<Semaphore>,
    tasks: TaskTracker,
    measured: Commits,
}

impl Committer {
    pub(super) fn start(transactions: Transactions, measured: Commits) -> Self {
        // Who has a place in the room finds one in the channel.
        let (sender, receiver) = mpsc::channel(ROOM);
        let tasks = TaskTracker::new();
        tasks.spawn(Desk::new(transactions, measured.clone()).work(receiver));
        tasks.close();
        Self { requests: Mutex::new(Some(sender)), room: Arc::new(Semaphore::new(ROOM)), tasks, measured }
    }

    /// Commits the batch. Once this was polled, dropping it changes nothing.
    pub(super) async fn commit(&self, writes: Vec<Write>) -> Outcome {
        let statements = request::statements(&writes)?;
        drop(writes);
        let place = Arc::clone(&self.room).try_acquire_owned().map_err(|_| CommitError::Unavailable)?;
        let (footprint, request, outcome) = Request::new(statements, (place, self.measured.waiting()));
        self.hand_over(footprint, request)?;
        // The answer is lost only with the task that was to give it, and nobody knows how far that came.
        outcome.await.unwrap_or(Err(CommitError::Unknown))
    }

    /// Finishes what was handed over; takes nothing more.
    pub(super) async fn close(&self) {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner).take();
        self.tasks.wait().await;
    }

    fn hand_over(&self, footprint: Footprint, request: Request) -> Outcome {
        let requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        let requests = requests.as_ref().ok_or(CommitError::Unavailable)?;
        requests.try_send((footprint, request)).map_err(|_| CommitError::Unavailable)
    }
}

/// What the task holds.
struct Desk {
    transactions: Transactions,
    measured: Commits,
    queue: Queue<Request>,
    running: JoinSet<Findings>,
    /// What each running group is about.
    groups: HashMap<task::Id, Running>,
    /// How many batches the next merge waits for, and until when.
    company: Option<(usize, Instant)>,
}

struct Running {
    wanted: Wanted,
    batches: usize,
    began: Instant,
    documents: Vec<u64>,
}

impl Desk {
    fn new(transactions: Transactions, measured: Commits) -> Self {
        let (queue, running, groups) = (Queue::default(), JoinSet::new(), HashMap::new());
        Self { transactions, measured, queue, running, groups, company: None }
    }

    async fn work(mut self, mut requests: mpsc::Receiver<(Footprint, Request)>) {
        let mut arrived = Vec::with_capacity(ROOM);
        let (mut open, mut patience_ends) = (true, None);
        while open || !self.running.is_empty() {
            tokio::select! {
                count = requests.recv_many(&mut arrived, ROOM), if open => open = count > 0,
                Some(done) = self.running.join_next_with_id() => self.finish(done),
                Some(()) = at(patience_ends) => {}
            }
            for (footprint, request) in arrived.drain(..) {
                self.queue.push(footprint, request);
            }
            if !open {
                // Nobody else can come.
                self.company = None;
            }
            self.begin(Wanted::Single, SINGLES);
            let now = Instant::now();
            if self.is_worth_a_merge(now) {
                self.begin(Wanted::Merge, MERGES);
            }
            patience_ends = self.patience_ends(now);
        }
    }

    /// Whether a merge is begun beside the one that runs: each costs what two or three batches do, so those that wait go with
    /// those that come until it is done, unless it is a small one, or they fill one, or it takes too long.
    fn is_worth_a_merge(&self, now: Instant) -> bool {
        self.kept_until().is_none_or(|until| until <= now)
    }

    /// Until when those that wait keep waiting, if nothing else happens.
    fn kept_until(&self) -> Option<Instant> {
        let waiting = self.queue.len();
        let company = self.company.filter(|(many, _)| waiting < *many).map(|(_, until)| until);
        let keeps = |merge: &&Running| waiting < MAX_MERGE && merge.batches > waiting.min(SMALL);
        self.merges().filter(keeps).map(|merge| merge.began + COMPANY).chain(company).max()
    }

    /// When those that wait have waited for company long enough, if nothing else keeps them.
    fn patience_ends(&self, now: Instant) -> Option<Instant> {
        let until = self.kept_until()?;
        (self.queue.len() > 0 && self.merges().count() < MERGES && until > now).then_some(until)
    }

    fn merges(&self) -> impl Iterator<Item = &Running> {
        self.groups.values().filter(|running| running.wanted == Wanted::Merge)
    }

    /// Begins as many groups as may run at once.
    fn begin(&mut self, wanted: Wanted, most: usize) {
        while self.groups.values().filter(|running| running.wanted == wanted).count() < most {
            let group = self.queue.take(wanted);
            if group.is_empty() {
                return;
            }
            let batches = group.len();
            let documents = group.iter().flat_map(|(footprint, _)| footprint.documents()).collect();
            let (transactions, measured) = (self.transactions.clone(), self.measured.clone());
            let task =
                self.running.spawn(async move { group::commit(&transactions, &measured, group).await });
            self.groups.insert(task.id(), Running { wanted, batches, began: Instant::now(), documents });
            if wanted == Wanted::Merge {
                self.company = None;
            }
        }
    }

    fn finish(&mut self, done: Result<(task::Id, Findings), JoinError>) {
        let (id, findings) = done.unwrap_or_else(|error| {
            error!(%error, "a group of batches was lost");
            (error.id(), Findings::default())
        });
        if let Some(Running { wanted, batches, began, documents }) = self.groups.remove(&id) {
            self.queue.release(documents);
            if wanted == Wanted::Merge && batches > SMALL {
                let many = MAX_MERGE.min(batches + self.queue.len());
                self.company = Some((many, Instant::now() + COMPANY.min(began.elapsed() / PART)));
            }
        }
        findings.conflicted.into_iter().for_each(|document| self.queue.contested.conflicted(document));
        findings.held.into_iter().for_each(|document| self.queue.contested.held(document));
    }
}

/// Waits until then; without a time, nothing is waited for.
async fn at(time: Option<Instant>) -> Option<()> {
    sleep_until(time?).await;
    Some(())
}
