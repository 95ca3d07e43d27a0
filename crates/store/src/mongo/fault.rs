//! What an error of the server, or of the way to it, means for a transaction.

use bson::{Bson, Document};
use mongodb::error::{Error, ErrorKind, TRANSIENT_TRANSACTION_ERROR};

use super::key;
use crate::{collection::Collection, commit_error::CommitError};

/// Why a transaction did not happen, or may not have.
#[derive(Debug)]
pub(super) enum Fault {
    /// Nothing was committed: a guard, a key or a document stands against one of the batches.
    Misfit,
    /// Nothing was committed, and this is the answer to the one batch of the transaction.
    Rejected(CommitError),
    /// Nothing was committed, because another transaction holds one of the documents.
    Contended,
    /// Nothing was committed, and trying again may do.
    Transient(Error),
    /// Nothing was committed, and trying again will not do.
    Broken(String),
    /// It may have been committed.
    Unknown,
}

/// Why the server did not do a statement.
#[derive(Debug)]
pub(super) enum Refusal {
    /// Another document has this key of the index with these keys.
    Duplicate(Document),
    /// The document would be one that cannot be stored.
    Impossible(&'static str),
    /// Anything else.
    Other(i64, String),
}

const WRITE_CONFLICT: i64 = 112;
const LOCK_TIMEOUT: i64 = 24;

impl Fault {
    /// The fault that an error before the commit is.
    pub(super) fn before_commit(error: Error) -> Self {
        match &*error.kind {
            ErrorKind::Command(command) if is_contention(command.code.into()) => Self::Contended,
            _ if error.contains_label(TRANSIENT_TRANSACTION_ERROR) => Self::Transient(error),
            _ => Self::Broken(error.kind.to_string()),
        }
    }
}

impl Refusal {
    /// The first refusal in a reply about several statements.
    pub(super) fn in_reply(reply: &Document) -> Option<Self> {
        let errors = reply.get_array("writeErrors").ok()?;
        errors.first().and_then(Bson::as_document).map(Self::read)
    }

    /// The fault it is, where several batches share the transaction.
    pub(super) fn of_some_batch(self) -> Fault {
        match self {
            Self::Duplicate(_) | Self::Impossible(_) => Fault::Misfit,
            Self::Other(code, _) if is_contention(code) => Fault::Contended,
            Self::Other(code, message) => Fault::Broken(format!("code {code}: {message}")),
        }
    }

    /// The fault it is, where it is about this change of the only batch.
    pub(super) fn of_change(self, at: usize, collection: &Collection) -> Fault {
        match self {
            Self::Duplicate(keys) => match key::index_with(collection, &keys) {
                Some(index) => Fault::Rejected(CommitError::Duplicate(at, index)),
                None => {
                    Fault::Broken(format!("{} has an undeclared unique index over {keys}", collection.name))
                }
            },
            Self::Impossible(why) => Fault::Rejected(CommitError::Refused(why.to_owned())),
            Self::Other(..) => self.of_some_batch(),
        }
    }

    fn read(error: &Document) -> Self {
        let code = error.get_i32("code").map(i64::from).or_else(|_| error.get_i64("code")).unwrap_or(0);
        match code {
            11_000 | 11_001 | 12_582 => {
                Self::Duplicate(error.get_document("keyPattern").cloned().unwrap_or_default())
            }
            // BadValue: the only thing in our updates that a server finds out.
            2 => Self::Impossible("a counter would leave 64 bits"),
            10_334 | 17_419 | 17_420 => Self::Impossible("a document would be too large"),
            _ => Self::Other(code, error.get_str("errmsg").unwrap_or_default().to_owned()),
        }
    }
}

fn is_contention(code: i64) -> bool {
    code == WRITE_CONFLICT || code == LOCK_TIMEOUT
}
