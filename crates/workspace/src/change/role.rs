//! Changing what a member is.

use parlance_base::{Caller, Result, Role, UserId};
use parlance_stream::{Plan, Read, Step, View};

use super::{acting, concerned, count_owners, embed};
use crate::{
    audit,
    directory::Listed,
    event::Event,
    member::Member,
    permission::{Action, check_reach},
    retry,
    seat::{Part, SeatRead},
    workspaces::{Workspaces, member_not_found},
};

impl Workspaces {
    /// Makes a member of the caller's workspace into this.
    ///
    /// # Errors
    /// 404 `member.not_found`; 409 `workspace.last_owner`, `member.is_embedded`; 402 `license.seat_limit` where a guest becomes more; else as the
    /// permission table's row `workspace.manage_members` says, and 403 `workspace.insufficient_role` above one's own.
    pub async fn set_role(&self, caller: &Caller, user: UserId, role: Role) -> Result<Listed> {
        retry::while_conflicting(|| self.try_set_role(caller, user, role)).await?;
        let listed = self.listed(vec![self.member(caller.workspace, user).await?]).await?;
        listed.into_iter().next().ok_or_else(member_not_found)
    }

    async fn try_set_role(&self, caller: &Caller, user: UserId, role: Role) -> Result<()> {
        let seat = self.seat_of(user).await?;
        self.submit_by(caller, Turn { caller: caller.clone(), user, role, seat }).await.map(drop)
    }
}

struct Turn {
    caller: Caller,
    user: UserId,
    role: Role,
    seat: SeatRead,
}

impl Plan for Turn {
    fn reads(&self) -> Vec<Read> {
        vec![Read::of::<Member>(self.caller.user), Read::of::<Member>(self.user)]
    }

    fn plan(&mut self, view: &mut View<'_>) -> Result<Step> {
        let actor = acting(view, &self.caller, Action::WorkspaceManageMembers)?;
        let before = concerned(view, self.user)?;
        check_reach(actor.role, Some(before.role), Some(self.role))?;
        embed::check_role(&before, self.role)?;
        if before.role == self.role {
            return Ok(Step::Nothing);
        }
        let member = Member { role: self.role, changed_seq: view.next_seq(), ..before.clone() };
        view.put(&member)?;
        count_owners(view, Some(before.role), Some(self.role))?;
        self.seat.turn(view, self.caller.workspace, Part::of(Some(&before)), Part::of(Some(&member)))?;
        audit::record(view, &self.caller, "role.updated", Some(self.user.to_string()))?;
        Ok(Event::RoleUpdated { user_id: self.user, role: self.role, previous: before.role }.append())
    }
}
