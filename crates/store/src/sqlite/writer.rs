//! The one thread that writes. It commits whatever is queued in one transaction, so many callers share one sync.
//!
//! Nobody is answered before the COMMIT that covers them returned. What a database failure means for each batch:
//! - before COMMIT: nothing of the transaction is stored, so its batches are `Unavailable`; those not begun yet go on in
//!   a new transaction;
//! - at COMMIT: the log may hold the transaction or not, so its batches are `Unknown`. The connection is opened anew and
//!   a commit of its own overwrites whatever was left in the log: from then on what readers see is what is stored.

use std::{
    collections::VecDeque,
    io,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicI32, Ordering},
    },
    thread,
};

use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};
use tracing::{Span, error, warn};

use super::{
    ability::{Ability, Unable},
    apply::{self, Failure},
    checkpoint::{self, Checkpointer, LOG_LIMIT},
    connection::Folder,
    layout,
};
use crate::{
    commit_error::CommitError,
    engine::Write,
    measure::{Commits, OneMore},
    trace,
};

/// How many batches share a transaction at most.
const MAX_GROUP: usize = 256;

type Outcome = Result<(), CommitError>;

#[derive(Debug)]
pub(super) struct Writer {
    queue: mpsc::Sender<Message>,
    thread: Mutex<Option<thread::JoinHandle<()>>>,
    ability: Ability,
    measured: Commits,
}

enum Message {
    Commit(Request),
    /// Nothing is to be committed from here on.
    Freeze(oneshot::Sender<()>),
    /// All is as before.
    Thaw,
    /// Whoever waits wants to know whether what failed still does.
    Try(oneshot::Sender<()>),
    Close,
}

struct Request {
    writes: Vec<Write>,
    answer: oneshot::Sender<Outcome>,
    /// Of the commit.
    span: Span,
    _waiting: OneMore,
}

impl Writer {
    pub(super) fn start(
        connection: Connection,
        folder: Folder,
        queue: usize,
        measured: Commits,
    ) -> io::Result<Self> {
        let (sender, receiver) = mpsc::channel(queue.max(1));
        let checkpointer = Checkpointer::start(folder.clone())?;
        let log = Arc::new(AtomicI32::new(0));
        let ability = Ability::default();
        let mut thread = Thread {
            connection: None,
            folder,
            checkpointer,
            log,
            ability: ability.clone(),
            measured: measured.clone(),
        };
        thread.adopt(connection);
        let thread =
            thread::Builder::new().name("store-writer".to_owned()).spawn(move || thread.run(receiver))?;
        Ok(Self { queue: sender, thread: Mutex::new(Some(thread)), ability, measured })
    }

    pub(super) async fn commit(&self, writes: Vec<Write>) -> Outcome {
        let (answer, answered) = oneshot::channel();
        let request = Request { writes, answer, span: Span::current(), _waiting: self.measured.waiting() };
        self.queue.try_send(Message::Commit(request)).map_err(|_| CommitError::Unavailable)?;
        answered.await.unwrap_or(Err(CommitError::Unknown))
    }

    /// Commits what is queued, and nothing from then on: later batches are `Unavailable`.
    pub(super) async fn freeze(&self) -> Outcome {
        let (answer, answered) = oneshot::channel();
        let sent = self.queue.send(Message::Freeze(answer)).await;
        sent.map_err(|_| CommitError::Unavailable)?;
        answered.await.map_err(|_| CommitError::Unavailable)
    }

    /// Nothing, where something can be stored: where the last try failed, another one is made.
    pub(super) async fn writable(&self) -> parlance_base::Result<()> {
        let failed = self.ability.unable().is_some_and(|unable| unable != Unable::Frozen);
        let (answer, answered) = oneshot::channel();
        if failed && self.queue.try_send(Message::Try(answer)).is_ok() {
            // Where the thread is gone, what it said last holds.
            let _ = answered.await;
        }
        self.ability.answer()
    }

    /// Commits again.
    pub(super) fn thaw(&self) {
        // A queue without room has many who wait to be refused: they will be, and whoever asks is told nothing.
        if self.queue.try_send(Message::Thaw).is_err() {
            warn!("the store stays frozen until it is opened again");
        }
    }

