//! Groups.

use parlance_base::{FolderId, StreamId, Time, UserId};
use serde::{Deserialize, Serialize};

use super::{Page, Rights, moment};

/// The caller's groups, newest activity first.
pub type GroupsPage = Page<MyGroup>;

/// A group, the same for everybody who may read it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Group {
    /// Its id, which is its stream's too.
    pub id: StreamId,
    /// What it is for.
    pub kind: GroupKind,
    /// Its name; a direct group has none.
    pub name: Option<String>,
    /// What it is about.
    pub description: Option<String>,
    /// Who may find and read it.
    pub visibility: Visibility,
    /// What new members may do.
    #[serde(default)]
    pub default_rights: DefaultRights,
    /// How much new members see of what was said before.
    #[serde(default)]
    pub history: GroupHistory,
    /// Of a record's group: what kind of object it is about.
    pub record_type: Option<String>,
    /// Of a record's group: which object.
    pub record_id: Option<String>,
    /// Whether it takes no more messages.
    #[serde(default)]
    pub archived: bool,
    /// Whether nothing was said in it for long; the next message wakes it.
    #[serde(default)]
    pub inactive: bool,
    /// Up to which `seq` everything that was said is gone; 0 where it was never cleared.
    #[serde(default)]
    pub cleared_seq: u64,
    /// How many members it has.
    #[serde(default)]
    pub member_count: u64,
    /// Who made it.
    pub created_by: Option<UserId>,
    /// When it was made.
    #[serde(deserialize_with = "moment::read")]
    pub created_at: Time,
    /// The `seq` of its last entry.
    pub seq: u64,
    /// When somebody last posted, or it was made.
    #[serde(deserialize_with = "moment::read")]
    pub last_activity_at: Time,
}

/// What a group is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GroupKind {
    /// Two people.
    Direct,
    /// Some people.
    Group,
    /// A subject.
    Channel,
    /// An object of another application.
    Record,
    /// Somebody who needs help.
    Support,
    /// Something that this client does not know.
    #[serde(other)]
    Unknown,
}

impl GroupKind {
    /// Its word, as the server has it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Direct => "direct",
            Self::Group => "group",
            Self::Channel => "channel",
            Self::Record => "record",
            Self::Support => "support",
            Self::Unknown => "unknown",
        }
    }
}

/// Who may find and read a group.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Visibility {
    /// Its members.
    #[default]
    Private,
    /// Everybody in the workspace who is no guest.
    Public,
    /// Something that this client does not know.
    #[serde(other)]
    Unknown,
}

/// What new members of a group may do; what is none is as the group's kind has it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DefaultRights {
    /// Whether they may post.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub can_write: Option<bool>,
    /// Whether they may attach files.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub can_attach: Option<bool>,
    /// Whether they may invite.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub can_invite: Option<bool>,
    /// Whether they may pin.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub can_pin: Option<bool>,
    /// Whether they may delete what others posted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub can_delete_others: Option<bool>,
}

/// How much of a group its new members see.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GroupHistory {
    /// Everything that was said before.
    #[default]
    All,
    /// What is said after they have come; private groups only.
    SinceJoin,
    /// Something that this client does not know.
    #[serde(other)]
    Unknown,
}

/// A public group, as somebody of the workspace finds it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct ListedGroup {
    /// The group.
    #[serde(flatten)]
    pub group: Group,
    /// Whether the caller is a member of it.
    pub joined: bool,
}

/// Which groups of a workspace are asked for; what is none does not matter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DirectoryFilter {
    /// Those of this kind.
    pub kind: Option<GroupKind>,
    /// Those that take messages, or those that do not.
    pub active: Option<bool>,
}

/// A group as one of its members has it in their list.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct MyGroup {
    /// The group.
    #[serde(flatten)]
    pub group: Group,
    /// The other one, where the group is direct.
    pub with: Option<Other>,
    /// What the caller may in it.
    #[serde(default)]
    pub rights: Rights,
    /// Whether it comes before others in the caller's list.
    #[serde(default)]
    pub pinned: bool,
    /// Until when it is quiet for the caller; none where it is not.
    #[serde(default, deserialize_with = "moment::read_option")]
    pub muted_until: Option<Time>,
    /// In which of the caller's folders it is.
    pub folder_id: Option<FolderId>,
    /// How far the caller has read.
    #[serde(default)]
    pub read_seq: u64,
    /// How often they took back that they have read something.
    #[serde(default)]
    pub read_rev: u64,
    /// How many messages came after that.
    #[serde(default)]
    pub unread: u64,
    /// How many mentions of the caller, in threads excepted.
    #[serde(default)]
    pub mentions: u64,
    /// The beginning of the last message.
    pub preview: Option<String>,
}

/// How a member has a group for themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct Preferences {
    /// Whether it comes before others in their list.
    pub pinned: bool,
    /// Until when it is quiet for them; none where it is not.
    #[serde(default, deserialize_with = "moment::read_option")]
    pub muted_until: Option<Time>,
    /// In which of their folders it is.
    pub folder_id: Option<FolderId>,
}

/// What a member wants to have otherwise for themselves; what is none stays.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct PreferencesChange {
    /// Whether the group comes before others in their list.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pinned: Option<bool>,
    /// Until when it is quiet for them; `Some(None)` for no longer.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "moment::write_given")]
    pub muted_until: Option<Option<Time>>,
    /// In which of their folders it is to be; `Some(None)` for none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub folder_id: Option<Option<FolderId>>,
}

/// The other one of a direct group.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Other {
    /// Their id.
    pub user_id: UserId,
    /// What they are called.
    pub name: String,
}
