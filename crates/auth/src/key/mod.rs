//! API keys: what programs prove themselves with. A key belongs to one workspace and acts with the rights that its user has
//! there now. A master key may all that its user may and bring in embedded users and act as them; a scoped key may a part.
//!
//! A key that ended, however it did, is no document any more. One whose user left the workspace, or came back to it since, is
//! void, and so are a master key whose user does not run the workspace any more and the keys of embedded users that were made
//! with one that does not hold.

mod act_as;
mod check;
mod embedded;
mod end;
mod list;
mod login;
mod make;
mod secret;

use parlance_base::{Caller, Error, Grant, KeyId, Kind, Result, Scope, Scopes, Time, UserId};
use parlance_store::{Collection, Field, Home, Index, Stored};
use serde::{Deserialize, Serialize};

pub(crate) use act_as::ACT_AS;
pub(crate) use check::{KeyHolder, KeyStandings};
pub use embedded::EMBEDDED_USERS;
pub use login::{EmbeddedLogin, EmbeddedView};
pub use make::NewKey;

/// How a text begins that is a key and no access token.
pub(crate) const PREFIX: &str = "key_";

/// An API key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Key {
    /// Follows from the secret, so that the key is found by it.
    pub(crate) id: KeyId,
    pub(crate) kind: KeyKind,
    /// What people call it: no other key's of the workspace.
    pub(crate) name: String,
    /// Whose rights it acts with.
    pub(crate) user_id: UserId,
    /// The `seq` of that user's joining of the workspace: one who joins anew begins without keys.
    pub(crate) since: i64,
    /// The master key that it was made with, where it is an embedded user's: it is good as long as that one is.
    pub(crate) made_with: Option<KeyId>,
    /// What a scoped key is held to; a master key has none.
    pub(crate) scopes: Scopes,
    /// The SHA-256 of the key's text, in Base64.
    pub(crate) sha256: String,
    /// Where the key is kept: with those that people made, or with its embedded user.
    pub(crate) shelf: String,
    /// Its place there: there are as many places as there may be keys.
    pub(crate) place: i64,
    pub(crate) created_by: UserId,
    pub(crate) created_at: Time,
}

/// What a key is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyKind {
    /// An application's own: all that its maker may, and embedded users.
    Master,
    /// A part of what its user may.
    Scoped,
}

/// An API key, as those see it who run the workspace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyView {
    /// Its id.
    pub id: KeyId,
    /// What it is for.
    pub kind: KeyKind,
    /// What people call it.
    pub name: String,
    /// Whose rights it acts with.
    pub user_id: UserId,
    /// What it is held to; nothing where it is a master key.
    pub scopes: Scopes,
    /// Who made it.
    pub created_by: UserId,
    /// When.
    pub created_at: Time,
}

/// The shelf of the keys that people made.
const MADE: &str = "made";

const NAME: Field = Field::text("name");
const SHELF: Field = Field::text("shelf");
const PLACE: Field = Field::int("place");

/// The keys of a workspace that hold.
pub static KEYS: Collection = Collection {
    name: "keys",
    home: Home::Workspace,
    indexes: &[
        Index { name: "by_name", fields: &[SHELF, NAME], unique: true },
        Index { name: "by_place", fields: &[SHELF, PLACE], unique: true },
    ],
    fields: &[],
};

impl Stored for Key {
    const COLLECTION: &'static Collection = &KEYS;
}

impl Key {
    /// How far it reaches.
    fn grant(&self) -> Grant {
        match self.kind {
            KeyKind::Master => Grant::Master,
            KeyKind::Scoped => Grant::Scoped(self.scopes),
        }
    }

    /// The same, for the audit log: `master`, or `scoped: chat.read, admin`.
    fn reach(&self) -> String {
        let scopes: Vec<Scope> = self.scopes.into();
        let names: Vec<&str> = scopes.into_iter().map(Scope::name).collect();
        match self.kind {
            KeyKind::Master => "master".to_owned(),
            KeyKind::Scoped => format!("scoped: {}", names.join(", ")),
        }
    }
}

impl From<Key> for KeyView {
    fn from(key: Key) -> Self {
        let Key { id, kind, name, user_id, scopes, created_by, created_at, .. } = key;
        Self { id, kind, name, user_id, scopes, created_by, created_at }
    }
}

/// Nothing, where the caller comes with a master key, and as themselves.
///
/// # Errors
/// 403 `key.not_master`.
fn check_master(caller: &Caller) -> Result<()> {
    if caller.grant == Grant::Master { Ok(()) } else { Err(not_master()) }
}

/// 403 `key.not_master`: this takes one of the workspace's master keys.
pub(crate) fn not_master() -> Error {
    Error::new(Kind::Forbidden, "key.not_master", "this takes a master key of the workspace")
}
