//! What somebody is to what they want to do something with: all that the permission table looks at.

use parlance_base::{Caller, Grant, Role};

use super::rights::{GroupRights, Rights};

/// What a caller is to what they want to do something with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// What they are in the workspace; none where they are not of it.
    pub role: Option<Role>,
    /// How far what they proved themselves with reaches.
    pub grant: Grant,
    /// What they may do in the group, where it is about one that exists.
    pub group: Option<GroupRights>,
    /// Whether the message is theirs, where it is about one.
    pub is_author: bool,
}

impl Standing {
    /// Somebody who is this in the workspace, and signed in.
    #[must_use]
    pub const fn of(role: Role) -> Self {
        Self { role: Some(role), grant: Grant::Full, group: None, is_author: false }
    }

    /// The same, by a proof that reaches so far.
    #[must_use]
    pub const fn by(self, grant: Grant) -> Self {
        Self { grant, ..self }
    }

    /// The same, to a group.
    #[must_use]
    pub const fn in_group(self, group: GroupRights) -> Self {
        Self { group: Some(group), ..self }
    }

    /// The same, to a message that is theirs or is not.
    #[must_use]
    pub const fn as_author(self, is_author: bool) -> Self {
        Self { is_author, ..self }
    }

    /// What the caller is in their workspace.
    #[must_use]
    pub const fn of_caller(caller: &Caller) -> Self {
        Self::of(caller.role).by(caller.grant)
    }

    pub(super) fn is_at_least(&self, role: Role) -> bool {
        self.role.is_some_and(|own| own >= role)
    }

    /// What they may do in the group as a member of it; nothing where they are none.
    pub(super) fn rights(&self) -> Rights {
        self.group.and_then(|group| group.member).unwrap_or(Rights::NONE)
    }

    pub(super) fn in_archived(&self) -> bool {
        self.group.is_some_and(|group| group.is_archived)
    }

    pub(super) fn reads(&self) -> bool {
        let sees_public = self.is_at_least(Role::Member) && self.group.is_some_and(|group| group.is_public);
        self.role.is_some() && (self.rights().can_read || sees_public)
    }
}
