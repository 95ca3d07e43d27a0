//! The caller's groups.

use std::{cmp::Reverse, collections::HashMap, fmt, str::FromStr};

use parlance_base::{Result, StreamId, Time, UserId};
use parlance_edge::Listing;
use parlance_stream::Head;
use serde::Serialize;
use utoipa::ToSchema;

use super::{Group, Visibility, details, group_of, visibility};
use crate::{
    chat::By,
    member::{self, Member, Preferences, Rights},
    permission,
    read_state::Pointer,
};

/// A group as one of its members has it in their list.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct MyGroup {
    /// The group.
    #[serde(flatten)]
    pub group: Group,
    /// The other one, where the group is direct.
    pub with: Option<Other>,
    /// What the caller may in it.
    pub rights: Rights,
    /// How the caller has it for themselves.
    #[serde(flatten)]
    pub preferences: Preferences,
    /// How far the caller has read.
    pub read_seq: i64,
    /// How often they took back that they have read something.
    pub read_rev: i64,
    /// How many messages came after that.
    pub unread: i64,
    /// How many mentions of the caller, in threads excepted; those of everybody count as one more, however many there are.
    pub mentions: i64,
    /// The beginning of the last message.
    pub preview: Option<String>,
}

/// The other one of a direct group.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Other {
    /// Their id.
    #[schema(value_type = uuid::Uuid)]
    pub user_id: UserId,
    /// What they are called.
    pub name: String,
}

/// Where a group stands in the list: before others where it is pinned, then by its last activity, then by its id.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    pinned: bool,
    activity: Time,
    id: StreamId,
}

/// The text is no place in the list.
#[derive(Debug)]
pub struct ParsePlaceError;

impl By {
    /// The caller's groups, pinned ones first, the one with the newest activity before the others, after the position that the
    /// page before ended at. In three reads however many there are: memberships, heads, and the other ones of direct groups.
    ///
    /// # Errors
    /// 403 `key.missing_scope`; `store.unavailable`.
    pub async fn groups(&self, after: Option<Place>, limit: usize) -> Result<Listing<MyGroup>> {
        self.noted(None, permission::check_own(&self.caller))?;
        let mut mine = self.own_heads().await?;
        mine.sort_by_cached_key(|(head, member)| Reverse(Place::of(head, member)));
        if let Some(after) = after {
            mine.retain(|(head, member)| Place::of(head, member) < after);
        }
        let page = Listing::cut(mine, limit, |(head, member)| Place::of(head, member).to_string());
        let mut others = self.others(page.items.iter().map(|(head, _)| head)).await?;
        let groups = page.items.iter().map(|(head, member)| my_group(head, member, others.remove(&head.id)));
        Ok(Listing { items: groups.collect::<Result<_>>()?, next: page.next })
    }

    /// The groups that the caller reads as a member.
    pub(crate) async fn own_heads(&self) -> Result<Vec<(Head, Member)>> {
        let memberships = self.memberships().await?;
        let mut by_group: HashMap<StreamId, Member> =
            memberships.into_iter().map(|member| (member.group_id, member)).collect();
        let heads = self.streams().heads(self.workspace(), by_group.keys().copied()).await?;
        let there = heads.into_iter().filter(super::exists);
        Ok(there.filter_map(|head| by_group.remove(&head.id).map(|member| (head, member))).collect())
    }

    /// The caller's memberships that let them read.
    pub(crate) async fn memberships(&self) -> Result<Vec<Member>> {
        let mut memberships = member::memberships(&self.scope(), self.user()).await?;
        memberships.retain(|member| member.rights.can_read);
        Ok(memberships)
    }

    /// The other one of each direct group among these.
    async fn others(&self, heads: impl Iterator<Item = &Head>) -> Result<HashMap<StreamId, Other>> {
        let ids = heads.filter_map(|head| {
            let other = details(head).between.into_iter().find(|user| *user != self.user())?;
            Some(Member::id_of(head.id, other))
        });
        let members = self.scope().get_many::<Member>(ids.collect::<Vec<_>>()).await?;
        let other = |member: Member| (member.group_id, Other { user_id: member.user_id, name: member.name });
        Ok(members.into_iter().map(other).collect())
    }
}

/// The group of this head, as this member has it.
fn my_group(head: &Head, member: &Member, with: Option<Other>) -> Result<MyGroup> {
    let read = Pointer::of(head, member);
    Ok(MyGroup {
        group: group_of(head)?,
        with,
        rights: member.rights,
        read_seq: read.seq,
        read_rev: member.read_rev.unwrap_or(0),
        unread: read.unread(head),
        mentions: read.mentions(head, member),
        preview: head.preview.clone().filter(|_| shows_last(head, member)),
        preferences: member.into(),
    })
}

/// Whether the group's last message is one that the member may read.
fn shows_last(head: &Head, member: &Member) -> bool {
    visibility(head) == Visibility::Public || head.ordinal > member.hidden_ordinal
}

impl Place {
    fn of(head: &Head, member: &Member) -> Self {
        Self { pinned: member.pinned, activity: head.last_activity_at, id: head.id }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}_{}_{}", u8::from(self.pinned), self.activity.to_rfc3339(), self.id)
    }
}

impl FromStr for Place {
    type Err = ParsePlaceError;

    fn from_str(text: &str) -> Result<Self, ParsePlaceError> {
        let mut parts = text.splitn(3, '_');
        let (Some(pinned), Some(activity), Some(id)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(ParsePlaceError);
        };
        let pinned = match pinned {
            "0" => false,
            "1" => true,
            _ => return Err(ParsePlaceError),
        };
        let activity = Time::parse_rfc3339(activity).map_err(|_| ParsePlaceError)?;
        Ok(Self { pinned, activity, id: id.parse().map_err(|_| ParsePlaceError)? })
    }
}
