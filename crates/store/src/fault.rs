//! Faults on the way to a store, for the tests of what is built on it: answers that get lost, commits that come late,
//! processes that end in between. Built only with the feature `fault`.

use std::{fmt, sync::Arc, time::Duration};

use futures::{FutureExt, future::BoxFuture};
use parlance_base::{Error, Result};

use crate::{
    commit_error::CommitError,
    document::Found,
    engine::{Engine, Place, Write},
    query::Fitted,
};

/// What happens to one commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Nothing: it goes through and is answered.
    None,
    /// It is not committed, and that is answered.
    Refused,
    /// It is not committed, and the outcome is unknown.
    RequestLost,
    /// It is committed, and the outcome is unknown.
    AnswerLost,
    /// The outcome is unknown, and it is committed later, if it still can be.
    Late,
    /// It is never answered and not committed: the process ends before.
    EndsBefore,
    /// It is never answered, but committed: the process ends after.
    EndsAfter,
}

/// Decides what goes wrong.
pub trait Faults: fmt::Debug + Send + Sync {
    /// What happens to the next commit.
    fn commit(&self) -> Fault;

    /// Whether the next read fails.
    fn read(&self) -> bool;
}

/// An engine behind faults.
#[derive(Debug)]
pub(crate) struct Faulty {
    pub(crate) engine: Arc<Engine>,
    pub(crate) faults: Arc<dyn Faults>,
}

impl Faulty {
    pub(crate) async fn get_many(&self, place: Place, ids: Vec<String>) -> Result<Vec<Found>> {
        self.read()?;
        Box::pin(self.engine.get_many(place, ids)).await
    }

    pub(crate) async fn find(&self, place: Place, find: Fitted) -> Result<Vec<Found>> {
        self.read()?;
        Box::pin(self.engine.find(place, find)).await
    }

    pub(crate) async fn count(&self, place: Place, find: Fitted) -> Result<usize> {
        self.read()?;
        Box::pin(self.engine.count(place, find)).await
    }

    pub(crate) async fn commit(&self, writes: Vec<Write>) -> Result<(), CommitError> {
        match self.faults.commit() {
            Fault::None => self.pass_on(writes).await,
            Fault::Refused => Err(CommitError::Unavailable),
            Fault::RequestLost => Err(CommitError::Unknown),
            Fault::AnswerLost => {
                // Whatever became of it: nobody hears.
                let _ = self.pass_on(writes).await;
                Err(CommitError::Unknown)
            }
            Fault::Late => {
                let late = self.pass_on(writes);
                #[expect(clippy::disallowed_methods, reason = "nobody waits for a commit that is late")]
                tokio::spawn(async move {
                    tokio::time::sleep(Duration::from_millis(5)).await;
                    late.await
                });
                Err(CommitError::Unknown)
            }
            Fault::EndsBefore => std::future::pending().await,
            Fault::EndsAfter => {
                // As above.
                let _ = self.pass_on(writes).await;
                std::future::pending().await
            }
        }
    }

    fn pass_on(&self, writes: Vec<Write>) -> BoxFuture<'static, Result<(), CommitError>> {
        let engine = Arc::clone(&self.engine);
        async move { engine.commit(writes).await }.boxed()
    }

    fn read(&self) -> Result<()> {
        if self.faults.read() {
            Err(Error::unavailable("store.unavailable", "a planned fault"))
        } else {
            Ok(())
        }
    }
}
