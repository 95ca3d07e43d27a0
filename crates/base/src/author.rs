//! Who made an entry.

use serde::{Deserialize, Serialize};

/// Who made an entry: what they are, and their id there. Their name is joined when read, so that it is true.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Author {
    /// What the author is.
    pub kind: AuthorKind,
    /// The author's id: of the user, the agent, the hook or the contact; `system` for the system.
    pub id: String,
}

/// What an author is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AuthorKind {
    /// A person.
    User,
    /// A workspace's AI participant.
    Agent,
    /// Parlance itself.
    System,
    /// An incoming webhook.
    Hook,
    /// Somebody outside, reached through a channel.
    Contact,
}

impl Author {
    /// Parlance itself.
    #[must_use]
    pub fn system() -> Self {
        Self { kind: AuthorKind::System, id: "system".to_owned() }
    }
}

impl From<crate::UserId> for Author {
    fn from(id: crate::UserId) -> Self {
        Self { kind: AuthorKind::User, id: id.to_string() }
    }
}

impl From<crate::AgentId> for Author {
    fn from(id: crate::AgentId) -> Self {
        Self { kind: AuthorKind::Agent, id: id.to_string() }
    }
}
