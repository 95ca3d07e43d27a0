//! A batch on its way: encoded, with what the queue must know of it, and the way back to who asked.

use tokio::sync::{OwnedSemaphorePermit, oneshot};
use tracing::{Span, error};

use super::{
    queue::{Footprint, How, Touch},
    statement::{Action, Statement},
};
use crate::{commit_error::CommitError, engine::Write, measure::OneMore, trace};

/// Batches of more changes, or more bytes, go alone.
const MAX_SHARED_CHANGES: usize = 100;
const MAX_SHARED_BYTES: usize = 1 << 20;

/// What became of a batch.
pub(super) type Outcome = Result<(), CommitError>;

#[derive(Debug)]
pub(super) struct Request {
    pub(super) statements: Vec<Statement>,
    /// Whether its changes must be made one by one, in their order.
    pub(super) ordered: bool,
    answer: oneshot::Sender<Outcome>,
    /// Of the commit.
    span: Span,
    /// Its place among those that may wait, and among those that do.
    _place: (OwnedSemaphorePermit, OneMore),
}

impl Request {
    /// The request and its footprint, and where the answer will come.
    pub(super) fn new(
        statements: Vec<Statement>,
        place: (OwnedSemaphorePermit, OneMore),
    ) -> (Footprint, Self, oneshot::Receiver<Outcome>) {
        let (answer, outcome) = oneshot::channel();
        let ordered = statements.iter().any(|statement| statement.moves_unique_key);
        let bytes = statements.iter().map(Statement::size).sum();
        let footprint = Footprint {
            workspace: statements.iter().find_map(|statement| statement.place.workspace),
            touches: statements.iter().map(touch).collect(),
            bytes,
            alone: ordered || bytes > MAX_SHARED_BYTES || statements.len() > MAX_SHARED_CHANGES,
        };
        let request = Self { statements, ordered, answer, span: Span::current(), _place: place };
        (footprint, request, outcome)
    }

    /// It was committed in one transaction with others, itself included so many.
    pub(super) fn shared(&self, batches: usize) {
        trace::together(&self.span, batches);
    }

    pub(super) fn answer(self, outcome: Outcome) {
        // A caller that went away does not need the answer.
        let _ = self.answer.send(outcome);
    }
}

/// The statements of a batch.
///
/// # Errors
/// [`CommitError::Refused`] where one cannot be expressed.
pub(super) fn statements(writes: &[Write]) -> Result<Vec<Statement>, CommitError> {
    let only = writes.len() == 1;
    let statements = writes.iter().map(|write| Statement::of(write, only)).collect::<Result<_, _>>();
    statements.map_err(|reason| {
        error!(%reason, "a batch cannot be encoded");
        CommitError::Refused("a document or condition that cannot be encoded".to_owned())
    })
}

fn touch(statement: &Statement) -> Touch {
    let how = match statement.action {
        Action::Update if !statement.guard.is_empty() => How::GuardedUpdate,
        Action::Update => How::Update,
        Action::Insert | Action::Delete => How::MakeOrTake,
    };
    Touch { document: statement.number, how }
}