    /// Commits what is queued, refuses all else, and ends the thread.
    pub(super) async fn close(&self) {
        // A queue that is closed already has nobody left to tell.
        let _ = self.queue.send(Message::Close).await;
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread {
            let joined = tokio::task::spawn_blocking(move || thread.join()).await;
            if !matches!(joined, Ok(Ok(()))) {
                error!("the store's writer had died");
            }
        }
    }
}

struct Thread {
    /// None after a failure, until a new connection has settled what the old one left.
    connection: Option<Connection>,
    folder: Folder,
    checkpointer: Checkpointer,
    /// The pages in the write-ahead log after the last commit.
    log: Arc<AtomicI32>,
    /// Whether something can be committed, and is to be.
    ability: Ability,
    measured: Commits,
}

impl Thread {
    fn run(mut self, mut queue: mpsc::Receiver<Message>) {
        let mut group = VecDeque::new();
        while let Some(message) = queue.blocking_recv() {
            let (mut next, mut frozen, mut tries) = (Some(message), None, Vec::new());
            while let Some(message) = next {
                match message {
                    Message::Commit(request) => group.push_back(request),
                    Message::Freeze(answer) => frozen = Some(answer),
                    Message::Thaw => self.ability.regained(),
                    Message::Try(answer) => tries.push(answer),
                    Message::Close => queue.close(),
                }
                let goes_on = group.len().saturating_add(tries.len()) < MAX_GROUP && frozen.is_none();
                next = if goes_on { queue.try_recv().ok() } else { None };
            }
            self.commit(std::mem::take(&mut group));
            if !tries.is_empty() {
                self.try_again();
            }
            for answer in tries {
                // Who does not wait any more need not know.
                let _ = answer.send(());
            }
            self.tend_log();
            if let Some(answer) = frozen {
                warn!("the store is frozen: nothing is committed until it is thawed or opened again");
                self.ability.lost(Unable::Frozen);
                // Whoever asked may have gone; it stays frozen.
                let _ = answer.send(());
            }
        }
        self.finish();
    }

    /// Commits the requests, in one transaction unless the database fails.
    fn commit(&mut self, mut group: VecDeque<Request>) {
        if self.is_frozen() {
            answer_all(group.drain(..), &Err(CommitError::Unavailable));
        }
        while !group.is_empty() {
            if let Err(error) = self.transaction(&mut group) {
                warn!(%error, waiting = group.len(), "the store failed a transaction");
            }
        }
    }

    fn is_frozen(&self) -> bool {
        self.ability.unable() == Some(Unable::Frozen)
    }

    /// Finds out whether what failed still does, by a commit that changes nothing of anybody's.
    fn try_again(&mut self) {
        if self.is_frozen() || self.ability.unable().is_none() {
            return;
        }
        match self.settled().and_then(layout::settle) {
            Ok(()) => self.ability.regained(),
            Err(error) => {
                // It may have failed at its COMMIT: what comes next is to settle what is left of that.
                self.connection = None;
                self.ability.lost(Unable::from(&error));
            }
        }
    }

    /// One transaction with as many of the requests as the database takes; each that is taken from the group is answered, once
    /// what came of it can be asked of the writer.
    fn transaction(&mut self, group: &mut VecDeque<Request>) -> rusqlite::Result<()> {
        let connection = match self.settled() {
            Ok(connection) => connection,
            Err(error) => {
                self.ability.lost(Unable::from(&error));
                answer_all(group.drain(..), &Err(CommitError::Unavailable));
                return Err(error);
            }
        };
        let mut applied = Vec::new();
        let mut rejected = Vec::new();
        let broken = apply_all(connection, group, &mut applied, &mut rejected).err();
        let outcome = match &broken {
            Some(_) => Err(CommitError::Unavailable),
            None => Ok(()),
        };
        let failed = match broken {
            Some(error) => {
                // Where SQLite has rolled back by itself there is nothing left to roll back.
                if !connection.is_autocommit() && connection.execute_batch("ROLLBACK").is_err() {
                    self.connection = None;
                }
                Some((error, outcome))
            }
            None => match connection.prepare_cached("COMMIT").and_then(|mut commit| commit.execute([])) {
                Ok(_) => None,
                Err(error) => {
                    self.connection = None;
                    Some((error, Err(CommitError::Unknown)))
                }
            },
        };
        match failed {
            None => {
                self.ability.regained();
                self.measured.together(applied.len());
                applied.iter().for_each(|request| trace::together(&request.span, applied.len()));
                answer_all(applied, &Ok(()));
                for (request, error) in rejected {
                    answer(request, Err(error));
                }
                Ok(())
            }
            Some((error, outcome)) => {
                self.ability.lost(Unable::from(&error));
                answer_all(applied, &outcome);
                // What they were rejected for may never have happened; that they were not stored is certain.
                answer_all(rejected.into_iter().map(|(request, _)| request), &Err(CommitError::Unavailable));
                Err(error)
            }
        }
    }

