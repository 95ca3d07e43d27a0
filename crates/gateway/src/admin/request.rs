//! What can be asked, and what is answered.

use std::path::PathBuf;

use parlance_auth::State;
use parlance_base::{Error, JobId, UserId, WorkspaceId};
use parlance_license::Outcome;
use serde::{Deserialize, Serialize};

use super::Step;

/// Something for the administrator.
#[derive(Clone, Serialize, Deserialize)]
#[serde(tag = "ask", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Request {
    /// Makes a user, who gets a password by a link.
    CreateUser { email: String, full_name: String, is_admin: bool },
    /// A page of the users.
    ListUsers { after: Option<UserId>, limit: u16 },
    /// A link by which the user gives themselves a new password.
    ResetLink { email: String },
    /// A link by which the user shows that mail to their address reaches them.
    VerifyLink { email: String },
    /// Has the user run the installation, or no longer.
    SetAdmin { email: String, is_admin: bool },
    /// Ends all that the user can do.
    DeactivateUser { email: String },
    /// Lets a deactivated user log in again.
    ReactivateUser { email: String },
    /// Takes the second factor away that the user has lost.
    ResetSecondFactor { email: String },
    /// Installs a license.
    InstallLicense { key: String },
    /// A page of the workspaces.
    ListWorkspaces { after: Option<WorkspaceId>, limit: u16 },
    /// A page of the jobs that were given up.
    ListDeadJobs { after: Option<JobId>, limit: u16 },
    /// Has a job that was given up run again.
    ReplayJob { id: JobId },
    /// Makes a backup in this folder, which is not there yet.
    BackUp { folder: PathBuf },
    /// Writes all documents to this file, which is not there yet; and changes nothing from then on, where it is to freeze.
    Export { file: PathBuf, freeze: bool },
    /// Has the server log something else.
    ChangeLog { filter: String },
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Answer {
    /// It is done.
    Done,
    /// The user.
    User(UserLine),
    /// Users, and after whom there are more.
    Users { items: Vec<UserLine>, next: Option<UserId> },
    /// Workspaces, and after which there are more.
    Workspaces { items: Vec<WorkspaceLine>, next: Option<WorkspaceId> },
    /// Jobs that were given up, and after which there are more.
    DeadJobs { items: Vec<DeadJobLine>, next: Option<JobId> },
    /// The backup, and whether the secret is in it.
    BackedUp { bytes: u64, has_secret: bool },
    /// The export, and whether nothing is changed any more.
    Exported { documents: u64, frozen: bool },
    /// None yet: how far it is.
    Working(Step),
    /// A link to hand to the user, and until when it is good.
    Link { url: String, expires_at: String },
    /// The license that is in force, and the one in whose place it came.
    License { lid: String, plan: String, valid_until: String, outcome: Outcome, replaced: Option<String> },
}

/// A user, as the administrator sees them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct UserLine {
    pub(crate) id: UserId,
    /// None where they were erased.
    pub(crate) email: Option<String>,
    pub(crate) full_name: String,
    pub(crate) state: State,
    pub(crate) is_installation_admin: bool,
    pub(crate) created_at: String,
    /// When they last asked for a link to a new password, if they have not used one since.
    pub(crate) reset_asked_at: Option<String>,
}

/// A workspace, as the administrator sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct WorkspaceLine {
    pub(crate) id: WorkspaceId,
    pub(crate) slug: String,
    pub(crate) name: String,
    pub(crate) created_at: String,
    /// Its data is removed a while after.
    pub(crate) deleted_at: Option<String>,
}

/// A job that was given up: what it was to do stays in the store.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct DeadJobLine {
    pub(crate) id: JobId,
    pub(crate) workspace_id: WorkspaceId,
    pub(crate) kind: String,
    pub(crate) attempts: u32,
    pub(crate) died_at: String,
    pub(crate) last_error: String,
}

/// Why it was not done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Refusal {
    pub(crate) code: String,
    pub(crate) message: String,
}

impl Request {
    /// What is asked, for the log: never of whom, or with what.
    pub(super) const fn name(&self) -> &'static str {
        match self {
            Self::CreateUser { .. } => "create_user",
            Self::ListUsers { .. } => "list_users",
            Self::ResetLink { .. } => "reset_link",
            Self::VerifyLink { .. } => "verify_link",
            Self::SetAdmin { .. } => "set_admin",
            Self::DeactivateUser { .. } => "deactivate_user",
            Self::ReactivateUser { .. } => "reactivate_user",
            Self::ResetSecondFactor { .. } => "reset_second_factor",
            Self::InstallLicense { .. } => "install_license",
            Self::ListWorkspaces { .. } => "list_workspaces",
            Self::ListDeadJobs { .. } => "list_dead_jobs",
            Self::ReplayJob { .. } => "replay_job",
            Self::BackUp { .. } => "back_up",
            Self::Export { .. } => "export",
            Self::ChangeLog { .. } => "change_log",
        }
    }

    /// Whether it may take minutes, and a server that is told to stop does not wait for it.
    pub(super) const fn is_long(&self) -> bool {
        matches!(self, Self::BackUp { .. } | Self::Export { .. })
    }

    /// Whether only a server can do it, and not whoever else has the store.
    pub(super) const fn is_for_a_server(&self) -> bool {
        matches!(self, Self::ChangeLog { .. })
    }
}

impl Refusal {
    pub(super) fn shutting_down() -> Self {
        let message = "the server is shutting down: try again without it";
        Self { code: "server.shutting_down".to_owned(), message: message.to_owned() }
    }

    pub(super) fn unreadable() -> Self {
        let message = "the server does not know this request: it may be of another release than this program";
        Self { code: "request.malformed".to_owned(), message: message.to_owned() }
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self { code: error.code().to_owned(), message: error.message().to_owned() }
    }
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({})", self.message, self.code)
    }
}
