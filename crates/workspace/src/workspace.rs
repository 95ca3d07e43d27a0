//! Workspaces: the installation's list of them, each with the slug that is its own.
//!
//! The head of a workspace's stream is what its plans decide on; the document here follows it in the same batches, so
//! that a workspace is found by its slug and many are read at once.

use parlance_base::{StreamId, Time, UserId, WorkspaceId};
use parlance_store::{Collection, Field, Home, Index, Stored};
use parlance_stream::Head;
use serde::{Deserialize, Serialize};

use crate::settings::Settings;

/// A workspace, as the installation lists it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Workspace {
    /// Its id, and its stream's.
    pub id: WorkspaceId,
    /// What it is called in addresses; no other workspace's.
    pub slug: String,
    /// What people call it.
    pub name: String,
    /// Who made it.
    pub created_by: UserId,
    /// When.
    pub created_at: Time,
    /// When it was deleted; its slug is no slug since.
    pub deleted_at: Option<Time>,
    /// How it is set.
    #[serde(default)]
    pub settings: Settings,
}

pub(crate) const SLUG: Field = Field::text("slug");
pub(crate) const NAME: Field = Field::text("name");
pub(crate) const SETTINGS: Field = Field::any("settings");
pub(crate) const DELETED_AT: Field = Field::int("deleted_at");

/// The state of the head of a workspace that was deleted.
pub(crate) const DELETED: &str = "deleted";

pub(crate) static WORKSPACES: Collection = Collection {
    name: "workspaces",
    home: Home::Riding,
    indexes: &[Index { name: "by_slug", fields: &[SLUG], unique: true }],
    fields: &[NAME, SETTINGS, DELETED_AT],
};

impl Stored for Workspace {
    const COLLECTION: &'static Collection = &WORKSPACES;
}

/// What plans must know of the workspace beyond its name; kept in its head.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Details {
    pub(crate) slug: String,
    /// How many members are owners: never none.
    pub(crate) owners: i64,
    pub(crate) settings: Settings,
}

impl Details {
    pub(crate) fn of(head: &Head) -> Self {
        Self::deserialize(&head.details).unwrap_or_default()
    }

    pub(crate) fn into_head(self, head: &mut Head) {
        head.details = serde_json::json!(self);
    }
}

/// Whether this is the head of a workspace that was deleted.
pub(crate) fn is_deleted(head: &Head) -> bool {
    head.state == DELETED
}

/// The workspace's stream.
#[must_use]
pub(crate) fn stream(workspace: WorkspaceId) -> StreamId {
    workspace.uuid().into()
}
