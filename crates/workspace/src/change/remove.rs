//! Taking a member out of a workspace.

use parlance_base::{Caller, Result, UserId};
use parlance_stream::{Plan, Read, Step, View};

use super::{acting, concerned, count_owners, depart};
use crate::{
    member::Member,
    permission::{Action, check_reach},
    retry,
    seat::SeatRead,
    workspaces::Workspaces,
};

impl Workspaces {
    /// Takes a member out of the caller's workspace.
    ///
    /// # Errors
    /// 404 `member.not_found`; 409 `workspace.last_owner`; else as the permission table's row `workspace.manage_members`
    /// says, and 403 `workspace.insufficient_role` for one above one's own.
    pub async fn remove(&self, caller: &Caller, user: UserId) -> Result<()> {
        retry::while_conflicting(|| self.try_remove(caller, user)).await
    }

    async fn try_remove(&self, caller: &Caller, user: UserId) -> Result<()> {
        let seat = self.seat_of(user).await?;
        self.submit(caller.workspace, caller.user, Remove { caller: caller.clone(), user, seat })
            .await
            .map(drop)
    }
}

struct Remove {
    caller: Caller,
    user: UserId,
    seat: SeatRead,
}

impl Plan for Remove {
    fn reads(&self) -> Vec<Read> {
        vec![Read::of::<Member>(self.caller.user), Read::of::<Member>(self.user)]
    }

    fn plan(&mut self, view: &mut View<'_>) -> Result<Step> {
        let actor = acting(view, self.caller.user, Action::WorkspaceManageMembers)?;
        let member = concerned(view, self.user)?;
        check_reach(actor.role, Some(member.role), None)?;
        count_owners(view, Some(member.role), None)?;
        depart(view, self.caller.workspace, member, &self.seat, None)
    }
}
