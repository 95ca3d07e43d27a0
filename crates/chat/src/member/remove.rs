//! Takes people out of a group, or lets them leave.

use parlance_base::{Caller, Error, Kind, Result, StreamId, UserId};
use parlance_stream::{Plan, Read, Step, View};
use parlance_workspace::audit;

use super::{Member, Rights};
use crate::{
    chat::{By, invalid},
    event,
    group::{self, GroupKind},
    outbox,
    permission::{self, Act},
};

impl By {
    /// Takes the user out of the group, or lets the caller leave; who is not in it stays out.
    ///
    /// # Errors
    /// 403 `group.not_admin`, `group.not_owner`; 404 `group.not_found`; 409 `group.last_owner`; 422 `group.is_direct`; 429
    /// `rate.limited`.
    pub async fn remove_member(&self, group: StreamId, user: UserId) -> Result<()> {
        self.chat.shared.pace.change_group(self.user())?;
        self.submit(group, Remove { caller: self.caller.clone(), group, user }, None).await?;
        self.chat.shared.jobs.wake();
        Ok(())
    }
}

/// A group is never without an owner.
pub(super) fn last_owner() -> Error {
    Error::new(Kind::Conflict, "group.last_owner", "the group has no other owner")
}

struct Remove {
    caller: Caller,
    group: StreamId,
    user: UserId,
}

impl Plan for Remove {
    fn reads(&self) -> Vec<Read> {
        [self.caller.user, self.user].map(|user| Read::of::<Member>(Member::id_of(self.group, user))).into()
    }

    fn plan(&mut self, view: &mut View<'_>) -> Result<Step> {
        let held = view.get::<Member>(Member::id_of(self.group, self.user))?.filter(|member| member.active);
        let leaves = self.user == self.caller.user;
        let owner = held.as_ref().is_some_and(|member| member.rights.is_owner);
        let act = match (leaves, owner) {
            (true, _) => Act::GroupTakePart,
            (false, true) => Act::GroupDelete,
            (false, false) => Act::GroupManage,
        };
        let (mut head, _) = permission::check(view, self.group, &self.caller, act)?;
        if group::kind(&head)? == GroupKind::Direct {
            return Err(invalid("group.is_direct", "a direct group stays between two"));
        }
        let Some(mut member) = held else { return Ok(Step::Nothing) };
        if owner && group::count_owners(&mut head, -1) == 0 {
            return Err(last_owner());
        }
        member.active = false;
        member.rights = Rights::NONE;
        member.changed_seq = view.next_seq();
        view.put(&member)?;
        group::count_members(&mut head, -1);
        view.put_head(head);
        view.insert(&outbox::membership_changed(view, self.caller.workspace, self.group, vec![self.user]))?;
        if !leaves {
            audit::record(view, &self.caller, "group.member_removed", Some(member.id.to_string()))?;
        }
        Ok(event::members(view, event::MEMBER_REMOVED, &[member]))
    }
}
