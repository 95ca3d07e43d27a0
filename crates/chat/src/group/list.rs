//! The caller's groups.

use std::{cmp::Reverse, collections::HashMap, fmt, str::FromStr};

use parlance_base::{Result, StreamId, Time, UserId};
use parlance_edge::Listing;
use parlance_store::Find;
use parlance_stream::Head;
use serde::Serialize;
use utoipa::ToSchema;

use super::{DELETED, Group, Visibility, details, group_of, visibility};
use crate::{
    chat::By,
    member::{self, Member, Preferences, Rights},
    permission,
    read_state::Pointer,
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
    /// How the caller has it for themselves.
    #[serde(flatten)]
    pub preferences: Preferences,
    /// How far the caller has read.
    pub read_seq: i64,
    /// How often they took back that they have read something.
    pub read_rev: i64,
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

/// Where a group stands in the list: before others where it is pinned, then by its last activity, then by its id.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    pinned: bool,
    /// RFC 3339, in the one form that sorts as time does.
    activity: String,
    id: StreamId,
}

/// The text is no place in the list.
#[derive(Debug)]
pub struct ParsePlaceError;

impl By {
    /// The caller's groups, pinned ones first, the one with the newest activity before the others, after the position that the
    /// page before ended at.
    ///
    /// # Errors
    /// 403 `key.missing_scope`; `store.unavailable`.
    pub async fn groups(&self, after: Option<Place>, limit: usize) -> Result<Listing<MyGroup>> {
        self.noted(None, permission::check_own(&self.caller))?;
        let mut groups = self.all_groups().await?;
        groups.sort_by_cached_key(|group| Reverse(Place::of(group)));
        if let Some(after) = after {
            groups.retain(|group| Place::of(group) < after);
        }
        Ok(Listing::cut(groups, limit, |group| Place::of(group).to_string()))
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
            let read = Pointer::of(head, &member);
            Some(MyGroup {
                with: others.get(&head.id).cloned(),
                rights: member.rights,
                read_seq: read.seq,
                read_rev: member.read_rev.unwrap_or(0),
                unread: read.unread(head),
                preview: head.preview.clone().filter(|_| shows_last(head, &member)),
                preferences: member.into(),
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

/// Whether the group's last message is one that the member may read.
fn shows_last(head: &Head, member: &Member) -> bool {
    visibility(head) == Visibility::Public || head.ordinal > member.hidden_ordinal
}

impl Place {
    fn of(group: &MyGroup) -> Self {
        let Group { id, last_activity_at, .. } = &group.group;
        Self { pinned: group.preferences.pinned, activity: last_activity_at.clone(), id: *id }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}_{}_{}", u8::from(self.pinned), self.activity, self.id)
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
        let moment = Time::parse_rfc3339(activity).map_err(|_| ParsePlaceError)?;
        Ok(Self { pinned, activity: moment.to_rfc3339(), id: id.parse().map_err(|_| ParsePlaceError)? })
    }
}
