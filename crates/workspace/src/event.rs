//! What the workspace's stream tells: ids and small deltas, never content. Names and addresses are joined when read.

use parlance_base::{Revocation, Role, UserId, WorkspaceId};
use parlance_stream::{Committed, Draft, Entry, Page, Step};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::workspace::stream;

/// An entry of a workspace's stream: `type` and `data` on the wire and in the store.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", content = "data")]
pub enum Event {
    /// Somebody became a member.
    #[serde(rename = "member.joined")]
    MemberJoined {
        /// Who.
        user_id: UserId,
        /// As what.
        role: Role,
    },
    /// Somebody is a member no more.
    #[serde(rename = "member.left")]
    MemberLeft {
        /// Who.
        user_id: UserId,
        /// Who owns the workspace since, where the last owner went.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        successor_id: Option<UserId>,
    },
    /// A member's role changed.
    #[serde(rename = "role.updated")]
    RoleUpdated {
        /// Whose.
        user_id: UserId,
        /// What they are now.
        role: Role,
        /// What they were.
        previous: Role,
    },
    /// The workspace changed: what it is called now, as far as that changed.
    #[serde(rename = "workspace.updated")]
    WorkspaceUpdated {
        /// Its name.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        name: Option<String>,
        /// Its slug.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        slug: Option<String>,
    },
    /// The workspace is gone.
    #[serde(rename = "workspace.deleted")]
    WorkspaceDeleted {},
}

impl Event {
    /// What the entry tells; none where it is not one of these.
    #[must_use]
    pub fn of(entry: &Entry) -> Option<Self> {
        serde_json::from_value(json!({ "type": entry.kind, "data": entry.data })).ok()
    }

    /// Whose connections must end because of it.
    #[must_use]
    pub const fn revokes(&self, workspace: WorkspaceId) -> Option<Revocation> {
        match self {
            Self::MemberLeft { user_id, .. } => Some(Revocation::Member(workspace, *user_id)),
            Self::RoleUpdated { user_id, .. } => Some(Revocation::Role(workspace, *user_id)),
            Self::WorkspaceDeleted {} => Some(Revocation::Workspace(workspace)),
            _ => None,
        }
    }

    /// The step that appends it.
    pub(crate) fn append(&self) -> Step {
        let data =
            serde_json::to_value(self).ok().and_then(|mut event| event.get_mut("data").map(Value::take));
        Step::Append(Draft {
            page: Page::Event,
            kind: self.kind(),
            counts: false,
            data: data.unwrap_or_default(),
        })
    }

    const fn kind(&self) -> &'static str {
        match self {
            Self::MemberJoined { .. } => "member.joined",
            Self::MemberLeft { .. } => "member.left",
            Self::RoleUpdated { .. } => "role.updated",
            Self::WorkspaceUpdated { .. } => "workspace.updated",
            Self::WorkspaceDeleted {} => "workspace.deleted",
        }
    }
}

/// Whose connections must end because of what was committed: those of members who were removed or are something else from now
/// on, and everybody's where the workspace was deleted.
#[must_use]
pub fn revocations(committed: &Committed) -> Vec<Revocation> {
    if committed.stream != stream(committed.workspace) {
        return Vec::new();
    }
    committed.entries.iter().filter_map(|entry| Event::of(entry)?.revokes(committed.workspace)).collect()
}
