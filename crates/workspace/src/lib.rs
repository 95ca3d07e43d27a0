//! Workspaces: tenants, their members with their roles, and the people behind them; and the permission table.
//!
//! Everything that changes in a workspace is an entry of the workspace's own stream, planned on the very documents that
//! it changes: a role is looked at where it is used. Groups and what happens in them are crate chat's; who somebody is,
//! is its host's, which writes the people it knows through [`People`].

mod alive;
pub mod audit;
mod change;
mod check;
mod departure;
mod directory;
mod event;
mod http;
mod member;
mod membership;
mod name;
mod people;
pub mod permission;
mod preview;
mod purge;
mod retry;
mod search;
mod seat;
mod settings;
mod tenure;
mod visible;
mod words;
mod workspace;
mod workspaces;

pub use audit::{AuditEntry, Auditing};
pub use change::{Ending, NewMember, WorkspaceChange};
pub use check::{all_workspaces, check, check_seats};
pub use departure::{Departed, Followers, Renamed};
pub use directory::{Listed, Name};
pub use event::{Event, revocations};
pub use http::router;
pub use member::{Member, State};
pub use name::{DisplayName, Handle, Slug};
pub use people::{People, Person, normalised};
pub use permission::{Action, GroupKind, GroupRights, Rights, Standing};
pub use preview::{Count, Preview};
pub use purge::KEEP_DELETED;
pub use retry::while_conflicting;
pub use seat::MAX_WORKSPACES;
pub use settings::{InactiveAfterDays, InactiveAfterDaysChange, Settings, SettingsChange};
pub use tenure::{Steward, Tenure};
pub use visible::visible;
pub use workspace::Workspace;
pub use workspaces::{Made, Workspaces, user_not_found};

/// Every collection of this crate.
pub static COLLECTIONS: [&parlance_store::Collection; 6] =
    [&workspace::WORKSPACES, &member::MEMBERS, &people::PEOPLE, &seat::SEAT, &words::WORDS, &audit::AUDIT];
