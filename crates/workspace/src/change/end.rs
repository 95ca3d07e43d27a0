//! Ending all memberships of a user, because the installation does not know them any more or for now.

use parlance_base::{Author, Result, Role, UserId, WorkspaceId};
use parlance_stream::{Plan, Read, Step, View};

use super::{count_owners, delete::delete, depart, head};
use crate::{
    audit,
    member::Member,
    retry,
    seat::SeatRead,
    words,
    workspace::{Details, is_deleted},
    workspaces::Workspaces,
};

/// Why a user's memberships end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// They were deactivated, and may come back.
    Deactivated,
    /// They were erased.
    Erased,
}

impl Workspaces {
    /// Ends every membership of the user in the installation. Where they are the last owner, the longest-standing admin
    /// owns the workspace from the same step on; where there is no admin, the longest-standing member. Where there is
    /// neither (guests and embedded users do not count), an erased user's workspace is deleted, and a deactivated one stays in theirs.
    ///
    /// Calling it again is harmless; after an error some may have ended. Who adds people refuses those who are on the way
    /// out: whoever is added while this runs stays.
    ///
    /// # Errors
    /// `workspace.busy`, `store.unavailable`, `store.unknown` (503): call it again.
    pub async fn end_memberships(&self, user: UserId, ending: Ending) -> Result<()> {
        for workspace in self.workspaces_of(user).await? {
            retry::while_conflicting(|| self.try_end(workspace, user, ending)).await?;
        }
        Ok(())
    }

    async fn try_end(&self, workspace: WorkspaceId, user: UserId, ending: Ending) -> Result<()> {
        let seat = self.seat_of(user).await?;
        let Some(head) = self.head(workspace).await? else { return Ok(()) };
        // Looked for after the head: where another one is longest-standing by now, the head has gone on.
        let heir = match Details::of(&head).owners {
            1 => self.heir(workspace).await?,
            _ => None,
        };
        let words = self.words_of(workspace, user).await?;
        let plan = End { workspace, user, ending, words, seat, heir, as_of: head.seq };
        self.submit(workspace, Author::system(), plan).await.map(drop)
    }

    /// Who would own the workspace without its last owner.
    async fn heir(&self, workspace: WorkspaceId) -> Result<Option<UserId>> {
        for role in [Role::Admin, Role::Member] {
            if let Some(heir) = self.longest_standing(workspace, role, 1).await?.first() {
                return Ok(Some(heir.id));
            }
        }
        Ok(None)
    }
}

struct End {
    workspace: WorkspaceId,
    user: UserId,
    ending: Ending,
    words: Vec<String>,
    seat: SeatRead,
    heir: Option<UserId>,
    /// How far the stream had come when the heir was looked for.
    as_of: i64,
}

impl Plan for End {
    fn reads(&self) -> Vec<Read> {
        let members = [self.user].into_iter().chain(self.heir).map(Read::of::<Member>);
        members.chain(words::reads(self.user, &self.words)).collect()
    }

    fn plan(&mut self, view: &mut View<'_>) -> Result<Step> {
        let member = view.get::<Member>(self.user)?.filter(Member::is_active);
        // What was deleted is taken from its members by the deletion's own job.
        let (Some(member), false) = (member, view.head().is_none_or(is_deleted)) else {
            return Ok(Step::Nothing);
        };
        let head = head(view)?;
        if member.role != Role::Owner || Details::of(&head).owners > 1 {
            count_owners(view, Some(member.role), None)?;
            return self.depart(view, member, None);
        }
        if head.seq != self.as_of {
            return Err(retry::stale());
        }
        match (self.heir, self.ending) {
            (Some(heir), _) => self.hand_over(view, member, heir),
            (None, Ending::Erased) => {
                audit::record_system(view, "workspace.deleted", None)?;
                delete(view, self.workspace)
            }
            (None, Ending::Deactivated) => Ok(Step::Nothing),
        }
    }
}

impl End {
    /// One owner goes and one comes: there are as many as before.
    fn hand_over(&self, view: &mut View<'_>, member: Member, heir: UserId) -> Result<Step> {
        let heir = view.get::<Member>(heir)?.ok_or_else(retry::stale)?;
        view.put(&Member { role: Role::Owner, changed_seq: view.next_seq(), ..heir.clone() })?;
        self.depart(view, member, Some(heir.id))
    }

    fn depart(&self, view: &mut View<'_>, member: Member, heir: Option<UserId>) -> Result<Step> {
        audit::record_system(view, "member.removed", Some(self.user.to_string()))?;
        depart(view, self.workspace, member, &self.words, &self.seat, heir)
    }
}
