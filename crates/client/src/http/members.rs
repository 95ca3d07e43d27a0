//! `/api/chat/groups/{id}/members`.

use parlance_base::{StreamId, UserId};

use super::{
    InWorkspace,
    call::Call,
    groups::{Listed, of},
};
use crate::{
    Error,
    wire::{GroupMember, NewMembers, Page, RightsChange},
};

impl InWorkspace {
    /// A page of the group's members, in the order of their ids.
    ///
    /// # Errors
    /// 404 `group.not_found`.
    pub async fn members(&self, group: StreamId, which: &Listed) -> Result<Page<GroupMember>, Error> {
        self.call(which.of(Call::get(of(group, "/members")))).await
    }

    /// Puts people of the workspace into the group, 1–100 at once; who is in it already stays as they are.
    ///
    /// # Errors
    /// 403 `group.missing_right`; 404 `group.not_found`, `user.not_found`; 422.
    pub async fn add_members(&self, group: StreamId, user_ids: &[UserId]) -> Result<(), Error> {
        self.post(of(group, "/members"), &NewMembers { user_ids }).await
    }

    /// Changes what a member may.
    ///
    /// # Errors
    /// 403 `group.not_admin`, `group.not_owner`; 404 `group.not_found`, `member.not_found`; 409 `group.last_owner`.
    pub async fn update_member(
        &self,
        group: StreamId,
        user: UserId,
        change: &RightsChange,
    ) -> Result<GroupMember, Error> {
        self.patch(of(group, &format!("/members/{user}")), change).await
    }

    /// Takes a member out of the group.
    ///
    /// # Errors
    /// 403 `group.not_admin`; 404 `group.not_found`, `member.not_found`; 409 `group.last_owner`.
    pub async fn remove_member(&self, group: StreamId, user: UserId) -> Result<(), Error> {
        self.delete(of(group, &format!("/members/{user}"))).await
    }
}
