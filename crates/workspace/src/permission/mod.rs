//! The permission table: who may do what, in one place, pure. Every door asks here, and every refusal is made here.
//!
//! What a caller may not even know of is not found; what they may know of and not do is forbidden, with the code of its
//! row.

mod action;
mod rights;
mod standing;

use std::fmt;

use parlance_base::{Error, Grant, Kind, Result, Role, Scope};

pub use action::Action;
pub use rights::{GroupKind, GroupRights, Rights};
pub use standing::Standing;

/// Whether somebody who stands so may do this, by what they proved themselves with.
#[must_use]
pub fn allows(action: Action, standing: &Standing) -> bool {
    may(action, standing) && standing.grant.reaches(scope(action, standing))
}

/// Whether somebody who stands so may do this, whatever they proved themselves with.
fn may(action: Action, standing: &Standing) -> bool {
    if let Some(role) = action.role() {
        return standing.is_at_least(role);
    }
    let rights = standing.rights();
    let owns_workspace = standing.group.is_some() && standing.is_at_least(Role::Owner);
    match action {
        Action::GroupReadAny => {
            let is_overseen = standing.group.is_some_and(|group| group.is_overseen);
            is_overseen && (standing.is_at_least(Role::Admin) || standing.grant == Grant::Master)
        }
        Action::GroupDelete | Action::GroupTransfer => {
            (standing.reads() && rights.is_owner) || owns_workspace
        }
        _ if !standing.reads() => false,
        Action::GroupPost => rights.can_write && !standing.in_archived(),
        Action::GroupReact => rights.can_read && !standing.in_archived(),
        Action::GroupAttach => rights.can_attach,
        Action::GroupInvite => rights.can_invite,
        Action::GroupPin => rights.can_pin,
        Action::GroupDeleteOthers => rights.can_delete_others,
        Action::GroupManage => rights.is_admin || rights.is_owner,
        Action::MessageEdit => standing.is_author,
        Action::MessageDelete => standing.is_author || rights.can_delete_others,
        Action::ThreadClose if standing.in_archived() => false,
        Action::ThreadClose => standing.is_author || rights.is_admin || rights.is_owner,
        _ => true,
    }
}

/// Nothing, where somebody who stands so may do this.
///
/// # Errors
/// The refusal of the action's row: 404 where they may not know of what it is about, else 403; then, for an API key, 403
/// `key.missing_scope`.
pub fn check(action: Action, standing: &Standing) -> Result<()> {
    if may(action, standing) {
        reached(scope(action, standing), standing.grant).map_err(|missing| missing.because(Denied(action)))
    } else {
        Err(refusal(action, standing).because(Denied(action)))
    }
}

/// Nothing, where a proof that reaches so far is enough for this, if its user may: for what every user may do with what is
/// their own, as with the list of their groups.
///
/// # Errors
/// 403 `key.missing_scope`, which names the scope.
pub fn check_scope(action: Action, grant: Grant) -> Result<()> {
    reached(action.scope(), grant).map_err(|missing| missing.because(Denied(action)))
}

/// The scope that a key needs for it: deleting what others posted is running the group.
fn scope(action: Action, standing: &Standing) -> Scope {
    match action {
        Action::MessageDelete if !standing.is_author => Action::GroupDeleteOthers.scope(),
        _ => action.scope(),
    }
}

fn reached(scope: Scope, grant: Grant) -> Result<()> {
    if grant.reaches(scope) {
        return Ok(());
    }
    let message = format!("the API key does not have the scope {}", scope.name());
    Err(Error::new(Kind::Forbidden, "key.missing_scope", message))
}

/// Beneath every refusal by the table, so that whoever answers it knows it from what does not exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Denied(pub Action);

impl fmt::Display for Denied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} is denied", self.0)
    }
}

impl std::error::Error for Denied {}

/// Nothing, where an `own` role may make somebody who is `was` into `becomes`: nobody reaches above their own.
///
/// # Errors
/// 403 `workspace.insufficient_role`.
pub fn check_reach(own: Role, was: Option<Role>, becomes: Option<Role>) -> Result<()> {
    if was.max(becomes) <= Some(own) { Ok(()) } else { Err(insufficient_role()) }
}

/// 404 `workspace.not_found`: there is no such workspace, or none that the caller may know of.
#[must_use]
pub fn workspace_not_found() -> Error {
    Error::new(Kind::NotFound, "workspace.not_found", "there is no such workspace")
}

/// 404 `group.not_found`: there is no such group, or none that the caller may know of.
#[must_use]
pub fn group_not_found() -> Error {
    Error::new(Kind::NotFound, "group.not_found", "there is no such group")
}

fn refusal(action: Action, standing: &Standing) -> Error {
    let forbidden = |code, message| Error::new(Kind::Forbidden, code, message);
    match action {
        _ if standing.role.is_none() => workspace_not_found(),
        _ if action.role().is_some() => insufficient_role(),
        _ if !standing.reads() || action == Action::GroupReadAny => group_not_found(),
        Action::GroupPost | Action::GroupReact | Action::ThreadClose if standing.in_archived() => {
            forbidden("group.archived", "the group is archived")
        }
        Action::GroupPost => forbidden("group.read_only", "you may not post here"),
        Action::GroupManage => forbidden("group.not_admin", "only the group's admins may do this"),
        Action::GroupDelete | Action::GroupTransfer => {
            forbidden("group.not_owner", "only the group's owner or an owner of the workspace may do this")
        }
        Action::MessageEdit | Action::MessageDelete | Action::ThreadClose => {
            forbidden("message.not_author", "the message is not yours")
        }
        _ => forbidden("group.missing_right", "you do not have the right to do this here"),
    }
}

fn insufficient_role() -> Error {
    Error::new(
        Kind::Forbidden,
        "workspace.insufficient_role",
        "your role in the workspace does not allow this",
    )
}
