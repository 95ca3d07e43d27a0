//! Members of groups: who they are, what they may, how far they have read.

mod add;
mod depart;
mod inherit;
mod list;
mod mine;
mod prefer;
mod remove;
mod rename;
mod update;

use parlance_base::{Error, FolderId, Kind, Result, StreamId, Time, UserId};
use parlance_store::{Collection, Field, Home, Index, Stored};
use parlance_stream::View;
use parlance_workspace::{Steward, Tenure};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{group::newcomers, message::Mentioned};

pub(crate) use add::begin;
pub(crate) use depart::{DEPARTED, Departures};
pub use list::MemberView;
pub(crate) use mine::memberships;
pub use parlance_workspace::Rights;
pub use prefer::{Preferences, PreferencesChange};
pub(crate) use rename::{RENAMED, Renames};
pub use update::RightsChange;

/// A user's membership in a group. It belongs to the group's stream, but for how far the member has read and how they
/// have the group for themselves.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Member {
    /// Always the same for one group and user, so that a membership is found, and doubled, by its id.
    pub id: Uuid,
    /// The group.
    pub group_id: StreamId,
    /// The user.
    pub user_id: UserId,
    /// What the member is called.
    pub name: String,
    /// By which membership of the workspace they are one: it ends with that one.
    pub tenure: Tenure,
    /// Whether they are one still: a membership that ended stays, to tell late news of it from true ones.
    pub active: bool,
    /// What the member may.
    #[serde(flatten)]
    pub rights: Rights,
    /// The `seq` of the entry that last changed the membership: what is told of it later than that is not true.
    pub changed_seq: i64,
    /// The first `seq` that the member may read.
    pub visible_from: i64,
    /// The ordinal of the last message before that.
    #[serde(default)]
    pub hidden_ordinal: i64,
    /// How far the member has said that they read; where they sent something since, they have read up to there.
    pub read_seq: i64,
    /// The ordinal of the last message up to there.
    pub read_ordinal: i64,
    /// How often the member took back that they have read something; none where they never did.
    #[serde(default)]
    pub read_rev: Option<i64>,
    /// How far the group had come when they did so last: what they had sent until then counts as read no more.
    #[serde(default)]
    pub marked_seq: i64,
    /// The last message that they sent before others pushed them out of the head, as far as that happened.
    #[serde(default)]
    pub sent_seq: i64,
    /// Its ordinal.
    #[serde(default)]
    pub sent_ordinal: i64,
    /// How often they were mentioned among the group's messages.
    #[serde(default, skip_serializing_if = "Mentioned::is_none")]
    pub(crate) mentioned: Mentioned,
    /// Which of these mentions was the last one that the member has said they read.
    #[serde(default)]
    pub read_mentions: i64,
    /// Which was the last one before the last message that they sent.
    #[serde(default)]
    pub sent_mentions: i64,
    /// Whether the group comes first in the member's list; this and what follows is for the member alone.
    #[serde(default)]
    pub pinned: bool,
    /// Until when the group is quiet for the member.
    #[serde(default)]
    pub muted_until: Option<Time>,
    /// In which of the member's folders the group is.
    #[serde(default)]
    pub folder_id: Option<FolderId>,
}

pub(crate) const GROUP_ID: Field = Field::text("group_id");
pub(crate) const USER_ID: Field = Field::text("user_id");
pub(crate) const ACTIVE: Field = Field::bool("active");
pub(crate) const CHANGED_SEQ: Field = Field::int("changed_seq");
pub(crate) const READ_SEQ: Field = Field::int("read_seq");
pub(crate) const READ_ORDINAL: Field = Field::int("read_ordinal");
pub(crate) const READ_REV: Field = Field::int("read_rev");
pub(crate) const MARKED_SEQ: Field = Field::int("marked_seq");
pub(crate) const SENT_SEQ: Field = Field::int("sent_seq");
pub(crate) const SENT_ORDINAL: Field = Field::int("sent_ordinal");
pub(crate) const READ_MENTIONS: Field = Field::int("read_mentions");
pub(crate) const SENT_MENTIONS: Field = Field::int("sent_mentions");
const PINNED: Field = Field::bool("pinned");
const MUTED_UNTIL: Field = Field::int("muted_until");
pub(crate) const FOLDER_ID: Field = Field::text("folder_id");

