//! Reactions.

use parlance_base::{Time, UserId};
use serde::{Deserialize, Serialize};

use super::moment;

/// How many reacted to a message with one emoji.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct ReactionCount {
    /// The emoji.
    pub emoji: String,
    /// How many.
    pub count: u64,
}

#[derive(Serialize)]
pub(crate) struct React<'a> {
    pub(crate) emoji: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) on: Option<bool>,
}

/// What a message is reacted to with.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Reacted {
    /// Whether the caller's reaction is there now.
    pub on: bool,
    /// All reactions to the message.
    pub reactions: Vec<ReactionCount>,
    /// The `rev` of the message that these are of, or a later one's.
    pub rev: u64,
}

/// Who reacted to a message, and how.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Reaction {
    /// With what.
    pub emoji: String,
    /// Who.
    pub user_id: UserId,
    /// What they are called.
    #[serde(default)]
    pub name: String,
    /// When.
    #[serde(deserialize_with = "moment::read")]
    pub at: Time,
}
