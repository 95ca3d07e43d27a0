//! A group's members.

use parlance_base::{Result, StreamId, UserId};
use parlance_edge::Listing;
use parlance_store::Find;
use serde::Serialize;
use utoipa::ToSchema;

use super::{ACTIVE, GROUP_ID, Member, Rights, USER_ID, not_found};
use crate::chat::By;

/// A member of a group, as the group's readers see them.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct MemberView {
    /// The user.
    #[schema(value_type = uuid::Uuid)]
    pub user_id: UserId,
    /// What they are called.
    pub name: String,
    /// What they may.
    pub rights: Rights,
}

impl From<Member> for MemberView {
    fn from(member: Member) -> Self {
        Self { user_id: member.user_id, name: member.name, rights: member.rights }
    }
}

impl By {
    /// The group's members in the order of their ids, after the one that the page before ended with.
    ///
    /// # Errors
    /// 404 `group.not_found`.
    pub async fn members(
        &self,
        group: StreamId,
        after: Option<UserId>,
        limit: usize,
    ) -> Result<Listing<MemberView>> {
        self.readable(group).await?;
        let of_group = [GROUP_ID.is(group.to_string()), ACTIVE.is(true)];
        let conds = of_group.into_iter().chain(after.map(|after| USER_ID.above(after.to_string())));
        let members = self.scope().find::<Member>(Find::new(conds).limit(limit + 1)).await?;
        let members = members.into_iter().map(MemberView::from).collect();
        Ok(Listing::cut(members, limit, |member| member.user_id.to_string()))
    }

    pub(super) async fn member(&self, group: StreamId, user: UserId) -> Result<MemberView> {
        let member = self.scope().get::<Member>(Member::id_of(group, user)).await?;
        member.filter(|member| member.active).map(MemberView::from).ok_or_else(not_found)
    }
}
