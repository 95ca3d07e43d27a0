//! Installing a key: checked, stored for all nodes, and told to the log.

use std::fmt;

use parlance_base::{Error, Result, Time, UserId};
use parlance_store::{Batch, CommitError, Cond};
use serde::{Deserialize, Serialize};
use tracing::info;
use utoipa::ToSchema;

use crate::{
    gate::Gate,
    installation::{INSTALLS, Installation, KEY, NEWEST_ISSUED_AT, ONLY, SEEN_AT},
    key::Key,
    moment,
};

/// How often it is tried again after somebody else installed a key, or after an unknown outcome.
const TRIES: usize = 8;

/// Who installs a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Installer {
    /// An admin of the installation.
    Admin(UserId),
    /// Whoever can run the program over the store.
    CommandLine,
}

/// What came of installing a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = LicenseOutcome)]
pub enum Outcome {
    /// It counts from now on, on all nodes.
    Installed,
    /// It counts from now on, though another that had been installed was issued later.
    InstalledOlder,
    /// It was the one that counts already.
    Unchanged,
}

/// A key that counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Installed {
    /// The key.
    pub key: Key,
    /// What came of installing it.
    pub outcome: Outcome,
    /// The id of the license in whose place it came; none where there was none, or no other.
    pub replaced: Option<String>,
}

impl Gate {
    /// Installs the key that the text is. The last key that was installed counts: at once on this node, within five
    /// seconds on all others. Installing the same one again changes nothing.
    ///
    /// # Errors
    /// 422 with a code for each reason why it is no key that can be installed ([`KeyError`](crate::KeyError));
    /// `store.unavailable` while the store is out of reach.
    pub async fn install(&self, text: &str, by: Installer) -> Result<Installed> {
        let text = text.trim_ascii();
        let key = Key::verify(text, &self.shared.trust)?;
        let mut tried = None;
        for _ in 0..TRIES {
            self.refresh().await?;
            let view = self.view();
            if view.stored.key.as_deref() == Some(text) {
                // After an unknown outcome, it is there by this very call.
                let Some(installed) = tried else {
                    return Ok(Installed { key, outcome: Outcome::Unchanged, replaced: None });
                };
                told(&installed, by);
                return Ok(installed);
            }
            let (next, installed) =
                next(&view.stored, view.known.key.as_ref(), text, key.clone(), self.now())?;
            match self.shared.system.commit(change(&view.stored, &next)).await {
                Ok(()) => {
                    self.shared.publish(next);
                    told(&installed, by);
                    return Ok(installed);
                }
                Err(CommitError::Unknown) => tried = Some(installed),
                Err(CommitError::Conflict(_)) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(Error::unavailable("license.contested", "the license changes too fast to be changed"))
    }
}

/// The document with the key in it, if the key can be installed now.
///
/// A key that was issued later than all before it proves how late it is, and that it was issued to somebody who wants it to
/// count: if the installation remembers a later moment than its clock says, that was a wrong clock's, and is forgotten.
fn next(
    stored: &Installation,
    before: Option<&Key>,
    text: &str,
    key: Key,
    now: Time,
) -> Result<(Installation, Installed)> {
    let is_newest = stored.newest_issued_at.is_none_or(|newest| key.issued_at > newest);
    let seen = if is_newest && now < stored.seen_at { now.max(key.issued_at) } else { stored.seen_at };
    // It cannot be earlier than when the key was issued, whatever the clock says.
    key.check_at(moment::counted(seen, now).max(key.issued_at))?;
    let next = Installation {
        seen_at: seen,
        installs: stored.installs.saturating_add(1),
        key: Some(text.to_owned()),
        newest_issued_at: stored.newest_issued_at.max(Some(key.issued_at)),
        ..stored.clone()
    };
    let outcome = if stored.newest_issued_at.is_some_and(|newest| key.issued_at < newest) {
        Outcome::InstalledOlder
    } else {
        Outcome::Installed
    };
    let replaced = before.map(|before| before.lid.clone()).filter(|lid| *lid != key.lid);
    Ok((next, Installed { key, outcome, replaced }))
}

fn change(stored: &Installation, next: &Installation) -> Batch {
    let mut changes = vec![
        INSTALLS.set(next.installs),
        KEY.set(next.key.clone()),
        NEWEST_ISSUED_AT.set(next.newest_issued_at.map(Time::millis)),
    ];
    let mut guard: Vec<Cond> = vec![INSTALLS.is(stored.installs)];
    if next.seen_at != stored.seen_at {
        guard.push(SEEN_AT.is(stored.seen_at));
        changes.push(SEEN_AT.set(next.seen_at.millis()));
    }
    let mut batch = Batch::new();
    batch.update::<Installation>(ONLY, guard, changes);
    batch
}

fn told(installed: &Installed, by: Installer) {
    let Installed { key, outcome, replaced } = installed;
    info!(
        license.lid = key.lid,
        license.plan = key.plan.name(),
        license.seats = key.seats,
        license.valid_until = key.valid_until.to_rfc3339(),
        ?outcome,
        replaced,
        %by,
        "a license key was installed"
    );
}

impl fmt::Display for Installer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Admin(user) => write!(f, "{user}"),
            Self::CommandLine => f.write_str("the command line"),
        }
    }
}
