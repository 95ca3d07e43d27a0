//! The audit log: who changed what takes a privilege, written in the batch of the change itself, and who was denied what
//! ([`denial`](self)), written after. It holds ids, never what somebody said, is called or is reached by.

mod denial;
mod oversight;

use parlance_base::{Author, AuthorKind, Caller, Credential, EntryId, Result, Time};
use parlance_store::{Collection, Field, Home, Stored};
use parlance_stream::View;
use serde::{Deserialize, Serialize};

pub use denial::Auditing;
pub(crate) use denial::{Denials, is_denial};
pub(crate) use oversight::Oversight;

/// Something that was done, or that somebody was not let do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditEntry {
    /// Ids are in the order of time. That of a change is also its entry's, where it is one of a stream.
    pub id: EntryId,
    /// What it was done by.
    pub actor_kind: AuthorKind,
    /// Who that is.
    pub actor_id: String,
    /// What they proved themselves with: `sign_in` or `key`; none for the system.
    pub credential_kind: Option<String>,
    /// Which one.
    pub credential_id: Option<String>,
    /// What was done, as `<noun>.<what happened>`; where it was denied, the row of the permission table, or else the code
    /// of the refusal.
    pub action: String,
    /// The id of what it was done to, where that is not the workspace.
    pub target: Option<String>,
    /// What it was, where its name does not say it all: a key's kind and scopes.
    pub detail: Option<String>,
    /// What came of it.
    pub outcome: Outcome,
    /// How often it was tried within a minute; the entry has the first try's time and target.
    pub count: i64,
    /// When.
    pub at: Time,
}

/// What came of something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It was done.
    Done,
    /// It was not allowed.
    Denied,
}

const COUNT: Field = Field::int("count");

/// The audit log of each workspace.
pub(crate) static AUDIT: Collection =
    Collection { name: "audit", home: Home::Workspace, indexes: &[], fields: &[COUNT] };

impl Stored for AuditEntry {
    const COLLECTION: &'static Collection = &AUDIT;
}

impl AuditEntry {
    /// That the caller did this to the target, for a batch that does it.
    #[must_use]
    pub fn done(id: EntryId, by: &Caller, action: &str, target: Option<String>, at: Time) -> Self {
        let (credential_kind, credential_id) = match by.credential {
            Credential::SignIn(id) => ("sign_in", id.to_string()),
            Credential::Key(key) => ("key", key.to_string()),
        };
        Self {
            credential_kind: Some(credential_kind.to_owned()),
            credential_id: Some(credential_id),
            ..Self::by(id, &by.user.into(), action, target, at)
        }
    }

    /// As [`done`](Self::done), where it is no user who does it.
    #[must_use]
    pub fn done_by_system(id: EntryId, action: &str, target: Option<String>, at: Time) -> Self {
        Self::by(id, &Author::system(), action, target, at)
    }

    fn by(id: EntryId, author: &Author, action: &str, target: Option<String>, at: Time) -> Self {
        Self {
            id,
            actor_kind: author.kind,
            actor_id: author.id.clone(),
            credential_kind: None,
            credential_id: None,
            action: action.to_owned(),
            target,
            detail: None,
            outcome: Outcome::Done,
            count: 1,
            at,
        }
    }
}

/// Writes down, with the change that the view's plan makes, that the caller makes it.
///
/// # Errors
/// As [`View::insert`].
pub fn record(view: &mut View<'_>, by: &Caller, action: &str, target: Option<String>) -> Result<()> {
    view.insert(&AuditEntry::done(view.entry_id(), by, action, target, view.now()))
}

/// As [`record`], where it is no user who makes it.
///
/// # Errors
/// As [`View::insert`].
pub fn record_system(view: &mut View<'_>, action: &str, target: Option<String>) -> Result<()> {
    view.insert(&AuditEntry::done_by_system(view.entry_id(), action, target, view.now()))
}
