//! API keys, and the users whom applications bring along.

use std::fmt;

use parlance_base::{KeyId, Scope, Time, UserId};
use serde::{Deserialize, Serialize};

use super::moment;

/// What a key is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum KeyKind {
    /// An application's own: all that its maker may, and embedded users.
    Master,
    /// A part of what its maker may.
    Scoped,
    /// One that this client does not know.
    #[serde(other, skip_serializing)]
    Other,
}

/// A key to make. A master key and one with the scope `admin` take the password of who makes them.
#[derive(Clone, Serialize)]
pub struct NewKey {
    kind: KeyKind,
    name: String,
    scopes: Vec<Scope>,
    #[serde(skip_serializing_if = "Option::is_none")]
    password: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<String>,
}

/// An API key.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Key {
    /// Its id.
    pub id: KeyId,
    /// What it is for.
    pub kind: KeyKind,
    /// What people call it.
    pub name: String,
    /// Whose rights it acts with.
    pub user_id: UserId,
    /// What it is held to, by name; empty for a master key.
    pub scopes: Vec<String>,
    /// Who made it.
    pub created_by: UserId,
    /// When.
    #[serde(deserialize_with = "moment::read")]
    pub created_at: Time,
}

/// A new API key. Its text is told this once, and is a secret.
#[derive(Clone, PartialEq, Eq, Deserialize)]
pub struct MadeKey {
    /// What [`Client::with_key`](crate::Client::with_key) takes.
    pub api_key: String,
    /// What everybody sees of it who runs the workspace.
    #[serde(flatten)]
    pub key: Key,
}

/// An embedded user.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct EmbeddedUser {
    /// Their id.
    pub id: UserId,
    /// How the application calls them.
    pub external_id: String,
    /// What they are called.
    pub display_name: String,
    /// What they are mentioned by.
    pub handle: String,
}

/// An embedded user with a new key, which is a secret.
#[derive(Clone, PartialEq, Eq, Deserialize)]
pub struct KeyLogin {
    /// What [`Client::with_key`](crate::Client::with_key) takes. The key that they had before is out.
    pub api_key: String,
    /// Who they are.
    pub user: EmbeddedUser,
}

#[derive(Serialize)]
pub(crate) struct LogIn<'a> {
    pub(crate) external_id: &'a str,
    pub(crate) display_name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) scopes: Option<&'a [Scope]>,
}

#[derive(Serialize)]
pub(crate) struct LogOut<'a> {
    pub(crate) external_id: &'a str,
}

impl NewKey {
    /// A master key under this name.
    pub fn master(name: impl Into<String>) -> Self {
        Self { kind: KeyKind::Master, name: name.into(), scopes: Vec::new(), password: None, code: None }
    }

    /// A key under this name that is held to these scopes.
    pub fn scoped(name: impl Into<String>, scopes: impl IntoIterator<Item = Scope>) -> Self {
        let scopes = scopes.into_iter().collect();
        Self { kind: KeyKind::Scoped, name: name.into(), scopes, password: None, code: None }
    }

    /// The same, with the password of who makes it.
    #[must_use]
    pub fn with_password(self, password: impl Into<String>) -> Self {
        Self { password: Some(password.into()), ..self }
    }

    /// The same, with a code of their second factor.
    #[must_use]
    pub fn with_code(self, code: impl Into<String>) -> Self {
        Self { code: Some(code.into()), ..self }
    }
}

impl fmt::Debug for NewKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, name, scopes, .. } = self;
        f.debug_struct("NewKey")
            .field("kind", kind)
            .field("name", name)
            .field("scopes", scopes)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for MadeKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MadeKey").field("key", &self.key).finish_non_exhaustive()
    }
}

impl fmt::Debug for KeyLogin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyLogin").field("user", &self.user).finish_non_exhaustive()
    }
}
