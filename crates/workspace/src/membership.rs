//! What others ask about a user's memberships: which workspaces, as what, and whether still.

use std::collections::{BTreeMap, HashMap, HashSet};

use futures::{StreamExt, TryStreamExt, stream};
use parlance_base::{CallerRef, Check, Error, Kind, Result, Role, UserId, WorkspaceId};
use parlance_store::query::MAX_LIMIT;

use crate::{Workspaces, member::Member, permission::workspace_not_found, seat::Seat, workspace::Workspace};

/// How many workspaces are asked at once.
const AT_ONCE: usize = 16;

impl Workspaces {
    /// What the user is in the workspace.
    ///
    /// # Errors
    /// 404 `workspace.not_found` where they are no member, or there is no such workspace.
    pub async fn role_of(&self, workspace: WorkspaceId, user: UserId) -> Result<Role> {
        self.present(workspace, user).await?.map(|member| member.role).ok_or_else(workspace_not_found)
    }

    /// The member's row, where they are one now and there still is the workspace.
    ///
    /// # Errors
    /// `store.unavailable` while the store is out of reach or busy.
    pub async fn present(&self, workspace: WorkspaceId, user: UserId) -> Result<Option<Member>> {
        let member = self.scope(workspace).get::<Member>(user).await?.filter(Member::is_active);
        Ok(if member.is_some() && self.is_alive(workspace).await? { member } else { None })
    }

    /// The rows of those of these users who are members now, in no promised order; at most 5,000. There is none where the
    /// workspace is deleted.
    ///
    /// # Errors
    /// `store.unavailable` while the store is out of reach or busy.
    pub async fn present_among(
        &self,
        workspace: WorkspaceId,
        users: impl IntoIterator<Item = UserId>,
    ) -> Result<Vec<Member>> {
        let found = self.active_among(workspace, users).await?;
        Ok(if !found.is_empty() && self.is_alive(workspace).await? { found } else { Vec::new() })
    }

    /// The same, of a workspace that there is.
    async fn active_among(
        &self,
        workspace: WorkspaceId,
        users: impl IntoIterator<Item = UserId>,
    ) -> Result<Vec<Member>> {
        let found = self.scope(workspace).get_many::<Member>(users).await?;
        Ok(found.into_iter().filter(Member::is_active).collect())
    }

    /// The workspace that is named by its id or its slug. An id is taken as it is: [`role_of`](Self::role_of), which must
    /// follow anyway, finds nobody where there is no workspace.
    ///
    /// # Errors
    /// 404 `workspace.not_found` where no workspace has the slug.
    pub async fn resolve(&self, named: &str) -> Result<WorkspaceId> {
        if let Ok(id) = named.parse() {
            return Ok(id);
        }
        self.by_slug(named).await?.map(|workspace| workspace.id).ok_or_else(workspace_not_found)
    }

    /// The workspace that a request of the user is for: the one that it [names](Self::resolve), else the only one that they
    /// are in.
    ///
    /// # Errors
    /// 404 `workspace.not_found` where no workspace has the slug; 400 `workspace.required` where none is named and they are in
    /// none or in several.
    pub async fn asked_for(&self, named: Option<&str>, user: UserId) -> Result<WorkspaceId> {
        match named {
            Some(named) => self.resolve(named).await,
            None => self.only_workspace_of(user).await,
        }
    }

    async fn only_workspace_of(&self, user: UserId) -> Result<WorkspaceId> {
        match self.workspaces_of(user).await?.as_slice() {
            [only] => Ok(*only),
            _ => {
                let message = "name the workspace in the header Parlance-Workspace, by id or slug";
                Err(Error::new(Kind::Malformed, "workspace.required", message))
            }
        }
    }

    /// The user's workspaces after the one given, by id, each with what they are there, at most `limit`; and, where there
    /// are more, the last of these. Where a proof is good for one workspace only, that is all there is.
    ///
    /// # Errors
    /// `store.unavailable` while the store is out of reach or busy.
    pub async fn list(
        &self,
        user: UserId,
        only: Option<WorkspaceId>,
        after: Option<WorkspaceId>,
        limit: usize,
    ) -> Result<(Vec<(Workspace, Role)>, Option<WorkspaceId>)> {
        let mut ids = self.workspaces_of(user).await?;
        ids.retain(|id| Some(*id) > after && only.is_none_or(|only| only == *id));
        ids.sort_unstable();
        let is_more = ids.len() > limit;
        ids.truncate(limit);
        let last = ids.last().copied().filter(|_| is_more);
        let mut found = self.installation().get_many::<Workspace>(&ids).await?;
        found.retain(|workspace| workspace.deleted_at.is_none());
        found.sort_unstable_by_key(|workspace| workspace.id);
        let roles = stream::iter(found).map(|workspace| self.with_role(workspace, user));
        // One who left since is left out.
        let listed: Vec<Option<_>> = roles.buffered(AT_ONCE).try_collect().await?;
        Ok((listed.into_iter().flatten().collect(), last))
    }

