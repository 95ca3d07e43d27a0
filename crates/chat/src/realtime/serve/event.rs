//! What happens to a socket's task.

use tokio::task::JoinError;
use tracing::error;

use super::ask::Done;
use crate::realtime::{Control, socket::Came};

/// What is taken in next.
pub(super) enum Event {
    Came(Came),
    /// Something was beside the queue.
    Said(Control),
    /// Something was in the queue, of which not all is done.
    Delivered,
    Done(Done),
    /// What was asked has no answer, by a fault of ours.
    Lost,
    Stopping,
    /// Everything ends.
    Ended,
    Tick,
}

impl Event {
    pub(super) fn of(done: Result<Done, JoinError>) -> Self {
        done.map_or_else(
            |error| {
                error!(%error, "a question of a socket was lost");
                Self::Lost
            },
            Self::Done,
        )
    }
}
