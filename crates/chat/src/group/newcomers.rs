//! What a group gives to those who become its members: rights, and how much of what was said before.

use parlance_base::Result;
use parlance_stream::Head;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{GroupKind, Visibility, details};
use crate::{chat::invalid, member::Rights};

/// What new members of a group may do; what is left out is as the group's kind has it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DefaultRights {
    /// Whether they may post.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub can_write: Option<bool>,
    /// Whether they may attach files.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub can_attach: Option<bool>,
    /// Whether they may invite.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub can_invite: Option<bool>,
    /// Whether they may pin.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub can_pin: Option<bool>,
    /// Whether they may delete what others posted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub can_delete_others: Option<bool>,
}

/// How much of a group its new members see.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum GroupHistory {
    /// Everything that was said before.
    #[default]
    All,
    /// What is said after they have come; private groups only.
    SinceJoin,
}

impl DefaultRights {
    /// The rights that a new member of a group of this kind has.
    pub(crate) fn within(self, kind: GroupKind) -> Rights {
        let of_kind = Rights::default_in(kind);
        Rights {
            can_write: self.can_write.unwrap_or(of_kind.can_write),
            can_attach: self.can_attach.unwrap_or(of_kind.can_attach),
            can_invite: self.can_invite.unwrap_or(of_kind.can_invite),
            can_pin: self.can_pin.unwrap_or(of_kind.can_pin),
            can_delete_others: self.can_delete_others.unwrap_or(of_kind.can_delete_others),
            ..of_kind
        }
    }
}

impl From<Rights> for DefaultRights {
    fn from(rights: Rights) -> Self {
        Self {
            can_write: Some(rights.can_write),
            can_attach: Some(rights.can_attach),
            can_invite: Some(rights.can_invite),
            can_pin: Some(rights.can_pin),
            can_delete_others: Some(rights.can_delete_others),
        }
    }
}

/// The rights that a new member of the group has.
///
/// # Errors
/// 404 `group.not_found` for a stream that is no group's.
pub(crate) fn rights(head: &Head) -> Result<Rights> {
    Ok(details(head).default_rights.within(super::kind(head)?))
}

/// The first `seq` that somebody may read who becomes a member with the entry `joined`.
pub(crate) fn visible_from(head: &Head, joined: i64) -> i64 {
    match details(head).history {
        GroupHistory::All => 1,
        GroupHistory::SinceJoin => joined,
    }
}

/// Nothing, where a group that may be found so may have this history.
///
/// # Errors
/// 422 `group.history`: what everybody may read is hidden from nobody.
pub(super) fn check(visibility: Visibility, history: GroupHistory) -> Result<()> {
    if visibility == Visibility::Public && history == GroupHistory::SinceJoin {
        return Err(invalid("group.history", "a public group shows all of its history"));
    }
    Ok(())
}
