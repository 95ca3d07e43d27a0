//! A group as its readers see it.

use parlance_base::{Result, StreamId, UserId};
use parlance_stream::Head;
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    ARCHIVED, DefaultRights, GroupHistory, GroupKind, INACTIVE, Record, Visibility, details, newcomers,
    visibility,
};
use crate::chat::By;

/// A group, the same for everybody who may read it.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Group {
    /// Its id, which is its stream's too.
    #[schema(value_type = uuid::Uuid)]
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
    pub default_rights: DefaultRights,
    /// How much new members see of what was said before.
    pub history: GroupHistory,
    /// What it is about, where it is a record's group.
    #[serde(flatten)]
    pub record: Option<Record>,
    /// Whether it takes no more messages.
    pub archived: bool,
    /// Whether nothing was said in it for so long that it rests; the next message wakes it.
    pub inactive: bool,
    /// Up to which `seq` everything that was said is gone; 0 where it was never cleared.
    pub cleared_seq: i64,
    /// How many members it has.
    pub member_count: i64,
    /// Who made it.
    #[schema(value_type = Option<uuid::Uuid>)]
    pub created_by: Option<UserId>,
    /// When it was made.
    #[schema(format = DateTime)]
    pub created_at: String,
    /// The `seq` of its last entry.
    pub seq: i64,
    /// When somebody last posted, or it was made or restored.
    #[schema(format = DateTime)]
    pub last_activity_at: String,
}

impl By {
    /// The group.
    ///
    /// # Errors
    /// 404 `group.not_found` for what the caller may not read.
    pub async fn group(&self, id: StreamId) -> Result<Group> {
        let (head, _) = self.readable(id).await?;
        group_of(&head)
    }

    /// The group, for who has just changed it, or their part in it.
    pub(crate) async fn known_group(&self, id: StreamId) -> Result<Group> {
        let (head, _) = self.shown(id).await?;
        group_of(&head)
    }
}

/// The group of this head.
pub(crate) fn group_of(head: &Head) -> Result<Group> {
    let details = details(head);
    Ok(Group {
        id: head.id,
        kind: super::kind(head)?,
        name: head.name.clone(),
        description: details.description,
        visibility: visibility(head),
        default_rights: newcomers::rights(head)?.into(),
        history: details.history,
        record: details.record,
        archived: head.state == ARCHIVED,
        inactive: head.state == INACTIVE,
        cleared_seq: details.cleared.seq,
        member_count: details.members,
        created_by: details.created_by,
        created_at: details.created_at.to_rfc3339(),
        seq: head.seq,
        last_activity_at: head.last_activity_at.to_rfc3339(),
    })
}
