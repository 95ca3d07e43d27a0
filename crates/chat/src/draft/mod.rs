//! Drafts: what somebody has begun to say in a group and not sent. They are for their author alone, on all of their devices, and change
//! through their author's own stream, which tells that there is one and not what it says.

mod change;
mod forget;

use parlance_base::{EntryId, Error, Kind, Result, StreamId, Time, UserId};
use parlance_store::{Collection, Field, Home, Index, Stored};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{chat::By, permission};

pub use change::NewDraft;

/// A draft, as it is stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Draft {
    id: Uuid,
    user_id: UserId,
    group_id: StreamId,
    content: String,
    reply_to: Option<EntryId>,
    thread_id: Option<EntryId>,
    updated_at: Time,
}

/// What the caller has begun to say in a group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct DraftView {
    /// The group.
    #[schema(value_type = uuid::Uuid)]
    pub group_id: StreamId,
    /// What it says so far.
    pub content: String,
    /// The message that it is to answer.
    #[schema(value_type = Option<uuid::Uuid>)]
    pub reply_to: Option<EntryId>,
    /// The message in whose thread it is to be.
    #[schema(value_type = Option<uuid::Uuid>)]
    pub thread_id: Option<EntryId>,
    /// When it was last changed.
    #[schema(format = DateTime)]
    pub updated_at: String,
}

const USER_ID: Field = Field::text("user_id");
const GROUP_ID: Field = Field::text("group_id");

/// The drafts of a workspace's members.
pub(crate) static DRAFTS: Collection = Collection {
    name: "drafts",
    home: Home::Workspace,
    indexes: &[Index { name: "by_user", fields: &[USER_ID, GROUP_ID], unique: true }],
    fields: &[
        Field::text("content"),
        Field::text("reply_to"),
        Field::text("thread_id"),
        Field::int("updated_at"),
    ],
};

impl Stored for Draft {
    const COLLECTION: &'static Collection = &DRAFTS;
}

impl Draft {
    fn id_of(group: StreamId, user: UserId) -> Uuid {
        StreamId::derived(&["draft", &group.to_string(), &user.to_string()]).uuid()
    }
}

impl From<Draft> for DraftView {
    fn from(Draft { group_id, content, reply_to, thread_id, updated_at, .. }: Draft) -> Self {
        Self { group_id, content, reply_to, thread_id, updated_at: updated_at.to_rfc3339() }
    }
}

impl By {
    /// What the caller has begun to say in the group.
    ///
    /// # Errors
    /// 404 `group.not_found`, also for a public group that the caller is no member of; 404 `draft.not_found` where there is none; 403
    /// `key.missing_scope`.
    pub async fn draft(&self, group: StreamId) -> Result<DraftView> {
        let (_, member) = self.known(group).await?;
        member.filter(|member| member.active).ok_or_else(crate::group::not_found)?;
        self.noted(Some(group), permission::check_own(&self.caller))?;
        self.own_draft(group).await
    }

    async fn own_draft(&self, group: StreamId) -> Result<DraftView> {
        let draft = self.scope().get::<Draft>(Draft::id_of(group, self.user())).await?;
        let none = || Error::new(Kind::NotFound, "draft.not_found", "there is no draft");
        draft.map(DraftView::from).ok_or_else(none)
    }
}
