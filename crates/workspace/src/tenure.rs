//! Memberships over time: which of somebody's memberships something rests on, and who has been here longest.

use parlance_base::{Result, Role, UserId, WorkspaceId};
use parlance_store::{Cond, Find};
use parlance_stream::View;
use serde::{Deserialize, Serialize};

use crate::{
    Workspaces,
    member::{ACTIVE, EMBEDDED, JOINED_SEQ, Member, ROLE, STATE},
};

/// How many of each role are looked at where somebody has to answer for something.
const STEWARDS: usize = 100;

/// One membership of somebody in a workspace: they may leave and come back, and what they had before is not theirs again.
/// Later ones are greater.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Tenure(i64);

/// An owner or admin of the workspace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Steward {
    /// Who.
    pub user: UserId,
    /// What they are called.
    pub display_name: String,
    /// Since when.
    pub tenure: Tenure,
}

impl Tenure {
    pub(crate) const fn of(member: &Member) -> Self {
        Self(member.joined_seq)
    }

    /// Has the view's plan be committed only while this membership of the user lasts; else the plan fails with the
    /// conflict `store.conflict`.
    pub fn hold(self, view: &mut View<'_>, user: UserId) {
        view.update_if::<Member>(user, self.held(), []);
    }

    /// As [`hold`](Self::hold), and only while they are an owner or an admin.
    pub fn hold_as_steward(self, view: &mut View<'_>, user: UserId) {
        let guard = self.held().into_iter().chain([ROLE.among(["owner", "admin"])]);
        view.update_if::<Member>(user, guard, []);
    }

    fn held(self) -> [Cond; 2] {
        [STATE.is(ACTIVE), JOINED_SEQ.is(self.0)]
    }
}

impl Workspaces {
    /// The owners of the workspace and, after them, its admins; each the longest-standing first, at most 100.
    ///
    /// # Errors
    /// `store.unavailable` while the store is out of reach or busy.
    pub async fn stewards(&self, workspace: WorkspaceId) -> Result<Vec<Steward>> {
        let mut stewards = self.longest_standing(workspace, Role::Owner, STEWARDS).await?;
        stewards.extend(self.longest_standing(workspace, Role::Admin, STEWARDS).await?);
        Ok(stewards.into_iter().map(Steward::from).collect())
    }

    /// The members with this role whom no application brought along, the longest-standing first.
    pub(crate) async fn longest_standing(
        &self,
        workspace: WorkspaceId,
        role: Role,
        limit: usize,
    ) -> Result<Vec<Member>> {
        let find = [STATE.is(ACTIVE), EMBEDDED.is(false), ROLE.is(word(role))];
        let find = Find::new(find).ascending(JOINED_SEQ).limit(limit);
        self.scope(workspace).find(find).await
    }
}

impl From<Member> for Steward {
    fn from(member: Member) -> Self {
        Self { user: member.id, tenure: Tenure::of(&member), display_name: member.display_name }
    }
}

/// The role as rows hold it.
const fn word(role: Role) -> &'static str {
    match role {
        Role::Guest => "guest",
        Role::Member => "member",
        Role::Admin => "admin",
        Role::Owner => "owner",
    }
}
