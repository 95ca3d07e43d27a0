//! Leaving a workspace.

use parlance_base::{Caller, Result};
use parlance_stream::{Plan, Read, Step, View};

use super::{concerned, count_owners, depart, head};
use crate::{
    audit, member::Member, permission::workspace_not_found, retry, seat::SeatRead, words,
    workspaces::Workspaces,
};

impl Workspaces {
    /// Takes the caller out of their workspace.
    ///
    /// # Errors
    /// 404 `workspace.not_found` where they are out already; 409 `workspace.last_owner`.
    pub async fn leave(&self, caller: &Caller) -> Result<()> {
        retry::while_conflicting(|| self.try_leave(caller)).await
    }

    async fn try_leave(&self, caller: &Caller) -> Result<()> {
        let seat = self.seat_of(caller.user).await?;
        let words = self.words_of(caller.workspace, caller.user).await?;
        self.submit_by(caller, Leave { caller: caller.clone(), words, seat }).await.map(drop)
    }
}

struct Leave {
    caller: Caller,
    words: Vec<String>,
    seat: SeatRead,
}

impl Plan for Leave {
    fn reads(&self) -> Vec<Read> {
        let words = words::reads(self.caller.user, &self.words);
        words.into_iter().chain([Read::of::<Member>(self.caller.user)]).collect()
    }

    fn plan(&mut self, view: &mut View<'_>) -> Result<Step> {
        head(view)?;
        let member = concerned(view, self.caller.user).map_err(|_| workspace_not_found())?;
        count_owners(view, Some(member.role), None)?;
        audit::record(view, &self.caller, "member.left", None)?;
        depart(view, self.caller.workspace, member, &self.words, &self.seat, None)
    }
}
