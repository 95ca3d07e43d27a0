//! When the installation began, written once, by whichever node is first.

use std::time::Duration;

use parlance_base::{Error, Result, Time};
use parlance_store::{Batch, Collection, CommitError, Field, Home, Scope, Stored};
use serde::{Deserialize, Serialize};

use crate::seats::Seats;

/// How often a node that came second looks for what the first one wrote.
const TRIES: u32 = 20;

/// The one document about the installation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Installation {
    pub(crate) id: String,
    /// When its first node opened it: the beginning of the trial.
    pub(crate) started_at: Time,
    /// The latest moment at which a node opened it: the license's time never runs back behind it.
    pub(crate) seen_at: Time,
}

const ONLY: &str = "installation";
const SEEN_AT: Field = Field::int("seen_at");

pub(crate) static INSTALLATION: Collection =
    Collection { name: "installation", home: Home::System, indexes: &[], fields: &[SEEN_AT] };

impl Stored for Installation {
    const COLLECTION: &'static Collection = &INSTALLATION;
}

/// What is known of the installation, which begins now if it has not yet.
pub(crate) async fn opened(system: &Scope, now: Time) -> Result<Installation> {
    for attempt in 0..TRIES {
        if let Some(known) = system.get::<Installation>(ONLY).await? {
            return seen(system, known, now).await;
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

fn first(now: Time) -> Batch {
    let mut batch = Batch::new();
    batch.insert(&Installation { id: ONLY.to_owned(), started_at: now, seen_at: now });
    batch.insert(&Seats::none_used());
    batch
}

async fn seen(system: &Scope, mut known: Installation, now: Time) -> Result<Installation> {
    if now > known.seen_at {
        let mut batch = Batch::new();
        batch.update::<Installation>(ONLY, [], [SEEN_AT.raise_to(now.millis())]);
        system.commit(batch).await?;
        known.seen_at = now;
    }
    Ok(known)
}
