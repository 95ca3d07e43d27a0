//! The one document about the license: when the installation began, how late it has become, and the key.

use std::time::Duration;

use parlance_base::{Error, Result, Time};
use parlance_store::{Batch, Collection, CommitError, Field, Home, Scope, Stored};
use serde::{Deserialize, Serialize};

use crate::seats::Seats;

/// How often a node that came second looks for what the first one wrote.
const TRIES: u32 = 20;

/// What is stored of the license.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Installation {
    pub(crate) id: String,
    /// When its first node opened it: the beginning of the trial.
    pub(crate) started_at: Time,
    /// The latest moment that it is sure to have seen; see [`crate::moment`].
    pub(crate) seen_at: Time,
    /// How many times a key was installed.
    pub(crate) installs: i64,
    /// The key that was installed last, as it was given.
    pub(crate) key: Option<String>,
    /// When the newest of all keys that ever were installed was issued.
    pub(crate) newest_issued_at: Option<Time>,
}

pub(crate) const ONLY: &str = "installation";
pub(crate) const SEEN_AT: Field = Field::int("seen_at");
pub(crate) const INSTALLS: Field = Field::int("installs");
pub(crate) const KEY: Field = Field::text("key");
pub(crate) const NEWEST_ISSUED_AT: Field = Field::int("newest_issued_at");

pub(crate) static INSTALLATION: Collection = Collection {
    name: "installation",
    home: Home::System,
    indexes: &[],
    fields: &[SEEN_AT, INSTALLS, KEY, NEWEST_ISSUED_AT],
};

impl Stored for Installation {
    const COLLECTION: &'static Collection = &INSTALLATION;
}

/// What is known of the installation, which begins now if it has not yet.
pub(crate) async fn opened(system: &Scope, now: Time) -> Result<Installation> {
    for attempt in 0..TRIES {
        if let Some(known) = read(system).await? {
            return Ok(known);
        }
        match system.commit(first(now)).await {
            // Another node was first, or this one was and does not know: the next look tells.
            Ok(()) | Err(CommitError::Duplicate(..) | CommitError::Unknown) => {}
            Err(error) => return Err(error.into()),
        }
        tokio::time::sleep(Duration::from_millis(10) * attempt).await;
    }
    Err(Error::unavailable("license.unsettled", "when the installation began cannot be told now"))
}

pub(crate) async fn read(system: &Scope) -> Result<Option<Installation>> {
    system.get::<Installation>(ONLY).await
}

/// Remembers that it has become this late, if nothing later is remembered.
pub(crate) async fn remember(system: &Scope, seen: Time) -> Result<()> {
    let mut batch = Batch::new();
    batch.update::<Installation>(ONLY, [], [SEEN_AT.raise_to(seen.millis())]);
    Ok(system.commit(batch).await?)
}

fn first(now: Time) -> Batch {
    let mut batch = Batch::new();
    batch.insert(&Installation {
        id: ONLY.to_owned(),
        started_at: now,
        seen_at: now,
        installs: 0,
        key: None,
        newest_issued_at: None,
    });
    batch.insert(&Seats::none_used());
    batch
}
