//! Users and their sign-ins.

use std::fmt;

use parlance_base::{SignInId, Time, UserId};
use serde::{Deserialize, Serialize};

use super::moment;

/// A user, as they see themselves.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct User {
    /// Their id.
    pub id: UserId,
    /// Their address, in lower case; none where an application brought them along.
    pub email: Option<String>,
    /// The name others see.
    pub full_name: String,
    /// How they want to be mentioned.
    pub handle: Option<String>,
    /// Whether it was shown that the address is theirs.
    #[serde(default)]
    pub email_verified: bool,
    /// Whether they run the installation.
    #[serde(default)]
    pub is_installation_admin: bool,
    /// Whether they want to be left alone.
    #[serde(default)]
    pub dnd: bool,
    /// Which picture they have: another one has another name.
    #[serde(default)]
    pub avatar: Option<String>,
    /// When they registered.
    #[serde(deserialize_with = "moment::read")]
    pub created_at: Time,
}

/// Somebody who wants to be a user.
#[derive(Clone, Serialize)]
pub struct NewUser {
    /// Their address.
    pub email: String,
    /// At least 12 characters, at most 256 bytes, not the address.
    pub password: String,
    /// The name others see, 1–80 characters.
    pub full_name: String,
    /// How they want to be mentioned: 2–32 of `a-z`, `0-9`, `.`, `_` and `-`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub handle: Option<String>,
}

/// What a user changes of themselves; what is none stays.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Profile {
    /// The name others see.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub full_name: Option<String>,
    /// How they want to be mentioned; `Some(None)` leaves it to the workspaces.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub handle: Option<Option<String>>,
    /// Whether they want to be left alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dnd: Option<bool>,
}

/// What a sign-in proves itself with. Written down, it is a secret.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tokens {
    /// For the header `Authorization: Bearer …`.
    pub access_token: String,
    /// How long the access token is good for from its making, in seconds.
    pub expires_in: u64,
    /// What gets the next tokens; good once.
    pub refresh_token: String,
}

/// A new sign-in.
#[derive(Clone, Debug, Deserialize)]
pub struct SignedIn {
    /// Its tokens, which the client keeps too.
    #[serde(flatten)]
    pub tokens: Tokens,
    /// Whose it is.
    pub user: User,
}

/// One of one's sign-ins: a device.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct SignIn {
    /// Its id.
    pub id: SignInId,
    /// When one logged in.
    #[serde(deserialize_with = "moment::read")]
    pub created_at: Time,
    /// When it was used last, to the hour.
    #[serde(deserialize_with = "moment::read")]
    pub last_used_at: Time,
    /// What the device said it is.
    pub device: Option<String>,
    /// Whether it is the one that asks.
    pub current: bool,
}

/// What opens one socket. Written down, it is a secret for as long.
#[derive(Clone, Deserialize)]
pub struct Ticket {
    /// What the query of the socket's address says.
    pub ticket: String,
    /// How long it is good for from its making, in seconds.
    pub expires_in: u64,
}

#[derive(Serialize)]
pub(crate) struct Login<'a> {
    pub(crate) email: &'a str,
    pub(crate) password: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) code: Option<&'a str>,
}

#[derive(Serialize)]
pub(crate) struct Refresh<'a> {
    pub(crate) refresh_token: &'a str,
}

#[derive(Serialize)]
pub(crate) struct PasswordChange<'a> {
    pub(crate) current: &'a str,
    pub(crate) new: &'a str,
}

#[derive(Serialize)]
pub(crate) struct Forgot<'a> {
    pub(crate) email: &'a str,
}

#[derive(Serialize)]
pub(crate) struct Reset<'a> {
    pub(crate) token: &'a str,
    pub(crate) new: &'a str,
}

#[derive(Serialize)]
pub(crate) struct Verify<'a> {
    pub(crate) token: &'a str,
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tokens").field("expires_in", &self.expires_in).finish_non_exhaustive()
    }
}

impl fmt::Debug for Ticket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ticket").field("expires_in", &self.expires_in).finish_non_exhaustive()
    }
}

impl fmt::Debug for NewUser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewUser").field("full_name", &self.full_name).finish_non_exhaustive()
    }
}
