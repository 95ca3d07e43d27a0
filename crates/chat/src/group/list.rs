//! The caller's groups.

use std::{cmp::Reverse, collections::HashMap};

use parlance_base::{Result, StreamId, UserId};
use parlance_edge::Listing;
use parlance_store::Find;
use parlance_stream::Head;
use serde::Serialize;
use utoipa::ToSchema;

use super::{DELETED, Group, details, group_of};
use crate::{
    chat::By,
    member::{self, Member, Rights},
};

/// How many groups a user may be a member of.
pub(crate) const MAX_GROUPS: usize = 5_000;

/// A group as one of its members has it in their list.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct MyGroup {
    /// The group.
    #[serde(flatten)]
    pub group: Group,
    /// The other one, where the group is direct.
    #[schema(value_type = Option<Object>)]
    pub with: Option<Other>,
    /// What the caller may in it.
    pub rights: Rights,
    /// How far the caller has read.
    pub read_seq: i64,
    /// How many messages came after that.
    pub unread: i64,
    /// The beginning of the last message.
    pub preview: Option<String>,
}

/// The other one of a direct group.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Other {
    /// Their id.
    #[schema(value_type = String)]
    pub user_id: UserId,
    /// What they are called.
    pub name: String,
}

impl By {
    /// The caller's groups, the one with the newest activity first, after the position that the page before ended at.
    ///
    /// # Errors
    /// `store.unavailable`.
    pub async fn groups(&self, after: Option<&str>, limit: usize) -> Result<Listing<MyGroup>> {
        let mut groups = self.all_groups().await?;
        groups.sort_by_cached_key(|group| Reverse(position(group)));
        if let Some(after) = after {
            groups.retain(|group| position(group).as_str() < after);
        }
        Ok(Listing::cut(groups, limit, position))
    }

    /// In three reads however many there are: memberships, heads, and the other ones of direct groups.
    async fn all_groups(&self) -> Result<Vec<MyGroup>> {
        let memberships = self.memberships().await?;
        let mut by_group: HashMap<StreamId, Member> =
            memberships.into_iter().map(|member| (member.group_id, member)).collect();
        let mut heads = self.streams().heads(self.workspace(), by_group.keys().copied()).await?;
        heads.retain(|head| head.state != DELETED);
        let others = self.others(&heads).await?;
        let groups = heads.iter().filter_map(|head| {
            let member = by_group.remove(&head.id)?;
            let group = group_of(head).ok()?;
            Some(MyGroup {
                with: others.get(&head.id).cloned(),
                rights: member.rights,
                read_seq: member.read_seq,
                unread: (head.ordinal - member.read_ordinal).max(0),
                preview: head.preview.clone(),
                group,
            })
        });
        Ok(groups.collect())
    }

    /// The caller's memberships that let them read.
    pub(crate) async fn memberships(&self) -> Result<Vec<Member>> {
        let mine = [member::USER_ID.is(self.user().to_string()), member::ACTIVE.is(true)];
        let mut memberships = self.scope().find::<Member>(Find::new(mine).limit(MAX_GROUPS)).await?;
        memberships.retain(|member| member.rights.can_read);
        Ok(memberships)
    }

    async fn others(&self, heads: &[Head]) -> Result<HashMap<StreamId, Other>> {
        let ids = heads.iter().filter_map(|head| {
            let other = details(head).between.into_iter().find(|user| *user != self.user())?;
            Some(Member::id_of(head.id, other))
        });
        let members = self.scope().get_many::<Member>(ids.collect::<Vec<_>>()).await?;
        let other = |member: Member| (member.group_id, Other { user_id: member.user_id, name: member.name });
        Ok(members.into_iter().map(other).collect())
    }
}

/// Where a group stands in the list: text that sorts as activity and then id do.
fn position(group: &MyGroup) -> String {
    format!("{}_{}", group.group.last_activity_at, group.group.id)
}
