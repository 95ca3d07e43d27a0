//! What the thread does: it takes what waits, commits it, and tends to the log.

use std::{
    collections::VecDeque,
    io,
    sync::{
        Arc,
        atomic::{AtomicI32, Ordering},
    },
};

use rusqlite::Connection;
use tokio::sync::mpsc;
use tracing::warn;

use super::{Message, Request, answer, answer_all, group};
use crate::{
    commit_error::CommitError,
    measure::Commits,
    sqlite::{
        ability::{Ability, Unable},
        checkpoint::{self, Checkpointer, LOG_LIMIT},
        connection::Folder,
        layout,
    },
    trace,
};

/// How many batches share a transaction at most.
const MAX_GROUP: usize = 256;

pub(super) struct Thread {
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
    pub(super) fn new(
        connection: Connection,
        folder: Folder,
        ability: Ability,
        measured: Commits,
    ) -> io::Result<Self> {
        let checkpointer = Checkpointer::start(folder.clone())?;
        let log = Arc::default();
        let mut thread = Self { connection: None, folder, checkpointer, log, ability, measured };
        thread.adopt(connection);
        Ok(thread)
    }

    pub(super) fn run(mut self, mut queue: mpsc::Receiver<Message>) {
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
        let broken = group::apply(connection, group, &mut applied, &mut rejected).err();
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