    /// Whether these still are the members that they were, in the same order. Reads once for each workspace and 5,000
    /// members of it, and once for 5,000 workspaces.
    ///
    /// # Errors
    /// `store.unavailable` while the store is out of reach or busy.
    pub async fn revalidate(&self, callers: &[CallerRef]) -> Result<Vec<Check>> {
        let mut asked: BTreeMap<WorkspaceId, Vec<UserId>> = BTreeMap::new();
        for caller in callers {
            asked.entry(caller.workspace).or_default().push(caller.user);
        }
        self.retain_alive(&mut asked).await?;
        let chunks: Vec<(WorkspaceId, Vec<UserId>)> = asked
            .iter()
            .flat_map(|(workspace, users)| users.chunks(MAX_LIMIT).map(|users| (*workspace, users.to_vec())))
            .collect();
        let reads = stream::iter(chunks).map(|(workspace, users)| self.roles_among(workspace, users));
        let roles: Vec<Vec<_>> = reads.buffered(AT_ONCE).try_collect().await?;
        let roles: HashMap<_, _> = roles.into_iter().flatten().collect();
        let check = |caller: &CallerRef| match roles.get(&(caller.workspace, caller.user)) {
            None => Check::NotAllowed,
            Some(role) if *role == caller.role => Check::Good,
            Some(_) => Check::Changed,
        };
        Ok(callers.iter().map(check).collect())
    }

    /// Keeps the workspaces that there are now, whatever is remembered.
    async fn retain_alive(&self, asked: &mut BTreeMap<WorkspaceId, Vec<UserId>>) -> Result<()> {
        let ids: Vec<WorkspaceId> = asked.keys().copied().collect();
        let mut alive = HashSet::new();
        for ids in ids.chunks(MAX_LIMIT) {
            let found = self.installation().get_many::<Workspace>(ids).await?;
            let found = found.into_iter().filter(|workspace| workspace.deleted_at.is_none());
            alive.extend(found.map(|workspace| workspace.id));
        }
        asked.retain(|workspace, _| alive.contains(workspace));
        Ok(())
    }

    /// Whether there is a workspace that both are in. Everybody shares one with themselves.
    ///
    /// # Errors
    /// `store.unavailable` while the store is out of reach or busy.
    pub async fn share_one(&self, one: UserId, other: UserId) -> Result<bool> {
        if one == other {
            return Ok(true);
        }
        let theirs = self.workspaces_of(other).await?;
        if theirs.is_empty() {
            return Ok(false);
        }
        Ok(self.workspaces_of(one).await?.iter().any(|workspace| theirs.contains(workspace)))
    }

    async fn with_role(&self, workspace: Workspace, user: UserId) -> Result<Option<(Workspace, Role)>> {
        let member = self.scope(workspace.id).get::<Member>(user).await?.filter(Member::is_active);
        Ok(member.map(|member| (workspace, member.role)))
    }

    async fn roles_among(
        &self,
        workspace: WorkspaceId,
        users: Vec<UserId>,
    ) -> Result<Vec<((WorkspaceId, UserId), Role)>> {
        let active = self.active_among(workspace, users).await?.into_iter();
        Ok(active.map(|member| ((workspace, member.id), member.role)).collect())
    }

    /// The workspaces that the user is or was in.
    pub(crate) async fn ever_workspaces_of(&self, user: UserId) -> Result<Vec<WorkspaceId>> {
        let seat = self.installation().get::<Seat>(user).await?;
        Ok(seat.map(|seat| [seat.workspaces, seat.past].concat()).unwrap_or_default())
    }

    pub(crate) async fn workspaces_of(&self, user: UserId) -> Result<Vec<WorkspaceId>> {
        Ok(self.installation().get::<Seat>(user).await?.map(|seat| seat.workspaces).unwrap_or_default())
    }
}
