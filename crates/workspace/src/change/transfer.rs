//! Handing a workspace over: one step, in which there is always an owner.

use parlance_base::{Caller, Error, Kind, Result, Role, UserId};
use parlance_stream::{Plan, Read, Step, View};

use super::{acting, concerned, count_owners, embed};
use crate::{
    audit,
    event::Event,
    member::Member,
    permission::Action,
    retry,
    seat::{Part, SeatRead},
    workspace::Workspace,
    workspaces::Workspaces,
};

impl Workspaces {
    /// Makes another member an owner of the caller's workspace, and the caller, who is one, an admin.
    ///
    /// # Errors
    /// 404 `member.not_found`; 409 `member.is_embedded`; 422 `member.is_self`; 402 `license.seat_limit` where they are a guest; else as the permission
    /// table's row `workspace.transfer` says.
    pub async fn transfer(&self, caller: &Caller, to: UserId) -> Result<Workspace> {
        retry::while_conflicting(|| self.try_transfer(caller, to)).await?;
        self.seen(caller.workspace).await
    }

    async fn try_transfer(&self, caller: &Caller, to: UserId) -> Result<()> {
        let seat = self.seat_of(to).await?;
        self.submit_by(caller, Transfer { caller: caller.clone(), to, seat }).await.map(drop)
    }
}

struct Transfer {
    caller: Caller,
    to: UserId,
    seat: SeatRead,
}

impl Plan for Transfer {
    fn reads(&self) -> Vec<Read> {
        vec![Read::of::<Member>(self.caller.user), Read::of::<Member>(self.to)]
    }

    fn plan(&mut self, view: &mut View<'_>) -> Result<Step> {
        let actor = acting(view, &self.caller, Action::WorkspaceTransfer)?;
        if actor.id == self.to {
            return Err(Error::new(Kind::Invalid, "member.is_self", "the workspace is yours already"));
        }
        let before = concerned(view, self.to)?;
        embed::check_role(&before, Role::Owner)?;
        let (user_id, previous_id, changed_seq) = (self.to, actor.id, view.next_seq());
        let owner = Member { role: Role::Owner, changed_seq, ..before.clone() };
        count_owners(view, Some(before.role), Some(Role::Owner))?;
        count_owners(view, Some(actor.role), Some(Role::Admin))?;
        view.put(&owner)?;
        view.put(&Member { role: Role::Admin, changed_seq, ..actor })?;
        let (was, is) = (Part::of(Some(&before)), Part::of(Some(&owner)));
        self.seat.turn(view, self.caller.workspace, was, is)?;
        audit::record(view, &self.caller, "workspace.transferred", Some(user_id.to_string()))?;
        Ok(Event::WorkspaceTransferred { user_id, previous_id }.append())
    }
}
