//! What runs jobs: one handler for each kind.

use std::{collections::BTreeMap, fmt, sync::Arc};

use parlance_base::{BoxFuture, Error};

use super::document::Job;
use crate::batch::Batch;

/// Runs the jobs of one kind.
pub trait Handler: Send + Sync {
    /// Runs the job and answers what follows from it: changes in its workspace and further jobs, which are committed with
    /// the job's end, or not at all.
    ///
    /// It is called at least once for each job: any effect but the returned batch must be keyed by the job's id. It is
    /// dropped at an await when the lease is lost, and when the server stops and does not want to wait any longer. A
    /// panic is a failed attempt.
    fn run<'a>(&'a self, job: &'a Job) -> BoxFuture<'a, Result<Batch, Failure>>;
}

/// Why an attempt failed. The text is kept with the job, for administrators: it names no secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// Trying again later may help.
    Retryable(String),
    /// Trying again cannot help: the job is given up at once.
    Final(String),
}

impl From<Error> for Failure {
    /// Any error may be gone the next time; who knows better says so.
    fn from(error: Error) -> Self {
        Self::Retryable(error.to_string())
    }
}

/// The handlers of a node, each for a kind of jobs.
#[derive(Clone, Default)]
pub struct Handlers(BTreeMap<&'static str, Arc<dyn Handler>>);

impl Handlers {
    /// No handlers.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Has `handler` run the jobs of this kind, and no other handler.
    #[must_use]
    pub fn on(mut self, kind: &'static str, handler: Arc<dyn Handler>) -> Self {
        self.0.insert(kind, handler);
        self
    }

    pub(super) fn kinds(&self) -> impl Iterator<Item = &'static str> {
        self.0.keys().copied()
    }

    /// The kind of the job, if it is one that is handled here: what is stored could be called anything.
    pub(super) fn kind_of(&self, job: &Job) -> Option<&'static str> {
        self.0.get_key_value(job.kind.as_str()).map(|(kind, _)| *kind)
    }

    pub(super) fn of(&self, job: &Job) -> Option<Arc<dyn Handler>> {
        self.0.get(job.kind.as_str()).cloned()
    }
}

impl fmt::Debug for Handlers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}
