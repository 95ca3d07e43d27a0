//! Groups: conversations with members and a log. A group is its stream: its id is the stream's, its document the head.

mod archive;
mod clear;
mod create;
mod delete;
mod directory;
pub(crate) mod lifecycle;
mod list;
pub(crate) mod newcomers;
mod record;
mod transfer;
mod update;
mod view;

use parlance_base::{Result, Role, UserId};
use parlance_stream::Head;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{member::Member, permission, realtime::Access};

pub use parlance_workspace::GroupKind;
pub(crate) use parlance_workspace::permission::group_not_found as not_found;

pub(crate) use clear::{CLEARED, Cleared, Clearing};
pub use create::NewGroup;
pub(crate) use delete::{ENDED, Ending};
pub use directory::{DirectoryFilter, ListedGroup};
pub use list::{MyGroup, Other, ParsePlaceError, Place};
pub use newcomers::{DefaultRights, GroupHistory};
pub use record::{NewRecordGroup, Record};
pub use update::GroupChange;
pub use view::Group;
pub(crate) use view::group_of;

/// Who may find and read a group.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Visibility {
    /// Its members.
    #[default]
    Private,
    /// Everybody in the workspace who is no guest.
    Public,
}

pub(crate) const ACTIVE: &str = "active";
/// Nothing was said in it for long; the next message makes it active.
pub(crate) const INACTIVE: &str = "inactive";
pub(crate) const ARCHIVED: &str = "archived";
pub(crate) const DELETED: &str = "deleted";

/// What the domain keeps in the head beside what heads have anyway.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Details {
    pub(crate) description: Option<String>,
    pub(crate) created_by: Option<UserId>,
    pub(crate) created_at: parlance_base::Time,
    /// How many members it has.
    pub(crate) members: i64,
    /// How many of them own it.
    pub(crate) owners: i64,
    /// How many of its messages are pinned.
    pub(crate) pins: i64,
    /// The two people of a direct group.
    pub(crate) between: Vec<UserId>,
    /// What a record's group is about.
    pub(crate) record: Option<Record>,
    /// What new members may, and how much they see.
    pub(crate) default_rights: DefaultRights,
    pub(crate) history: GroupHistory,
    /// Up to where everything that was said is gone.
    pub(crate) cleared: Cleared,
}

impl Visibility {
    /// The word that the head stores.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Private => "private",
            Self::Public => "public",
        }
    }
}

/// What the stream of this head is a group for.
///
/// # Errors
/// 404 `group.not_found` for a stream that is no group's.
pub(crate) fn kind(head: &Head) -> Result<GroupKind> {
    GroupKind::ALL.into_iter().find(|kind| kind.as_str() == head.kind).ok_or_else(not_found)
}

/// Who may find the group of this head.
pub(crate) fn visibility(head: &Head) -> Visibility {
    if head.visibility == Visibility::Public.as_str() { Visibility::Public } else { Visibility::Private }
}

/// Whether this is the head of a group that was not deleted.
pub(crate) fn exists(head: &Head) -> bool {
    kind(head).is_ok() && head.state != DELETED
}

/// By what right a user reads the group; none where it does not exist for them.
pub(crate) fn access(head: &Head, member: Option<&Member>, role: Role) -> Option<Access> {
    let is_member = member.is_some_and(|member| member.active && member.rights.can_read);
    let access = if is_member { Access::Member } else { Access::Watcher };
    permission::reads(head, member, role).then_some(access)
}

/// The first `seq` of the group that a reader may read.
pub(crate) fn visible_from(head: &Head, member: Option<&Member>) -> i64 {
    let of_member = match visibility(head) {
        Visibility::Public => 1,
        Visibility::Private => member.map_or(1, |member| member.visible_from),
    };
    of_member.max(details(head).cleared.seq + 1)
}

/// How many members a group has at most of which everybody is told who comes and goes, who types and who
/// has read what.
pub(crate) const SMALL: usize = 200;

/// Whether the group has too many members for everybody to be told of each.
pub(crate) fn is_large(head: &Head) -> bool {
    usize::try_from(details(head).members).is_ok_and(|members| members > SMALL)
}

pub(crate) fn details(head: &Head) -> Details {
    Details::deserialize(&head.details).unwrap_or_default()
}

/// Counts members that come (or go, where negative).
pub(crate) fn count_members(head: &mut Head, come: i64) {
    let mut details = details(head);
    details.members += come;
    head.details = serde_json::json!(details);
}

/// Counts messages that are pinned (or not any more, where negative).
pub(crate) fn count_pins(head: &mut Head, come: i64) {
    let mut details = details(head);
    details.pins += come;
    head.details = serde_json::json!(details);
}

/// Counts owners that come (or go, where negative), and answers how many there are then.
pub(crate) fn count_owners(head: &mut Head, come: i64) -> i64 {
    let mut details = details(head);
    details.owners += come;
    head.details = serde_json::json!(details);
    details.owners
}
