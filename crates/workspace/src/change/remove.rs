//! Taking a member out of a workspace.

use parlance_base::{Caller, Result, UserId};
use parlance_stream::{Plan, Read, Step, View};

use super::{acting, concerned, count_owners, depart};
use crate::{
    audit,
    member::Member,
    permission::{Action, check_reach},
    retry,
    seat::SeatRead,
    words,
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
        let (seat, words) = (self.seat_of(user).await?, self.words_of(caller.workspace, user).await?);
        let plan = Remove { caller: caller.clone(), user, words, seat };
        self.submit_by(caller, plan).await.map(drop)
    }
}

struct Remove {
    caller: Caller,
    user: UserId,
    words: Vec<String>,
    seat: SeatRead,
}

impl Plan for Remove {
    fn reads(&self) -> Vec<Read> {
        let members = [self.caller.user, self.user].map(Read::of::<Member>);
        members.into_iter().chain(words::reads(self.user, &self.words)).collect()
    }

    fn plan(&mut self, view: &mut View<'_>) -> Result<Step> {
        let actor = acting(view, &self.caller, Action::WorkspaceManageMembers)?;
        let member = concerned(view, self.user)?;
        check_reach(actor.role, Some(member.role), None)?;
        count_owners(view, Some(member.role), None)?;
        audit::record(view, &self.caller, "member.removed", Some(self.user.to_string()))?;
        depart(view, self.caller.workspace, member, &self.words, &self.seat, None)
    }
}
