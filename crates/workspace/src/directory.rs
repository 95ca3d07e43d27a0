//! The directory: a workspace's members, as they are listed and named.

use std::collections::{BTreeSet, HashMap};

use parlance_base::{Caller, Result, UserId, WorkspaceId};
use parlance_store::{Find, ID};

use crate::{
    Workspaces,
    member::{ACTIVE, HANDLE, Member, STATE},
    name::Handle,
    people::Person,
    permission::{Action, workspace_not_found},
    settings::Settings,
    tenure::Tenure,
    words,
    workspace::Workspace,
};

/// How many handles are looked up at once.
const MAX_HANDLES: usize = 100;

/// A member with their address, which is the person's and so joined when read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// The member.
    pub member: Member,
    /// Their e-mail address, where the person still exists.
    pub email: Option<String>,
}

/// What somebody is called in a workspace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    /// The user.
    pub user: UserId,
    /// What they are called.
    pub display_name: String,
    /// What they are mentioned by; none where they are no member any more.
    pub handle: Option<String>,
    /// Which membership of theirs it is; none where they are no member any more.
    pub tenure: Option<Tenure>,
}

impl Name {
    /// Whether every word of this text is the beginning of a word of the name or the handle. Unlike a search of the directory, it says nothing of
    /// addresses, so it is for those too who may not see these.
    #[must_use]
    pub fn begins(&self, text: &str) -> bool {
        let own =
            words::folded(&format!("{} {}", self.display_name, self.handle.as_deref().unwrap_or_default()));
        words::folded(text).iter().all(|term| own.iter().any(|word| word.starts_with(term)))
    }
}

impl From<Member> for Name {
    fn from(member: Member) -> Self {
        Self {
            user: member.id,
            tenure: member.is_active().then(|| Tenure::of(&member)),
            handle: member.is_active().then_some(member.handle),
            display_name: member.display_name,
        }
    }
}

impl Workspaces {
    /// The caller's workspace.
    ///
    /// # Errors
    /// As the permission table's row `workspace.view` says.
    pub async fn view(&self, caller: &Caller) -> Result<Workspace> {
        self.allow(caller, Action::WorkspaceView)?;
        self.seen(caller.workspace).await
    }

    /// The workspace, for who may see it or has just changed it.
    pub(crate) async fn seen(&self, workspace: WorkspaceId) -> Result<Workspace> {
        let found = self.installation().get::<Workspace>(workspace).await?;
        found.filter(|workspace| workspace.deleted_at.is_none()).ok_or_else(workspace_not_found)
    }

    /// The members of the caller's workspace after the one given, by id, at most `limit`.
    ///
    /// # Errors
    /// As the permission table's row `workspace.view` says.
    pub async fn members(&self, caller: &Caller, after: Option<UserId>, limit: usize) -> Result<Vec<Listed>> {
        self.allow(caller, Action::WorkspaceView)?;
        let after = after.map(|after| ID.above(after.to_string()));
        let find = Find::new([STATE.is(ACTIVE)].into_iter().chain(after)).ascending(ID).limit(limit);
        self.listed(self.scope(caller.workspace).find::<Member>(find).await?).await
    }

    /// What these users are or were called in the workspace, as far as they are or were members, in no promised order; at
    /// most 5,000.
    ///
    /// # Errors
    /// `store.unavailable` while the store is out of reach or busy.
    pub async fn names(
        &self,
        workspace: WorkspaceId,
        users: impl IntoIterator<Item = UserId>,
    ) -> Result<Vec<Name>> {
        let members = self.scope(workspace).get_many::<Member>(users).await?;
        Ok(members.into_iter().map(Name::from).collect())
    }

    /// The words that the user is found by in the workspace, now.
    pub(crate) async fn words_of(&self, workspace: WorkspaceId, user: UserId) -> Result<Vec<String>> {
        let member = self.scope(workspace).get::<Member>(user).await?;
        Ok(member.map(|member| member.words).unwrap_or_default())
    }

    /// The settings of the workspace; the defaults where there is none.
    ///
    /// # Errors
    /// `store.unavailable` while the store is out of reach or busy.
    pub async fn settings(&self, workspace: WorkspaceId) -> Result<Settings> {
        let found = self.installation().get::<Workspace>(workspace).await?;
        Ok(found.map(|workspace| workspace.settings).unwrap_or_default())
    }

    /// The members with their addresses, in the same order.
    pub(crate) async fn listed(&self, members: Vec<Member>) -> Result<Vec<Listed>> {
        let people = self.people().get_many(members.iter().map(|member| member.id)).await?;
        let mut emails: HashMap<UserId, String> =
            people.into_iter().map(|Person { id, email, .. }| (id, email)).collect();
        let listed = members.into_iter().map(|member| Listed { email: emails.remove(&member.id), member });
        Ok(listed.collect())
    }

    /// Who of the workspace has the handle.
    pub(crate) async fn by_handle(&self, workspace: WorkspaceId, handle: &Handle) -> Result<Option<Member>> {
        let find = Find::new([HANDLE.is(handle.as_str())]);
        Ok(self.scope(workspace).find::<Member>(find).await?.into_iter().next())
    }

    /// Those of these handles that somebody of the workspace has, each with who that is; at most 100 are asked for.
    ///
    /// # Errors
    /// `store.unavailable` while the store is out of reach or busy.
    pub async fn by_handles(
        &self,
        workspace: WorkspaceId,
        handles: impl IntoIterator<Item = &str>,
    ) -> Result<Vec<(String, UserId)>> {
        let asked: BTreeSet<&str> = handles.into_iter().take(MAX_HANDLES).collect();
        let find = Find::new([HANDLE.among(asked)]).limit(MAX_HANDLES);
        let found = self.scope(workspace).find::<Member>(find).await?;
        Ok(found.into_iter().map(|member| (member.handle, member.id)).collect())
    }

    /// The first of these handles that nobody of the workspace has.
    pub(crate) async fn free_handle(
        &self,
        workspace: WorkspaceId,
        wishes: Vec<String>,
    ) -> Result<Option<String>> {
        let find = Find::new([HANDLE.among(&wishes)]);
        let taken = self.scope(workspace).find::<Member>(find).await?;
        Ok(wishes.into_iter().find(|wish| taken.iter().all(|member| member.handle != *wish)))
    }
}
