//! The rows of the permission table, the role that those about the workspace take, and the scope that a key needs.

use parlance_base::{Role, Scope};

/// What can be done, row by row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// See the workspace and its members.
    WorkspaceView,
    /// Make a private group.
    GroupCreate,
    /// Talk to an agent.
    AgentUse,
    /// Have sessions of one's own.
    SessionOwn,
    /// Make a public group.
    GroupCreatePublic,
    /// Change the workspace.
    WorkspaceUpdate,
    /// Invite people to the workspace.
    WorkspaceInvite,
    /// Add and remove members and change their roles.
    WorkspaceManageMembers,
    /// Make, list and end the workspace's API keys, and bring in embedded users.
    KeyManage,
    /// List every group of the workspace.
    GroupListAll,
    /// Manage webhooks.
    WebhookManage,
    /// Read the audit log.
    AuditRead,
    /// Delete the workspace.
    WorkspaceDelete,
    /// Hand the workspace over.
    WorkspaceTransfer,
    /// Manage what is paid for.
    BillingManage,
    /// Read a group.
    GroupRead,
    /// Join or leave a group that one may read, and say how far one has read.
    GroupTakePart,
    /// Read a group that one is not in, where its kind has it so; audited.
    GroupReadAny,
    /// Post in a group.
    GroupPost,
    /// React to a message.
    GroupReact,
    /// Attach files.
    GroupAttach,
    /// Invite people to a group.
    GroupInvite,
    /// Pin messages.
    GroupPin,
    /// Delete what others posted.
    GroupDeleteOthers,
    /// Change a group, its members, their rights and its agents.
    GroupManage,
    /// Delete a group.
    GroupDelete,
    /// Hand a group over.
    GroupTransfer,
    /// Edit a message.
    MessageEdit,
    /// Delete a message.
    MessageDelete,
    /// Close a thread, or open it again.
    ThreadClose,
}

impl Action {
    /// Every action, in the order of the table.
    pub const ALL: [Self; 30] = [
        Self::WorkspaceView,
        Self::GroupCreate,
        Self::AgentUse,
        Self::SessionOwn,
        Self::GroupCreatePublic,
        Self::WorkspaceUpdate,
        Self::WorkspaceInvite,
        Self::WorkspaceManageMembers,
        Self::KeyManage,
        Self::GroupListAll,
        Self::WebhookManage,
        Self::AuditRead,
        Self::WorkspaceDelete,
        Self::WorkspaceTransfer,
        Self::BillingManage,
        Self::GroupRead,
        Self::GroupTakePart,
        Self::GroupReadAny,
        Self::GroupPost,
        Self::GroupReact,
        Self::GroupAttach,
        Self::GroupInvite,
        Self::GroupPin,
        Self::GroupDeleteOthers,
        Self::GroupManage,
        Self::GroupDelete,
        Self::GroupTransfer,
        Self::MessageEdit,
        Self::MessageDelete,
        Self::ThreadClose,
    ];

    /// The role that it takes, where it is about the workspace.
    pub(super) const fn role(self) -> Option<Role> {
        match self {
            Self::WorkspaceView | Self::GroupCreate | Self::AgentUse | Self::SessionOwn => Some(Role::Member),
            Self::GroupCreatePublic
            | Self::WorkspaceUpdate
            | Self::WorkspaceInvite
            | Self::WorkspaceManageMembers
            | Self::KeyManage
            | Self::GroupListAll
            | Self::WebhookManage
            | Self::AuditRead => Some(Role::Admin),
            Self::WorkspaceDelete | Self::WorkspaceTransfer | Self::BillingManage => Some(Role::Owner),
            _ => None,
        }
    }

    /// The scope that an API key needs for it, whatever the key's user may.
    #[must_use]
    pub const fn scope(self) -> Scope {
        match self {
            Self::WorkspaceView | Self::GroupRead => Scope::ChatRead,
            Self::AgentUse
            | Self::SessionOwn
            | Self::GroupTakePart
            | Self::GroupPost
            | Self::GroupReact
            | Self::GroupAttach
            | Self::GroupPin
            | Self::MessageEdit
            | Self::MessageDelete
            | Self::ThreadClose => Scope::ChatSend,
            Self::GroupCreate
            | Self::GroupCreatePublic
            | Self::GroupDeleteOthers
            | Self::GroupManage
            | Self::GroupDelete
            | Self::GroupTransfer => Scope::GroupsManage,
            Self::WorkspaceInvite | Self::GroupInvite => Scope::MembersInvite,
            Self::WorkspaceUpdate
            | Self::WorkspaceManageMembers
            | Self::KeyManage
            | Self::GroupListAll
            | Self::WebhookManage
            | Self::AuditRead
            | Self::WorkspaceDelete
            | Self::WorkspaceTransfer
            | Self::BillingManage
            | Self::GroupReadAny => Scope::Admin,
        }
    }
}
