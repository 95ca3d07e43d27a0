//! What is said on the wire about workspaces and members.

use parlance_base::{Error, Kind, Result, Role, UserId};
use parlance_edge::PageQuery;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{
    change::{NewMember, WorkspaceChange},
    directory::Listed,
    name::{DisplayName, Handle, Slug},
    settings::{Settings, SettingsChange},
    workspace::Workspace,
};

/// The longest text to search for, in characters.
const MAX_SEARCH: usize = 200;

/// A workspace, as its member sees it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Workspace)]
pub(super) struct WorkspaceView {
    #[schema(format = Uuid)]
    id: String,
    /// What it is called in addresses.
    slug: String,
    /// What people call it.
    name: String,
    /// What the caller is in it: `guest`, `member`, `admin` or `owner`.
    #[schema(value_type = String)]
    role: Role,
    #[schema(format = DateTime)]
    created_at: String,
    settings: Settings,
}

/// A member of a workspace.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Member)]
pub(super) struct MemberView {
    #[schema(format = Uuid)]
    pub(super) user_id: String,
    /// `guest`, `member`, `admin` or `owner`.
    #[schema(value_type = String)]
    role: Role,
    /// What they are mentioned by.
    handle: String,
    /// What they are called here.
    display_name: String,
    /// Null where the person is known no more.
    email: Option<String>,
    #[schema(format = DateTime)]
    joined_at: String,
}

/// A workspace to make.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CreateWorkspace {
    /// 1–80 characters.
    pub(super) name: String,
    /// `[a-z0-9-]{2,40}`.
    pub(super) slug: String,
}

/// What to change of a workspace; what is not given stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct UpdateWorkspace {
    /// 1–80 characters.
    name: Option<String>,
    /// `[a-z0-9-]{2,40}`.
    slug: Option<String>,
    settings: Option<SettingsChange>,
}

/// Whom the workspace is handed over to.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct TransferWorkspace {
    /// Another member.
    #[schema(value_type = String, format = Uuid)]
    pub(super) user_id: UserId,
}

/// What the caller is to be called in the workspace; what is not given stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RenameMember {
    /// 1–80 characters.
    display_name: Option<String>,
    /// `[a-z0-9._-]{2,32}`.
    handle: Option<String>,
}

/// Which members are looked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct UsersQuery {
    /// The beginnings of words of their display name, handle or the local part of their address, without regard to case
    /// and accents; all members where there is none.
    search: Option<String>,
    /// How many items, 1–100 (50).
    limit: Option<usize>,
    /// `next` of the page before; none for the first page.
    after: Option<String>,
}

/// A person of the installation to make a member: named by e-mail address or by user, not by both.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct AddMember {
    email: Option<String>,
    #[schema(value_type = Option<String>, format = Uuid)]
    user_id: Option<UserId>,
    /// `guest`, `member` (the default), `admin` or `owner`; not above one's own.
    #[schema(value_type = Option<String>)]
    role: Option<Role>,
    /// `[a-z0-9._-]{2,32}`; else one near what the person would like.
    handle: Option<String>,
    /// 1–80 characters; else the person's full name.
    display_name: Option<String>,
}

/// What to change of a member.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct UpdateMember {
    /// `guest`, `member`, `admin` or `owner`; not above one's own.
    #[schema(value_type = String)]
    pub(super) role: Role,
}

/// How a person is named.
pub(super) enum Whom {
    Email(String),
    User(UserId),
}

impl WorkspaceView {
    pub(super) fn of(workspace: Workspace, role: Role) -> Self {
        let Workspace { id, slug, name, created_at, settings, .. } = workspace;
        Self { id: id.to_string(), slug, name, role, created_at: created_at.to_rfc3339(), settings }
    }
}

impl From<Listed> for MemberView {
    fn from(Listed { member, email }: Listed) -> Self {
        let (user_id, joined_at) = (member.id.to_string(), member.joined_at.to_rfc3339());
        Self {
            user_id,
            role: member.role,
            handle: member.handle,
            display_name: member.display_name,
            email,
            joined_at,
        }
    }
}

impl UpdateWorkspace {
    pub(super) fn parse(&self) -> Result<WorkspaceChange> {
        let name = self.name.as_deref().map(DisplayName::parse).transpose()?;
        let slug = self.slug.as_deref().map(Slug::parse).transpose()?;
        Ok(WorkspaceChange { name, slug, settings: self.settings.unwrap_or_default() })
    }
}

impl RenameMember {
    pub(super) fn parse(&self) -> Result<(Option<DisplayName>, Option<Handle>)> {
        let name = self.display_name.as_deref().map(DisplayName::parse).transpose()?;
        Ok((name, self.handle.as_deref().map(Handle::parse).transpose()?))
    }
}

impl UsersQuery {
    /// What is searched for, if anything, and the page.
    pub(super) fn parse(self) -> Result<(Option<String>, PageQuery)> {
        let search = self.search.filter(|search| !search.trim().is_empty());
        if search.as_ref().is_some_and(|search| search.chars().count() > MAX_SEARCH) {
            let message = format!("a search has at most {MAX_SEARCH} characters");
            return Err(Error::new(Kind::Invalid, "search.too_long", message));
        }
        Ok((search, PageQuery { limit: self.limit, after: self.after }))
    }
}

impl AddMember {
    pub(super) fn parse(self) -> Result<(Whom, NewMember)> {
        let whom = match (self.email, self.user_id) {
            (Some(email), None) => Whom::Email(email),
            (None, Some(user)) => Whom::User(user),
            _ => {
                return Err(Error::new(
                    Kind::Invalid,
                    "member.unnamed",
                    "name the person by email or by user_id",
                ));
            }
        };
        let handle = self.handle.as_deref().map(Handle::parse).transpose()?;
        let display_name = self.display_name.as_deref().map(DisplayName::parse).transpose()?;
        Ok((whom, NewMember { role: self.role.unwrap_or(Role::Member), handle, display_name }))
    }
}
