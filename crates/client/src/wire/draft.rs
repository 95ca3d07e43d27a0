//! Drafts.

use parlance_base::{EntryId, StreamId, Time};
use serde::{Deserialize, Serialize};

use super::moment;

/// What somebody has begun to say in a group.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Draft {
    /// The group.
    pub group_id: StreamId,
    /// What it says so far.
    pub content: String,
    /// The message that it is to answer.
    pub reply_to: Option<EntryId>,
    /// The message in whose thread it is to be.
    pub thread_id: Option<EntryId>,
    /// When it was last changed.
    #[serde(deserialize_with = "moment::read")]
    pub updated_at: Time,
}

/// What somebody begins to say.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct NewDraft {
    /// What it says so far, 1–10,000 characters.
    pub content: String,
    /// The message that it is to answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<EntryId>,
    /// The message in whose thread it is to be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub thread_id: Option<EntryId>,
}
