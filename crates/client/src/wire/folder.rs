//! Folders.

use parlance_base::FolderId;
use serde::{Deserialize, Serialize};

/// A folder of the caller's groups.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Folder {
    /// Its id.
    pub id: FolderId,
    /// What it is called.
    pub name: String,
    /// Folders are in the order of their positions, and then of their names.
    #[serde(default)]
    pub position: i64,
}

#[derive(Serialize)]
pub(crate) struct NewFolder<'a> {
    pub(crate) name: &'a str,
    pub(crate) position: i64,
}

/// What is to change of a folder; what is none stays.
#[derive(Clone, Debug, Default, Serialize)]
pub struct FolderChange {
    /// What it is called from now on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Where it stands among the others.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub position: Option<i64>,
}
