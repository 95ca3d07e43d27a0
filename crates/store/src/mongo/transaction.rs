//! One transaction: statements, then a commit whose outcome is found out as far as it can be.

use std::{sync::Arc, time::Duration};

use bson::{Document, doc};
use mongodb::{
    ClientSession, Database,
    error::TRANSIENT_TRANSACTION_ERROR,
    options::{ReadConcern, TransactionOptions},
};
use tokio::time::{Instant, sleep, timeout, timeout_at};
use tracing::warn;

use super::{
    abandoned::Abandoned,
    connect,
    fault::{Fault, Refusal},
    floor::Floor,
    guards::Guards,
    retry,
    statement::{Action, Command, Statement},
};
use crate::commit_error::CommitError;

/// How long the statements of one transaction may take, and how much longer for each of them: a batch whose fault is looked
/// for is sent one by one.
const STATEMENTS: Duration = Duration::from_secs(5);
const EACH: Duration = Duration::from_millis(10);

/// How long the end of a commit is waited for before it counts as unknown.
const COMMIT: Duration = Duration::from_secs(5);

/// How long taking back may take; the server does it by itself later.
const ABORT: Duration = Duration::from_secs(1);

#[derive(Clone, Debug)]
pub(super) struct Transactions {
    database: Database,
    floor: Arc<Floor>,
    abandoned: Arc<Abandoned>,
}

/// In what order statements are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    /// In as few commands as do: what stands against them is not looked for.
    Grouped,
    /// One by one, as one batch has them: what stands against it is found out.
    Given,
}

impl Transactions {
    pub(super) fn new(database: Database, floor: Arc<Floor>, abandoned: Abandoned) -> Self {
        Self { database, floor, abandoned: Arc::new(abandoned) }
    }

    /// Commits all of the statements or none.
    pub(super) async fn commit(&self, statements: &[&Statement], order: Order) -> Result<(), Fault> {
        let begin = self.database.client().start_session();
        let mut session = begin.await.map_err(Fault::before_commit)?;
        let within = STATEMENTS + EACH * u32::try_from(statements.len()).unwrap_or(u32::MAX);
        let sent = timeout(within, self.send(&mut session, statements, order)).await;
        match sent.unwrap_or_else(|_| Err(Fault::Broken("the server did not answer in time".to_owned()))) {
            Ok(()) => self.end(&mut session).await,
            Err(fault) => {
                // It is taken back in any case: at once, or when the server tires of it.
                let _ = timeout(ABORT, session.abort_transaction()).await;
                if matches!(fault, Fault::Contended | Fault::Transient(_)) {
                    self.abandoned.end().await;
                }
                Err(fault)
            }
        }
    }

    async fn send(
        &self,
        session: &mut ClientSession,
        statements: &[&Statement],
        order: Order,
    ) -> Result<(), Fault> {
        let options = TransactionOptions::builder()
            .read_concern(ReadConcern::majority())
            .write_concern(connect::durable())
            .selection_criteria(connect::primary())
            .build();
        session.start_transaction().with_options(options).await.map_err(Fault::before_commit)?;
        match order {
            Order::Grouped => self.send_grouped(session, statements).await,
            Order::Given => self.send_in_order(session, statements).await,
        }
    }

    async fn send_grouped(
        &self,
        session: &mut ClientSession,
        statements: &[&Statement],
    ) -> Result<(), Fault> {
        let guards = Guards::among(statements);
        if !guards.hold(&self.database, session).await? {
            return Err(Fault::Misfit);
        }
        for command in Command::grouped(statements) {
            let (done, refusal) = self.send_one(session, &command, &guards).await?;
            if let Some(refusal) = refusal {
                return Err(refusal.of_some_batch());
            }
            if done != command.statements.len() {
                return Err(Fault::Misfit);
            }
        }
        Ok(())
    }

    async fn send_in_order(
        &self,
        session: &mut ClientSession,
        statements: &[&Statement],
    ) -> Result<(), Fault> {
        for (at, statement) in statements.iter().enumerate() {
            let (done, refusal) =
                self.send_one(session, &Command::single(statement), &Guards::default()).await?;
            if let Some(refusal) = refusal {
                return Err(refusal.of_change(at, statement.place.collection));
            }
            if done == 0 {
                return Err(Fault::Rejected(self.why_not(session, at, statement).await?));
            }
        }
        Ok(())
    }

    /// How many statements were done, and what the first that was not was refused for.
    async fn send_one(
        &self,
        session: &mut ClientSession,
        command: &Command<'_>,
        looked_at: &Guards<'_>,
    ) -> Result<(usize, Option<Refusal>), Fault> {
        let reply = self.database.run_raw_command(command.encoded(looked_at)).session(session).await;
        let reply = reply.map_err(Fault::before_commit)?;
        let done = reply.get_i32("n").ok().and_then(|done| usize::try_from(done).ok()).unwrap_or(0);
        Ok((done, Refusal::in_reply(&reply)))
    }

    /// Why an update or delete found nothing.
    async fn why_not(
        &self,
        session: &mut ClientSession,
        at: usize,
        statement: &Statement,
    ) -> Result<CommitError, Fault> {
        debug_assert_ne!(statement.action, Action::Insert, "an insert is done or refused");
        let collection = self.database.collection::<Document>(statement.place.collection.name);
        let found = collection.find_one(doc! { "_id": &statement.key }).session(session).await;
        Ok(match found.map_err(Fault::before_commit)? {
            Some(_) => CommitError::Conflict(at),
            None => CommitError::Missing(at),
        })
    }

    /// Commits, and asks again until the outcome is known or the time is up.
    async fn end(&self, session: &mut ClientSession) -> Result<(), Fault> {
        let deadline = Instant::now() + COMMIT;
        for wait in retry::waits() {
            match timeout_at(deadline, session.commit_transaction()).await {
                Err(_) => break,
                Ok(Ok(())) => {
                    self.floor.raise(session);
                    return Ok(());
                }
                // The server does not know the transaction, and a majority agrees that it never will. Should it be open all the
                // same, it would keep the next try from its documents.
                Ok(Err(error)) if error.contains_label(TRANSIENT_TRANSACTION_ERROR) => {
                    self.let_go(session).await;
                    return Err(Fault::Transient(error));
                }
                Ok(Err(error)) => warn!(error = %error.kind, "a commit was not confirmed"),
            }
            if Instant::now() + wait > deadline {
                break;
            }
            sleep(wait).await;
        }
        self.let_go(session).await;
        Err(Fault::Unknown)
    }

    /// Ends the transaction if it is still open: it would hold its documents for a minute. One that was committed
    /// stays so.
    async fn let_go(&self, session: &ClientSession) {
        let kill = doc! { "killSessions": [session.id().clone()] };
        let killed = timeout(ABORT, self.database.client().database("admin").run_command(kill)).await;
        if !matches!(killed, Ok(Ok(_))) {
            warn!("a transaction that was not confirmed may be open still");
        }
    }
}
