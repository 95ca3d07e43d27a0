//! What a member may do in a group, and what they may by default.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What a member may do in a group, as it is stored with their membership.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Rights {
    /// The group is theirs.
    pub is_owner: bool,
    /// They run it.
    pub is_admin: bool,
    /// They may read it.
    pub can_read: bool,
    /// They may post.
    pub can_write: bool,
    /// They may attach files.
    pub can_attach: bool,
    /// They may invite.
    pub can_invite: bool,
    /// They may pin.
    pub can_pin: bool,
    /// They may delete what others posted.
    pub can_delete_others: bool,
}

/// What somebody may do in a group, and what the group is: all that the permission table asks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GroupRights {
    /// Their rights as a member; none where they are no member.
    pub member: Option<Rights>,
    /// Whether everyone of the workspace may read the group.
    pub is_public: bool,
    /// Whether who runs the workspace may read it without being in it, which is audited.
    pub is_overseen: bool,
    /// Whether it is archived.
    pub is_archived: bool,
}

/// What a group is for, and with that what new members may by default.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum GroupKind {
    /// Two people, who have one such group at most.
    Direct,
    /// A conversation with members.
    Group,
    /// Members read, and only those post to whom that is given.
    Channel,
    /// What is said about one object of another application, which has one such group at most: `record_type` and `record_id` say which. It
    /// takes no `client_id`.
    Record,
    /// Somebody who needs help, and those who help.
    Support,
}

impl GroupKind {
    /// Every kind.
    pub const ALL: [Self; 5] = [Self::Direct, Self::Group, Self::Channel, Self::Record, Self::Support];

    /// The word that stands for it, also in what is stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Direct => "direct",
            Self::Group => "group",
            Self::Channel => "channel",
            Self::Record => "record",
            Self::Support => "support",
        }
    }

    /// Whether who runs the workspace may read such groups without being in them, which is audited.
    #[must_use]
    pub const fn is_overseen(self) -> bool {
        matches!(self, Self::Record | Self::Support)
    }
}

impl Rights {
    /// None at all.
    pub const NONE: Self = Self {
        is_owner: false,
        is_admin: false,
        can_read: false,
        can_write: false,
        can_attach: false,
        can_invite: false,
        can_pin: false,
        can_delete_others: false,
    };

    /// Those of a group's creator: all.
    pub const ALL: Self = Self {
        is_owner: true,
        is_admin: true,
        can_read: true,
        can_write: true,
        can_attach: true,
        can_invite: true,
        can_pin: true,
        can_delete_others: true,
    };

    /// Those of a new member, where the group does not say otherwise.
    #[must_use]
    pub const fn default_in(kind: GroupKind) -> Self {
        let reads = Self { can_read: true, ..Self::NONE };
        let takes_part = Self { can_write: true, can_attach: true, ..reads };
        match kind {
            GroupKind::Direct => Self { can_pin: true, ..takes_part },
            GroupKind::Group | GroupKind::Record | GroupKind::Support => takes_part,
            GroupKind::Channel => reads,
        }
    }
}