    /// The connection, opened anew after a failure and only once a commit of its own went through.
    fn settled(&mut self) -> rusqlite::Result<&Connection> {
        if self.connection.is_none() {
            let connection = self.folder.writing()?;
            layout::settle(&connection)?;
            self.adopt(connection);
        }
        self.connection.as_ref().ok_or(rusqlite::Error::InvalidQuery)
    }

    fn adopt(&mut self, mut connection: Connection) {
        let log = Arc::clone(&self.log);
        let hook = move |_: &mut rusqlite::hooks::Wal, pages: i32| {
            log.store(pages, Ordering::Relaxed);
            Ok(())
        };
        if let Err(error) = connection.wal_hook(Some(hook)) {
            warn!(%error, "the length of the write-ahead log is not known");
        }
        self.connection = Some(connection);
    }

    fn tend_log(&self) {
        let pages = self.log.load(Ordering::Relaxed);
        match &self.connection {
            Some(connection) if pages >= LOG_LIMIT && !self.folder.is_held() => {
                checkpoint::empty_log(connection);
            }
            _ => self.checkpointer.log_has(pages),
        }
    }

    fn finish(self) {
        self.checkpointer.stop();
        if let Some(connection) = self.connection {
            if let Err(error) = layout::mark_clean(&connection) {
                warn!(%error, "the store was not marked as closed");
            }
            checkpoint::empty_log(&connection);
        }
    }
}

/// Applies requests until none is left or the database fails; those that were touched leave the group.
fn apply_all(
    connection: &Connection,
    group: &mut VecDeque<Request>,
    applied: &mut Vec<Request>,
    rejected: &mut Vec<(Request, CommitError)>,
) -> rusqlite::Result<()> {
    // Nearly always all can be done, and need not be prepared for what cannot.
    if all_fit(connection, group) {
        applied.extend(group.drain(..));
        return Ok(());
    }
    if let Err(error) = begin(connection) {
        applied.extend(group.drain(..));
        return Err(error);
    }
    while let Some(request) = group.pop_front() {
        match apply::batch(connection, &request.writes) {
            Ok(()) => applied.push(request),
            Err(Failure::Rejected(error)) => rejected.push((request, error)),
            Err(Failure::Broken(error)) => {
                applied.push(request);
                return Err(error);
            }
        }
    }
    Ok(())
}

/// Whether all of the requests were applied in a transaction that is open now; if not, none of them is.
fn all_fit(connection: &Connection, group: &VecDeque<Request>) -> bool {
    begin(connection).is_ok()
        && group.iter().all(|request| apply::unguarded(connection, &request.writes).is_ok())
}

/// Begins a transaction; what one that is open has done is forgotten.
fn begin(connection: &Connection) -> rusqlite::Result<()> {
    if !connection.is_autocommit() {
        connection.prepare_cached("ROLLBACK")?.execute([])?;
    }
    connection.prepare_cached("BEGIN IMMEDIATE")?.execute([]).map(drop)
}

fn answer_all(requests: impl IntoIterator<Item = Request>, outcome: &Outcome) {
    for request in requests {
        answer(request, outcome.clone());
    }
}

fn answer(request: Request, outcome: Outcome) {
    // A caller that went away does not need the answer.
    let _ = request.answer.send(outcome);
}
