//! `/api/chat/groups` and `/api/chat/direct`.

use parlance_base::{StreamId, UserId};

use super::{InWorkspace, call::Call};
use crate::{
    Error,
    wire::{
        DirectoryFilter, Group, GroupChange, GroupKind, GroupsPage, ListedGroup, NewGroup, NewOwner, Page,
        Preferences, PreferencesChange,
    },
};

/// Which page of a list is asked for: the first one of 50 items, unless it says otherwise.
#[derive(Clone, Debug, Default)]
pub struct Listed {
    /// How many items, 1–100 (50).
    pub limit: Option<usize>,
    /// `next` of the page before.
    pub after: Option<String>,
}

impl Listed {
    /// The page of 100 items, the most there are, that begins here; the first one where none.
    #[must_use]
    pub const fn most(after: Option<String>) -> Self {
        Self { limit: Some(100), after }
    }

    pub(super) fn of(&self, call: Call) -> Call {
        call.query("limit", self.limit).query("after", self.after.as_deref())
    }
}

impl InWorkspace {
    /// Makes a group, or finds the one that the caller made under the same `client_id`, or has with the same person.
    ///
    /// # Errors
    /// 403 `workspace.insufficient_role`; 404 `user.not_found`; 422 for what no group can be.
    pub async fn create_group(&self, new: &NewGroup) -> Result<Group, Error> {
        self.post("/api/chat/groups".to_owned(), new).await
    }

    /// A page of the caller's groups, pinned ones first, then newest activity first.
    ///
    /// # Errors
    /// 401; 422 `request.invalid`.
    pub async fn groups(&self, which: &Listed) -> Result<GroupsPage, Error> {
        self.call(which.of(Call::get("/api/chat/groups"))).await
    }

    /// A page of the workspace's public groups that take messages.
    ///
    /// # Errors
    /// 403 `workspace.insufficient_role` for guests.
    pub async fn discover_groups(&self, which: &Listed) -> Result<Page<ListedGroup>, Error> {
        self.call(which.of(Call::get("/api/chat/groups/discover"))).await
    }

    /// A page of every group of the workspace that the filter lets through, for who runs it.
    ///
    /// # Errors
    /// 403 `workspace.insufficient_role`.
    pub async fn all_groups(&self, filter: DirectoryFilter, which: &Listed) -> Result<Page<Group>, Error> {
        let call = Call::get("/api/chat/groups/all");
        let call = call.query("kind", filter.kind.map(GroupKind::as_str)).query("active", filter.active);
        self.call(which.of(call)).await
    }

    /// The group.
    ///
    /// # Errors
    /// 404 `group.not_found` for what the caller may not read.
    pub async fn group(&self, id: StreamId) -> Result<Group, Error> {
        self.get(of(id, "")).await
    }

    /// Changes the group.
    ///
    /// # Errors
    /// 403 `group.not_admin`; 404 `group.not_found`; 422 for what no group can be.
    pub async fn update_group(&self, id: StreamId, change: &GroupChange) -> Result<Group, Error> {
        self.patch(of(id, ""), change).await
    }

    /// Ends the group.
    ///
    /// # Errors
    /// 403 `group.not_owner`; 404 `group.not_found`.
    pub async fn delete_group(&self, id: StreamId) -> Result<(), Error> {
        self.delete(of(id, "")).await
    }

    /// Closes the group for posting.
    ///
    /// # Errors
    /// 403 `group.not_admin`; 404 `group.not_found`.
    pub async fn archive_group(&self, id: StreamId) -> Result<Group, Error> {
        self.call(Call::post(of(id, "/archive"))).await
    }

    /// Opens the archived group again.
    ///
    /// # Errors
    /// 403 `group.not_admin`; 404 `group.not_found`.
    pub async fn restore_group(&self, id: StreamId) -> Result<Group, Error> {
        self.call(Call::post(of(id, "/restore"))).await
    }

    /// Clears the group: what was said in it until now is gone for everybody.
    ///
    /// # Errors
    /// 403 `group.not_admin`; 404 `group.not_found`.
    pub async fn clear_group(&self, id: StreamId) -> Result<Group, Error> {
        self.call(Call::post(of(id, "/clear"))).await
    }

    /// Joins the public group.
    ///
    /// # Errors
    /// 404 `group.not_found`.
    pub async fn join_group(&self, id: StreamId) -> Result<Group, Error> {
        self.call(Call::post(of(id, "/join"))).await
    }

    /// Leaves the group.
    ///
    /// # Errors
    /// 404 `group.not_found`; 409 `group.last_owner`.
    pub async fn leave_group(&self, id: StreamId) -> Result<(), Error> {
        self.call(Call::post(of(id, "/leave"))).await
    }

    /// Hands the group over to a member of it. A caller who owned it goes on running it.
    ///
    /// # Errors
    /// 403 `group.not_owner`; 404 `group.not_found`, `member.not_found`; 422 `group.is_direct`.
    pub async fn transfer_group(&self, id: StreamId, to: UserId) -> Result<Group, Error> {
        self.post(of(id, "/transfer"), &NewOwner { user_id: to }).await
    }

    /// Changes how the caller has the group for themselves.
    ///
    /// # Errors
    /// 404 `group.not_found`, also for a public group that the caller is no member of.
    pub async fn prefer_group(&self, id: StreamId, change: &PreferencesChange) -> Result<Preferences, Error> {
        self.patch(of(id, "/me"), change).await
    }

    /// The direct group with the other user, made where there is none.
    ///
    /// # Errors
    /// 403 `workspace.insufficient_role`; 404 `user.not_found`; 422 `group.not_two`.
    pub async fn direct(&self, other: UserId) -> Result<Group, Error> {
        self.call(Call::post(format!("/api/chat/direct/{other}"))).await
    }
}

/// A path under a group's.
pub(super) fn of(group: StreamId, under: &str) -> String {
    format!("/api/chat/groups/{group}{under}")
}
