//! Members of groups.

use parlance_base::UserId;
use serde::{Deserialize, Serialize};

/// A member of a group.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct GroupMember {
    /// The user.
    pub user_id: UserId,
    /// What they are called.
    pub name: String,
    /// What they may.
    pub rights: Rights,
}

/// What a member may do in a group.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
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

/// Which of the [`Rights`] are to change; what is none stays. An owner has all rights.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct RightsChange {
    /// See [`Rights`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_owner: Option<bool>,
    /// See [`Rights`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_admin: Option<bool>,
    /// See [`Rights`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub can_read: Option<bool>,
    /// See [`Rights`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub can_write: Option<bool>,
    /// See [`Rights`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub can_attach: Option<bool>,
    /// See [`Rights`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub can_invite: Option<bool>,
    /// See [`Rights`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub can_pin: Option<bool>,
    /// See [`Rights`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub can_delete_others: Option<bool>,
}

#[derive(Serialize)]
pub(crate) struct NewMembers<'a> {
    pub(crate) user_ids: &'a [UserId],
}
