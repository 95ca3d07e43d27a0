//! Groups about an object of another application: each object has one at most, which whoever asks first makes.

use parlance_base::{Error, Kind, Result, StreamId, UserId, WorkspaceId};
use parlance_stream::Head;
use parlance_workspace::visible;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{DELETED, DefaultRights, Group, GroupHistory, GroupKind, NewGroup, Visibility};
use crate::chat::{By, invalid};

const MAX_TYPE: usize = 64;
const MAX_ID: usize = 128;
const MAX_NAME: usize = 80;

/// How many groups a record may have one after the other: each but the last was deleted.
const MAX_GROUPS: usize = 100;

/// An object of another application.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Record {
    /// What kind of object it is there, 1–64 characters.
    #[serde(rename = "record_type")]
    pub kind: String,
    /// Which one it is, 1–128 characters.
    #[serde(rename = "record_id")]
    pub id: String,
}

/// The group of a record, where it is to be made; one that there is stays as it is.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRecordGroup {
    /// Its name, 1–80 characters; without, it is called by the record's type and id.
    pub name: Option<String>,
    /// What it is about, up to 1,000 characters.
    pub description: Option<String>,
    /// Who may find and read it.
    #[serde(default)]
    pub visibility: Visibility,
    /// What those may who become members, where it is not what the kind gives them.
    #[serde(default)]
    pub default_rights: DefaultRights,
    /// How much new members see of what was said before.
    #[serde(default)]
    pub history: GroupHistory,
    /// Its first members beside who makes it, up to 100.
    #[serde(default)]
    #[schema(value_type = Vec<uuid::Uuid>)]
    pub member_ids: Vec<UserId>,
}

impl By {
    /// The group of the record; false where it was there already.
    ///
    /// # Errors
    /// 403 where the caller may not make such a group; 404 `group.not_found` where there is one that the caller may not read; 409
    /// `record.too_many_groups` where too many were deleted; 422 for what no record or group can be; 429 `rate.limited`.
    pub async fn record_group(&self, record: Record, new: NewRecordGroup) -> Result<(Group, bool)> {
        let NewRecordGroup { name, description, visibility, default_rights, history, member_ids } = new;
        let kind = GroupKind::Record;
        let Record { kind: record_type, id: record_id } = record;
        let (record_type, record_id) = (Some(record_type), Some(record_id));
        self.create_group(NewGroup {
            client_id: None,
            kind,
            name,
            description,
            visibility,
            default_rights,
            history,
            member_ids,
            record_type,
            record_id,
        })
        .await
    }

    /// The id of the group that the record has, or would have.
    pub(super) async fn group_of_record(&self, record: &Record) -> Result<StreamId> {
        for generation in 0..MAX_GROUPS {
            let id = record.group(self.workspace(), generation);
            let head = self.scope().get::<Head>(id).await?;
            if head.is_none_or(|head| head.state != DELETED) {
                return Ok(id);
            }
        }
        Err(Error::new(
            Kind::Conflict,
            "record.too_many_groups",
            "too many groups of the record were deleted",
        ))
    }
}

impl Record {
    /// The record that a new group names, if it is to be about one.
    ///
    /// # Errors
    /// 422 `group.record`.
    pub(super) fn of(new: &NewGroup) -> Result<Option<Self>> {
        let wrong = |message: &str| Err(invalid("group.record", message));
        match (new.kind, &new.record_type, &new.record_id) {
            (GroupKind::Record, Some(kind), Some(id)) if new.client_id.is_none() => {
                let record = Self { kind: kind.clone(), id: id.clone() };
                record.check()?;
                Ok(Some(record))
            }
            (GroupKind::Record, ..) => {
                wrong("a record's group has record_type and record_id, and no client_id")
            }
            (_, None, None) => Ok(None),
            _ => wrong("only a record's group has record_type and record_id"),
        }
    }

    /// What its group is called where nobody said.
    pub(super) fn name(&self) -> String {
        format!("{} {}", self.kind, self.id).chars().take(MAX_NAME).collect::<String>().trim_end().to_owned()
    }

    fn check(&self) -> Result<()> {
        for (what, text, most) in [("record_type", &self.kind, MAX_TYPE), ("record_id", &self.id, MAX_ID)] {
            if text.trim().is_empty() || text.chars().count() > most || visible(text) != *text {
                let message = format!("{what} has 1–{most} characters that can be seen, and not only spaces");
                return Err(invalid("group.record", message));
            }
        }
        Ok(())
    }

    fn group(&self, workspace: WorkspaceId, generation: usize) -> StreamId {
        let (workspace, generation) = (workspace.to_string(), generation.to_string());
        StreamId::derived(&["record", &workspace, &self.kind, &self.id, &generation])
    }
}
