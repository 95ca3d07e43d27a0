//! The nodes that run over a shared store, and who may join them: without the feature `cluster`, nobody may while another
//! one runs.
//!
//! All of them stand in one document, each with the end of its lease, and every change is guarded by the document's count
//! of changes: of several nodes that start at once without the feature, one joins. Nobody is ever made to leave: a node
//! whose lease has ended, because the store was out of reach, stands there again when it is back.

mod joining;
mod membership;

use std::time::Duration;

use parlance_base::{Error, Kind, NodeId, Result, Time};
use parlance_store::{Batch, Collection, CommitError, Field, Home, Scope, Stored};
use serde::{Deserialize, Serialize};

pub use joining::JoinError;
pub use membership::Membership;

/// How long the place of a node that does not renew it is kept: a node that crashed is in nobody's way for longer.
const LEASE: Duration = Duration::from_secs(10);

/// How often a place is renewed.
const BEAT: Duration = Duration::from_secs(3);

/// How long a place is remembered after its end, in case its node's clock is only slow.
const FORGOTTEN: Duration = Duration::from_mins(1);

/// How many nodes there may be.
const MAX: usize = 256;

/// How often a change is tried again after somebody else made one.
const TRIES: u32 = 32;

/// How long it waits before that, times the tries.
const TURN: Duration = Duration::from_millis(5);

const ONLY: &str = "nodes";
const REV: Field = Field::int("rev");
const PLACES: Field = Field::any("places");

pub(crate) static NODES: Collection =
    Collection { name: "nodes", home: Home::System, indexes: &[], fields: &[REV, PLACES] };

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Nodes {
    id: String,
    /// Counts the changes.
    rev: i64,
    /// At most [`MAX`].
    places: Vec<Place>,
}

/// A node's place among them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Place {
    node: NodeId,
    /// Counts the renewals: that it moves shows that the node lives, whatever the clocks say.
    beat: i64,
    ends_at: Time,
}

impl Stored for Nodes {
    const COLLECTION: &'static Collection = &NODES;
}

async fn read(system: &Scope) -> Result<Option<Nodes>> {
    system.get::<Nodes>(ONLY).await
}

/// Writes these places in the stead of those that were found; false where somebody else changed them meanwhile.
///
/// Where the outcome is unknown, that is said as if somebody had: another look tells.
async fn write(system: &Scope, found: Option<&Nodes>, places: Vec<Place>) -> Result<bool> {
    let mut batch = Batch::new();
    match found {
        Some(found) => {
            let places = serde_json::to_value(places).map_err(unwritable)?;
            batch.update::<Nodes>(ONLY, [REV.is(found.rev)], [REV.grow(1), PLACES.set(places)]);
        }
        None => {
            batch.insert(&Nodes { id: ONLY.to_owned(), rev: 1, places });
        }
    }
    match system.commit(batch).await {
        Ok(()) => Ok(true),
        Err(CommitError::Conflict(_) | CommitError::Duplicate(..) | CommitError::Unknown) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// The places with this node's among them, renewed, and without those that ended long ago.
///
/// # Errors
/// 409 `license.too_many_nodes`.
fn renewed(places: &[Place], node: NodeId, now: Time) -> Result<Vec<Place>> {
    let own = places.iter().find(|place| place.node == node);
    let beat = own.map_or(1, |own| own.beat.saturating_add(1));
    let is_kept = |place: &&Place| place.node != node && place.ends_at.after(FORGOTTEN) > now;
    let mut kept: Vec<Place> = places.iter().filter(is_kept).copied().collect();
    if kept.len() >= MAX {
        return Err(Error::new(Kind::Conflict, "license.too_many_nodes", format!("there are {MAX} nodes")));
    }
    kept.push(Place { node, beat, ends_at: now.after(LEASE) });
    Ok(kept)
}

/// The places without this node's.
fn without(places: &[Place], node: NodeId) -> Vec<Place> {
    places.iter().filter(|place| place.node != node).copied().collect()
}

fn contested() -> Error {
    Error::unavailable("license.contested_nodes", "the list of nodes changes too fast to be changed")
}

fn unwritable(error: serde_json::Error) -> Error {
    Error::internal("license.unwritable_nodes", "the list of nodes cannot be written").because(error)
}
