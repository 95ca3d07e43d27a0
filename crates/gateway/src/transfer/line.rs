//! The lines of an export: what it is, every document, and how many there were.

use parlance_base::WorkspaceId;
use parlance_store::Document;
use serde::{Deserialize, Serialize};

/// Which form of export this release writes and reads.
pub(super) const FORMAT: u32 = 1;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum Line {
    /// The first.
    Export(Header),
    Document(Kept),
    /// The last: without it an export is not whole.
    End {
        documents: u64,
    },
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Header {
    pub(super) format: u32,
    /// The release that wrote it.
    pub(super) release: String,
    /// What its documents are like.
    pub(super) schema: u32,
    pub(super) made_at: String,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Kept {
    /// The collection that it is of.
    pub(super) of: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) workspace: Option<WorkspaceId>,
    pub(super) is: Document,
}
