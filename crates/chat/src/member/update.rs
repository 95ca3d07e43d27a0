//! Changes what a member may.

use parlance_base::{Caller, Result, StreamId, UserId};
use parlance_stream::{Plan, Read, Step, View};
use parlance_workspace::audit;
use serde::Deserialize;
use utoipa::ToSchema;

use super::{Member, MemberView, Rights, remove::last_owner};
use crate::{
    chat::By,
    event, group, outbox,
    permission::{self, Act},
};

/// Which rights are to change; what is left out stays. An owner has all rights.
#[derive(Clone, Copy, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RightsChange {
    /// See [`Rights`].
    pub is_owner: Option<bool>,
    /// See [`Rights`].
    pub is_admin: Option<bool>,
    /// See [`Rights`].
    pub can_read: Option<bool>,
    /// See [`Rights`].
    pub can_write: Option<bool>,
    /// See [`Rights`].
    pub can_attach: Option<bool>,
    /// See [`Rights`].
    pub can_invite: Option<bool>,
    /// See [`Rights`].
    pub can_pin: Option<bool>,
    /// See [`Rights`].
    pub can_delete_others: Option<bool>,
}

impl RightsChange {
    fn of(self, held: Rights) -> Rights {
        if self.is_owner == Some(true) {
            return Rights::ALL;
        }
        Rights {
            is_owner: self.is_owner.unwrap_or(held.is_owner),
            is_admin: self.is_admin.unwrap_or(held.is_admin),
            can_read: self.can_read.unwrap_or(held.can_read),
            can_write: self.can_write.unwrap_or(held.can_write),
            can_attach: self.can_attach.unwrap_or(held.can_attach),
            can_invite: self.can_invite.unwrap_or(held.can_invite),
            can_pin: self.can_pin.unwrap_or(held.can_pin),
            can_delete_others: self.can_delete_others.unwrap_or(held.can_delete_others),
        }
    }
}

impl By {
    /// Changes the member's rights.
    ///
    /// # Errors
    /// 403 `group.not_admin`; `group.not_owner` where it is about an owner, or makes one; 404 `group.not_found`,
    /// `member.not_found`; 409 `group.last_owner`; 429 `rate.limited`.
    pub async fn update_member(
        &self,
        group: StreamId,
        user: UserId,
        change: RightsChange,
    ) -> Result<MemberView> {
        self.chat.shared.pace.change_group(self.user())?;
        self.submit(group, Update { caller: self.caller.clone(), group, user, change }, None).await?;
        self.chat.shared.jobs.wake();
        self.member(group, user).await
    }
}

struct Update {
    caller: Caller,
    group: StreamId,
    user: UserId,
    change: RightsChange,
}

impl Plan for Update {
    fn reads(&self) -> Vec<Read> {
        [self.caller.user, self.user].map(|user| Read::of::<Member>(Member::id_of(self.group, user))).into()
    }

    fn plan(&mut self, view: &mut View<'_>) -> Result<Step> {
        let held = view.get::<Member>(Member::id_of(self.group, self.user))?.filter(|member| member.active);
        let was_owner = held.as_ref().is_some_and(|member| member.rights.is_owner);
        let concerns_owner = was_owner || self.change.is_owner == Some(true);
        let act = if concerns_owner { Act::GroupTransfer } else { Act::GroupManage };
        let (mut head, _) = permission::check(view, self.group, &self.caller, act)?;
        let mut member = held.ok_or_else(super::not_found)?;
        let rights = self.change.of(member.rights);
        if rights == member.rights {
            return Ok(Step::Nothing);
        }
        let owners = i64::from(rights.is_owner) - i64::from(was_owner);
        if group::count_owners(&mut head, owners) == 0 {
            return Err(last_owner());
        }
        member.rights = rights;
        member.changed_seq = view.next_seq();
        view.put(&member)?;
        view.put_head(head);
        view.insert(&outbox::membership_changed(view, self.caller.workspace, self.group, vec![self.user]))?;
        audit::record(view, &self.caller, "group.rights_changed", Some(member.id.to_string()))?;
        Ok(event::members(view, event::MEMBER_UPDATED, &[member]))
    }
}
