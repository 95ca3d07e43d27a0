//! How a member has a group for themselves: nobody else is concerned, and their own devices are told.

use parlance_base::{Author, FolderId, Result, StreamId, Time, UserId};
use parlance_store::Change;
use parlance_stream::{Plan, Read, Step, Submission, View};
use serde::{Deserialize, Deserializer, Serialize, de::Error as _};
use serde_json::json;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    ACTIVE, FOLDER_ID, MARKED_SEQ, MUTED_UNTIL, Member, PINNED, READ_MENTIONS, READ_ORDINAL, READ_REV,
    READ_SEQ,
};
use crate::{
    chat::By,
    event,
    folder::{self, Folder},
    group, own,
};

/// How a member has a group for themselves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Preferences {
    /// Whether it comes first in their list.
    pub pinned: bool,
    /// Until when it is quiet for them; none where it is not.
    #[schema(format = DateTime)]
    pub muted_until: Option<String>,
    /// In which of their folders it is.
    #[schema(value_type = Option<uuid::Uuid>)]
    pub folder_id: Option<FolderId>,
}

/// What a member wants to have otherwise; what is left out stays.
#[derive(Clone, Copy, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PreferencesChange {
    /// Whether the group comes first in their list.
    pub pinned: Option<bool>,
    /// Until when it is quiet for them, in RFC 3339; null for no longer.
    #[serde(default, deserialize_with = "moment")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub muted_until: Option<Option<Time>>,
    /// In which of their folders it is to be; null for none.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<uuid::Uuid>)]
    pub folder_id: Option<Option<FolderId>>,
}

/// Null is something that is given.
fn given<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<FolderId>>, D::Error> {
    Option::<FolderId>::deserialize(deserializer).map(Some)
}

/// Null is something that is given.
fn moment<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<Time>>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?;
    let time = text.map(|text| Time::parse_rfc3339(&text)).transpose();
    time.map(Some).map_err(|_| D::Error::custom("no moment in RFC 3339"))
}

impl By {
    /// Has the group otherwise for the caller, and tells their devices.
    ///
    /// # Errors
    /// 404 `group.not_found`, also for a public group that the caller is no member of; 429 `rate.limited`.
    pub async fn prefer(&self, group: StreamId, change: PreferencesChange) -> Result<Preferences> {
        self.chat.shared.pace.change_group(self.user())?;
        let (_, member) = self.own_part(group).await?;
        let plan = Prefer { user: self.user(), group, member: member.id, change };
        if !change.leaves(&member) {
            let told = Submission::new(Author::from(self.user()), plan);
            let told = self.streams().submit(self.workspace(), own::stream(self.user()), told).await;
            told.map_err(|error| if error.code() == "store.conflict" { group::not_found() } else { error })?;
        }
        self.own_part(group).await.map(|(_, member)| Preferences::from(&member))
    }
}

impl From<&Member> for Preferences {
    fn from(&Member { pinned, muted_until, folder_id, .. }: &Member) -> Self {
        Self { pinned, muted_until: muted_until.map(Time::to_rfc3339), folder_id }
    }
}

impl PreferencesChange {
    /// Whether the membership is like this already.
    fn leaves(self, member: &Member) -> bool {
        self.pinned.is_none_or(|pinned| pinned == member.pinned)
            && self.muted_until.is_none_or(|until| until == member.muted_until)
            && self.folder_id.is_none_or(|folder| folder == member.folder_id)
    }
}

/// Whoever begins a membership begins it without what they wanted in an earlier one, and without how far they had read there.
pub(super) fn forget(view: &mut View<'_>, member: &Member) {
    let wanted = [PINNED.set(false), MUTED_UNTIL.unset(), FOLDER_ID.unset()];
    let read = [
        READ_SEQ.set(member.read_seq),
        READ_ORDINAL.set(member.read_ordinal),
        READ_MENTIONS.set(member.read_mentions),
        READ_REV.unset(),
        MARKED_SEQ.set(0),
    ];
    view.update::<Member>(member.id, wanted.into_iter().chain(read));
}

struct Prefer {
    user: UserId,
    group: StreamId,
    member: Uuid,
    change: PreferencesChange,
}

/// What changed, and no more: devices that change different things agree.
#[derive(Serialize)]
struct Told {
    group_id: StreamId,
    #[serde(skip_serializing_if = "Option::is_none")]
    pinned: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    muted_until: Option<Option<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    folder_id: Option<Option<FolderId>>,
}

impl Plan for Prefer {
    fn reads(&self) -> Vec<Read> {
        self.change.folder_id.flatten().map(Read::of::<Folder>).into_iter().collect()
    }

    fn plan(&mut self, view: &mut View<'_>) -> Result<Step> {
        let PreferencesChange { pinned, muted_until, folder_id } = self.change;
        if let Some(folder) = folder_id.flatten() {
            let own = view.get::<Folder>(folder)?.filter(|folder| folder.user_id == self.user);
            own.ok_or_else(folder::not_found)?;
        }
        let muted = muted_until.map(|until| match until {
            Some(until) => MUTED_UNTIL.set(until.millis()),
            None => MUTED_UNTIL.unset(),
        });
        let put = folder_id.map(|folder| match folder {
            Some(folder) => FOLDER_ID.set(folder.to_string()),
            None => FOLDER_ID.unset(),
        });
        let pinned_now = pinned.map(|pinned| PINNED.set(pinned));
        let changes: Vec<Change> = pinned_now.into_iter().chain(muted).chain(put).collect();
        // Only while they are a member.
        view.update_if::<Member>(self.member, [ACTIVE.is(true)], changes);
        let muted_until = muted_until.map(|until| until.map(Time::to_rfc3339));
        let data = json!(Told { group_id: self.group, pinned, muted_until, folder_id });
        Ok(own::tell(view, self.user, event::SETTINGS_UPDATED, data))
    }
}
