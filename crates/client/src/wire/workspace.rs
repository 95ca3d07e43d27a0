//! Workspaces and their members.

use parlance_base::{Time, UserId, WorkspaceId};
use serde::{Deserialize, Serialize};

use super::moment;

/// A workspace, as its member sees it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Workspace {
    /// Its id.
    pub id: WorkspaceId,
    /// What it is called in addresses.
    pub slug: String,
    /// What people call it.
    pub name: String,
    /// What the caller is in it.
    pub role: Role,
    /// When it was made.
    #[serde(deserialize_with = "moment::read")]
    pub created_at: Time,
}

/// What a member of a workspace is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Only in the groups they were put in.
    Guest,
    /// An ordinary member.
    Member,
    /// Runs it.
    Admin,
    /// Owns it.
    Owner,
    /// Something that this client does not know.
    #[serde(other)]
    Unknown,
}

/// A member of a workspace.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Member {
    /// The user.
    pub user_id: UserId,
    /// What they are in the workspace.
    pub role: Role,
    /// What they are mentioned by.
    pub handle: String,
    /// What they are called here.
    pub display_name: String,
    /// Their address; none where the person is known no more.
    pub email: Option<String>,
    /// When they became a member.
    #[serde(deserialize_with = "moment::read")]
    pub joined_at: Time,
}

/// A person of the installation to make a member.
#[derive(Clone, Debug, Serialize)]
pub struct AddMember {
    /// Who.
    #[serde(flatten)]
    pub whom: Whom,
    /// What they are to be; a member where none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
    /// What they are to be mentioned by; one near what they would like where none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub handle: Option<String>,
    /// What they are to be called; their full name where none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
}

/// How a person is named.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Whom {
    /// By their address.
    Email(String),
    /// By their id.
    UserId(UserId),
}

#[derive(Serialize)]
pub(crate) struct WorkspaceNew<'a> {
    pub(crate) name: &'a str,
    pub(crate) slug: &'a str,
}

#[derive(Serialize)]
pub(crate) struct WorkspaceChange<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) slug: Option<&'a str>,
}

#[derive(Serialize)]
pub(crate) struct RoleChange {
    pub(crate) role: Role,
}

#[derive(Serialize)]
pub(crate) struct Transfer {
    pub(crate) user_id: UserId,
}

#[derive(Serialize)]
pub(crate) struct MemberNames<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) display_name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) handle: Option<&'a str>,
}

impl AddMember {
    /// The person, as an ordinary member, called what they are called elsewhere.
    #[must_use]
    pub const fn new(whom: Whom) -> Self {
        Self { whom, role: None, handle: None, display_name: None }
    }
}
