//! What comes of a submission: an answer to its caller, and news for everyone else.

use std::sync::Arc;

use parlance_base::{StreamId, WorkspaceId};

use crate::entry::Entry;

/// What the submitter is told, once it is true.
#[derive(Clone, Debug, PartialEq)]
pub enum Receipt {
    /// The entry is stored.
    Appended(Arc<Entry>),
    /// The author had submitted under this name before: this is the entry as it is stored now, which the author may or
    /// may not be allowed to read any more.
    Repeated(Arc<Entry>),
    /// There was nothing to change.
    Unchanged,
}

/// Entries that were just committed, in their order. A hint: it may be missed, the stream then has them.
#[derive(Clone, Debug)]
pub struct Committed {
    /// The workspace of the stream.
    pub workspace: WorkspaceId,
    /// The stream.
    pub stream: StreamId,
    /// The entries, in the order of `seq`, without gap.
    pub entries: Arc<[Arc<Entry>]>,
    /// Earlier entries that were changed with them, or that they tell of, as they are now.
    pub changed: Arc<[Entry]>,
}
