//! What somebody has set for themselves in a workspace. It changes through their own stream, so that all of their devices hear of it.

mod dnd;

use parlance_base::UserId;
use parlance_store::{Collection, Field, Home, Stored};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub use dnd::SettingsChange;

/// What somebody has set for themselves; its id is theirs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Settings {
    id: UserId,
    #[serde(default)]
    pub(crate) dnd: bool,
}

/// What the caller has set for themselves in the workspace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct SettingsView {
    /// Whether they are not to be disturbed: others see so instead of whether they are there.
    pub dnd: bool,
}

/// The settings of a workspace's members.
pub(crate) static SETTINGS: Collection =
    Collection { name: "user_settings", home: Home::Workspace, indexes: &[], fields: &[Field::bool("dnd")] };

impl Stored for Settings {
    const COLLECTION: &'static Collection = &SETTINGS;
}
