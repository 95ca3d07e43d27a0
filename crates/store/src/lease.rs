//! Leases of the installation: each elects the one node that runs a periodic task.
//!
//! A lease is a document with its holder, its end and a fence, a number that grows with every change of holder. Its end is
//! judged by each node's own clock, so a holder whose clock is slow may believe in a lease that another has taken
//! over: what must not happen then is committed [fenced](Grant::fence), and refused.

use std::{sync::Arc, time::Duration};

use parlance_base::{Clock, Error, NodeId, Result, Time};
use serde::{Deserialize, Serialize};

use crate::{
    batch::Batch,
    collection::{Collection, Field, Home, Stored},
    commit_error::CommitError,
    query::Cond,
    scope::Scope,
    store::Store,
};

const HOLDER: Field = Field::text("holder");
const FENCE: Field = Field::int("fence");
const ENDS_AT: Field = Field::int("ends_at");

/// The leases, each under the name of its task.
pub static LEASES: Collection =
    Collection { name: "leases", home: Home::System, indexes: &[], fields: &[HOLDER, FENCE, ENDS_AT] };

/// How many times an election looks again after somebody else changed the lease, or after an unknown outcome.
const TRIES: usize = 4;

/// The leases of an installation.
#[derive(Clone, Debug)]
pub struct Leases {
    store: Store,
    clock: Arc<dyn Clock>,
}

/// A lease that was granted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// The task's name.
    pub name: String,
    /// Who has it.
    pub holder: NodeId,
    /// Grows with each change of holder, and is kept by one who renews.
    pub fence: i64,
    /// When it ends, unless it is renewed.
    pub ends_at: Time,
}

#[derive(Debug, Serialize, Deserialize)]
struct Document {
    id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    holder: Option<NodeId>,
    fence: i64,
    ends_at: Time,
}

impl Stored for Document {
    const COLLECTION: &'static Collection = &LEASES;
}

impl Leases {
    /// The leases in `store`, by this clock.
    #[must_use]
    pub fn new(store: Store, clock: Arc<dyn Clock>) -> Self {
        Self { store, clock }
    }

    /// Takes the lease for `ttl` where it is free or has ended, and renews it where `holder` has it already. None where
    /// somebody else has it.
    ///
    /// # Errors
    /// `store.unavailable` while the store is out of reach: the lease may then have been taken or renewed; asking again
    /// tells.
    pub async fn acquire(&self, name: &str, holder: NodeId, ttl: Duration) -> Result<Option<Grant>> {
        for _ in 0..TRIES {
            let found = self.system().get::<Document>(name).await?;
            let Some(grant) = self.grant(name, found.as_ref(), holder, ttl) else { return Ok(None) };
            let mut batch = Batch::new();
            match &found {
                None => batch.insert(&grant.document()),
                Some(found) => batch.update::<Document>(name, found.unchanged(), grant.changes()),
            };
            match self.system().commit(batch).await {
                Ok(()) => return Ok(Some(grant)),
                // Another look tells who was faster, or whether it was this very commit.
                Err(CommitError::Conflict(_) | CommitError::Duplicate(..) | CommitError::Unknown) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(Error::unavailable("lease.contested", "the lease changes too fast to be taken"))
    }

    /// Frees the lease, if the grant still holds; one that somebody else took over stays theirs.
    ///
    /// # Errors
    /// `store.unavailable` and `store.unknown` while the store is out of reach: the lease then ends by itself.
    pub async fn release(&self, grant: Grant) -> Result<()> {
        let mut batch = Batch::new();
        batch.update::<Document>(&grant.name, grant.held(), [HOLDER.unset()]);
        match self.system().commit(batch).await {
            Ok(()) | Err(CommitError::Conflict(_)) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// What `holder` can have, as the lease was found; none where somebody else has it.
    fn grant(&self, name: &str, found: Option<&Document>, holder: NodeId, ttl: Duration) -> Option<Grant> {
        let now = self.clock.now();
        let fence = match found {
            None => 1,
            Some(held) if held.holder == Some(holder) => held.fence,
            Some(held) if held.holder.is_some() && held.ends_at > now => return None,
            Some(free) => free.fence.saturating_add(1),
        };
        Some(Grant { name: name.to_owned(), holder, fence, ends_at: now.after(ttl) })
    }

    fn system(&self) -> Scope {
        self.store.system()
    }
}

impl Grant {
    /// Has the batch, one for `Store::system()`, be committed only while nobody took the lease over, whatever the clocks
    /// say: otherwise its answer is a [`CommitError::Conflict`] for the change that this adds.
    pub fn fence(&self, batch: &mut Batch) {
        batch.update::<Document>(&self.name, self.held(), []);
    }

    fn held(&self) -> [Cond; 2] {
        [HOLDER.is(self.holder.to_string()), FENCE.is(self.fence)]
    }

    fn document(&self) -> Document {
        Document {
            id: self.name.clone(),
            holder: Some(self.holder),
            fence: self.fence,
            ends_at: self.ends_at,
        }
    }

    fn changes(&self) -> [crate::Change; 3] {
        [HOLDER.set(self.holder.to_string()), FENCE.set(self.fence), ENDS_AT.set(self.ends_at.millis())]
    }
}

impl Document {
    /// What the stored document must be for it to be the one that was read.
    fn unchanged(&self) -> [Cond; 3] {
        let holder = self.holder.map_or_else(|| HOLDER.is_absent(), |holder| HOLDER.is(holder.to_string()));
        [holder, FENCE.is(self.fence), ENDS_AT.is(self.ends_at)]
    }
}