/// The memberships of a workspace.
pub(crate) static MEMBERS: Collection = Collection {
    name: "group_members",
    home: Home::Workspace,
    indexes: &[
        Index { name: "by_group", fields: &[GROUP_ID, ACTIVE, USER_ID], unique: false },
        Index { name: "by_user", fields: &[USER_ID, ACTIVE, GROUP_ID], unique: false },
    ],
    fields: &[
        READ_SEQ,
        READ_ORDINAL,
        READ_REV,
        MARKED_SEQ,
        SENT_SEQ,
        SENT_ORDINAL,
        READ_MENTIONS,
        SENT_MENTIONS,
        Field::any("mentioned"),
        PINNED,
        MUTED_UNTIL,
        FOLDER_ID,
        Field::text("name"),
        CHANGED_SEQ,
        Field::int("visible_from"),
        Field::int("hidden_ordinal"),
        Field::int("tenure"),
        Field::bool("is_owner"),
        Field::bool("is_admin"),
        Field::bool("can_read"),
        Field::bool("can_write"),
        Field::bool("can_attach"),
        Field::bool("can_invite"),
        Field::bool("can_pin"),
        Field::bool("can_delete_others"),
    ],
};

impl Stored for Member {
    const COLLECTION: &'static Collection = &MEMBERS;
}

impl Member {
    /// The id of the user's membership in the group.
    #[must_use]
    pub fn id_of(group: StreamId, user: UserId) -> Uuid {
        StreamId::derived(&["member", &group.to_string(), &user.to_string()]).uuid()
    }

    /// A membership that begins with the entry that the view's plan appends: what came before counts as read.
    ///
    /// # Errors
    /// 409 `member.too_many_groups`; `stream.unread`, a fault of ours, where the plan did not name it in its reads.
    pub(crate) fn beginning(
        view: &View<'_>,
        group: StreamId,
        person: Person,
        rights: Rights,
    ) -> Result<Self> {
        if !person.has_room {
            return Err(mine::too_many_groups(&person));
        }
        // Mentions are counted on where somebody comes again, and those from before count as read.
        let before = view.get::<Self>(Self::id_of(group, person.user))?;
        let mut mentioned = before.map(|before| before.mentioned).unwrap_or_default();
        mentioned.pass();
        let seq = view.next_seq();
        let ordinal = view.head().map_or(0, |head| head.ordinal);
        let visible_from = view.head().map_or(1, |head| newcomers::visible_from(head, seq));
        Ok(Self {
            id: Self::id_of(group, person.user),
            group_id: group,
            user_id: person.user,
            name: person.name,
            tenure: person.tenure,
            active: true,
            rights,
            changed_seq: seq,
            visible_from,
            hidden_ordinal: if visible_from > 1 { ordinal } else { 0 },
            read_seq: seq,
            read_ordinal: ordinal,
            read_rev: None,
            marked_seq: 0,
            sent_seq: 0,
            sent_ordinal: 0,
            read_mentions: mentioned.count(),
            sent_mentions: 0,
            mentioned,
            pinned: false,
            muted_until: None,
            folder_id: None,
        })
    }

    /// Whether it begins with the entry that changed it last.
    fn begins(&self) -> bool {
        self.read_seq == self.changed_seq
    }

    /// The same membership, resting on another one of the workspace from the view's entry on.
    fn again(self, view: &View<'_>, tenure: Tenure) -> Self {
        Self { tenure, changed_seq: view.next_seq(), ..self }
    }
}

/// A user and what they are called in the workspace.
#[derive(Clone, Debug)]
pub(crate) struct Person {
    pub(crate) user: UserId,
    pub(crate) name: String,
    pub(crate) tenure: Tenure,
    /// Whether they may be in one group more.
    pub(crate) has_room: bool,
}

impl From<Steward> for Person {
    fn from(steward: Steward) -> Self {
        let Steward { user, display_name: name, tenure, .. } = steward;
        Self { user, name, tenure, has_room: true }
    }
}

pub(crate) fn not_found() -> Error {
    Error::new(Kind::NotFound, "member.not_found", "there is no such member")
}
