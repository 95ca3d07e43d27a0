//! The one thread that writes. It commits whatever is queued in one transaction, so many callers share one sync.
//!
//! Nobody is answered before the COMMIT that covers them returned. What a database failure means for each batch:
//! - before COMMIT: nothing of the transaction is stored, so its batches are `Unavailable`; those not begun yet go on in
//!   a new transaction;
//! - at COMMIT: the log may hold the transaction or not, so its batches are `Unknown`. The connection is opened anew and
//!   a commit of its own overwrites whatever was left in the log: from then on what readers see is what is stored.

mod group;
mod thread;

use std::{
    io,
    sync::{Mutex, PoisonError},
    thread::{Builder, JoinHandle},
};

use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};
use tracing::{Span, error, warn};

use super::{
    ability::{Ability, Unable},
    connection::Folder,
};
use crate::{
    commit_error::CommitError,
    engine::Write,
    measure::{Commits, OneMore},
};
use thread::Thread;

type Outcome = Result<(), CommitError>;

#[derive(Debug)]
pub(super) struct Writer {
    queue: mpsc::Sender<Message>,
    thread: Mutex<Option<JoinHandle<()>>>,
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
        let ability = Ability::default();
        let thread = Thread::new(connection, folder, ability.clone(), measured.clone())?;
        let thread = Builder::new().name("store-writer".to_owned()).spawn(move || thread.run(receiver))?;
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

fn answer_all(requests: impl IntoIterator<Item = Request>, outcome: &Outcome) {
    for request in requests {
        answer(request, outcome.clone());
    }
}

fn answer(request: Request, outcome: Outcome) {
    // A caller that went away does not need the answer.
    let _ = request.answer.send(outcome);
}
