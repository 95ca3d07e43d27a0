//! A node's place among the others, kept for as long as the node runs.

use std::sync::Arc;

use parlance_base::{NodeId, Result};
use tokio::time::{MissedTickBehavior, interval, sleep};
use tokio_util::task::{AbortOnDropHandle, TaskTracker};
use tracing::warn;

use super::{BEAT, Place, TRIES, TURN, contested, read, renewed, without, write};
use crate::gate::{Gate, Shared};

/// A node's place among the others. Dropping it is the hard way to go: the place then ends by itself.
#[derive(Debug)]
pub struct Membership {
    gate: Gate,
    node: NodeId,
    keeping: Option<AbortOnDropHandle<()>>,
}

impl Membership {
    /// Renews the place from now on, where there are others to be among.
    pub(super) fn keep(gate: &Gate, node: NodeId) -> Self {
        let shared = Arc::clone(&gate.shared);
        let keeping = gate
            .shared
            .is_shared
            .then(|| AbortOnDropHandle::new(TaskTracker::new().spawn(keep(shared, node))));
        Self { gate: gate.clone(), node, keeping }
    }

    /// Gives the place back, so that another node may start at once.
    pub async fn leave(mut self) {
        let Some(keeping) = self.keeping.take() else { return };
        // A renewal that is under way would take it again.
        keeping.abort();
        let _ = keeping.await;
        if let Err(error) = change(&self.gate.shared, |places| Ok(without(places, self.node))).await {
            warn!(%error, "the node's place could not be given back: it ends within ten seconds");
        }
    }
}

async fn keep(shared: Arc<Shared>, node: NodeId) {
    let mut ticks = interval(BEAT);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut said = false;
    loop {
        ticks.tick().await;
        let renewal = change(&shared, |places| renewed(places, node, shared.clock.now())).await;
        if let (false, Err(error)) = (said, &renewal) {
            warn!(%error, "the node's place could not be renewed; it goes on, and tries again");
        }
        said = renewal.is_err();
    }
}

/// Changes the places, as often as it takes.
async fn change(shared: &Shared, change: impl Fn(&[Place]) -> Result<Vec<Place>>) -> Result<()> {
    for lost in 0..TRIES {
        sleep(TURN * lost).await;
        let found = read(&shared.system).await?;
        let places = found.as_ref().map_or::<&[Place], _>(&[], |found| &found.places);
        if write(&shared.system, found.as_ref(), change(places)?).await? {
            return Ok(());
        }
    }
    Err(contested())
}
