//! Why a batch was not committed, or may not have been.

use parlance_base::{Error, Kind};

use crate::collection::IndexName;

/// Why a batch was not committed, or may not have been. The number is the place of the change in the batch.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CommitError {
    /// The document is there, but not as the guard demands.
    #[error("the document of change {0} is not as its guard demands")]
    Conflict(usize),
    /// Another document has this key.
    #[error("change {0} repeats a key of index {1}")]
    Duplicate(usize, IndexName),
    /// There is no document to update or delete.
    #[error("change {0} is about a document that does not exist")]
    Missing(usize),
    /// The batch may have been committed, wholly, or not at all: only a look at the documents can tell.
    #[error("the outcome of the commit is unknown")]
    Unknown,
    /// Nothing was committed: the store is busy, full or out of reach.
    #[error("the store cannot commit now")]
    Unavailable,
    /// The batch is one that no store may be given: a fault of ours. Nothing was committed.
    #[error("the batch is refused: {0}")]
    Refused(String),
}

impl CommitError {
    /// What it is called where outcomes are told apart.
    pub(crate) const fn name(&self) -> &'static str {
        match self {
            Self::Conflict(_) => "conflict",
            Self::Duplicate(..) => "duplicate",
            Self::Missing(_) => "missing",
            Self::Unknown => "unknown",
            Self::Unavailable => "unavailable",
            Self::Refused(_) => "refused",
        }
    }
}

impl From<CommitError> for Error {
    /// What a caller gets who did not look at the outcome: a clash, or "try again", or a fault of ours.
    fn from(error: CommitError) -> Self {
        let message = error.to_string();
        match error {
            CommitError::Conflict(_) | CommitError::Duplicate(..) | CommitError::Missing(_) => {
                Self::new(Kind::Conflict, "store.conflict", message)
            }
            CommitError::Unknown => Self::unavailable("store.unknown", message),
            CommitError::Unavailable => Self::unavailable("store.unavailable", message),
            CommitError::Refused(_) => Self::internal("store.misuse", message),
        }
    }
}
