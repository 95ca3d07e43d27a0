//! Submissions on their way through a writer.

use parlance_base::Result;
use parlance_store::measure::OneMore;
use tokio::sync::oneshot;
use tracing::Span;

use crate::{outcome::Receipt, planner::Task};

/// A submission that waits for its answer.
pub(crate) struct Pending {
    pub(crate) task: Task,
    /// An earlier commit of it may have happened: its id must be looked for before it is planned again.
    pub(crate) uncertain: bool,
    pub(crate) answer: oneshot::Sender<Result<Receipt>>,
    /// Of what made it.
    pub(crate) span: Span,
    /// Counts it among those that wait.
    pub(crate) _waiting: OneMore,
}

impl Pending {
    /// Tells the caller what came of it.
    pub(crate) fn answered(self, outcome: Result<Receipt>) {
        // A caller that went away does not need the answer.
        let _ = self.answer.send(outcome);
    }
}
