//! Embedded users: people of an application whom it brings along. They are members of one workspace, without an account of
//! the installation: what is stored here is how the application calls them and which key is theirs.

use parlance_base::{Error, KeyId, Kind, Result, Time, UserId, WorkspaceId};
use parlance_store::{Collection, Field, Home, Stored};
use serde::{Deserialize, Serialize};

/// The longest name that an application can have for a user, in characters.
const MAX_EXTERNAL_ID: usize = 128;

/// An embedded user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct EmbeddedUser {
    /// Follows from the workspace and the external id, so that there is one.
    pub(crate) id: UserId,
    /// How the application calls them.
    pub(crate) external_id: String,
    /// The key that is theirs; none where they are logged out.
    pub(crate) key_id: Option<KeyId>,
    /// Counts the changes of the key.
    pub(crate) rotation: i64,
    pub(crate) created_at: Time,
}

pub(super) const KEY_ID: Field = Field::text("key_id");
pub(super) const ROTATION: Field = Field::int("rotation");

/// The embedded users of a workspace.
pub static EMBEDDED_USERS: Collection =
    Collection { name: "embedded_users", home: Home::Workspace, indexes: &[], fields: &[KEY_ID, ROTATION] };

impl Stored for EmbeddedUser {
    const COLLECTION: &'static Collection = &EMBEDDED_USERS;
}

/// The user whom the workspace's applications call so.
pub(super) fn id_of(workspace: WorkspaceId, external_id: &str) -> UserId {
    UserId::derived(&["embedded", &workspace.to_string(), external_id])
}

/// Nothing, where an application may call a user so.
///
/// # Errors
/// 422 `user.invalid_external_id`.
pub(super) fn check_external_id(text: &str) -> Result<()> {
    let is_plain = text.trim() == text && !text.chars().any(char::is_control);
    if is_plain && (1..=MAX_EXTERNAL_ID).contains(&text.chars().count()) {
        return Ok(());
    }
    let message =
        format!("an external_id has 1–{MAX_EXTERNAL_ID} characters on one line, no space around them");
    Err(Error::new(Kind::Invalid, "user.invalid_external_id", message))
}
