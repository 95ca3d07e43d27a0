//! What the workspace's stream tells: ids and small deltas, never content. Names and addresses are joined when read.

use parlance_base::{Revocation, Role, UserId, WorkspaceId};
use parlance_stream::{Committed, Draft, Entry, Page, Step};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::workspace::stream;

/// The entry that ends a workspace.
pub(crate) const DELETED: &str = "workspace.deleted";

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
        /// The settings that are others, by name.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        settings: Vec<String>,
    },
    /// A member is called something else.
    #[serde(rename = "member.updated")]
    MemberUpdated {
        /// Who.
        user_id: UserId,
        /// What changed: `display_name`, `handle`.
        changed: Vec<String>,
    },
    /// The workspace was handed over: who owned it is an admin.
    #[serde(rename = "workspace.transferred")]
    WorkspaceTransferred {
        /// Who owns it.
        user_id: UserId,
        /// Who did.
        previous_id: UserId,
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
    pub fn revokes(&self, workspace: WorkspaceId) -> Vec<Revocation> {
        let turned = |user: &UserId, role| Revocation::Role(workspace, *user, role);
        match self {
            Self::MemberLeft { user_id, successor_id } => [Revocation::Member(workspace, *user_id)]
                .into_iter()
                .chain(successor_id.as_ref().map(|successor| turned(successor, Role::Owner)))
                .collect(),
            Self::RoleUpdated { user_id, role, .. } => vec![turned(user_id, *role)],
            Self::WorkspaceTransferred { user_id, previous_id } => {
                vec![turned(user_id, Role::Owner), turned(previous_id, Role::Admin)]
            }
            Self::WorkspaceDeleted {} => vec![Revocation::Workspace(workspace)],
            _ => Vec::new(),
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
            Self::MemberUpdated { .. } => "member.updated",
            Self::WorkspaceTransferred { .. } => "workspace.transferred",
            Self::WorkspaceDeleted {} => DELETED,
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
    let events = committed.entries.iter().filter_map(|entry| Event::of(entry));
    events.flat_map(|event| event.revokes(committed.workspace)).collect()
}
