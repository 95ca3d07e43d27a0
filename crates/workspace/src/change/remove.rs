//! Taking a member out of a workspace.

use parlance_base::{Caller, Result, UserId, WorkspaceId};
use parlance_stream::{Plan, Read, Step, View};

use super::{acting, concerned, count_owners};
use crate::{
    event::Event,
    member::Member,
    permission::{Action, check_reach},
    retry,
    seat::{Part, SeatRead},
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
        let (workspace, actor) = (caller.workspace, caller.user);
        let seat = self.seat_of(user).await?;
        self.submit(workspace, actor, Remove { workspace, actor, user, seat }).await.map(drop)
    }
}

struct Remove {
    workspace: WorkspaceId,
    actor: UserId,
    user: UserId,
    seat: SeatRead,
}

impl Plan for Remove {
    fn reads(&self) -> Vec<Read> {
        vec![Read::of::<Member>(self.actor), Read::of::<Member>(self.user)]
    }

    fn plan(&mut self, view: &mut View<'_>) -> Result<Step> {
        let actor = acting(view, self.actor, Action::WorkspaceManageMembers)?;
        let mut member = concerned(view, self.user)?;
        let (role, part) = (member.role, Part::of(Some(&member)));
        check_reach(actor.role, Some(role), None)?;
        member.leave();
        member.changed_seq = view.next_seq();
        view.put(&member)?;
        count_owners(view, Some(role), None)?;
        self.seat.turn(view, self.workspace, part, Part::None)?;
        Ok(Event::MemberLeft { user_id: self.user }.append())
    }
}
