//! How a node comes to be among the others, or does not.

use std::time::Duration;

use parlance_base::{Error, NodeId, Result, Time};
use tokio::time::{Instant, sleep};
use tracing::info;

use super::{LEASE, Membership, Place, TRIES, TURN, contested, read, renewed, write};
use crate::{gate::Gate, plan::Feature};

/// How often a node that waits for another one's end looks.
const LOOK: Duration = Duration::from_millis(500);

/// Why a node is not among the others.
#[derive(Debug, thiserror::Error)]
pub enum JoinError {
    /// Another node runs, and the license is for one.
    #[error("another node runs on this store, and the license has no feature cluster")]
    Second,
    /// It could not be asked.
    #[error(transparent)]
    Failed(#[from] Error),
}

/// What a node that wants to join does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Join,
    Refuse,
    Wait,
}

impl Gate {
    /// Takes a place among the nodes that run over a shared store. Over a store that is one process's alone, there is
    /// nothing to ask.
    ///
    /// Where the license has no feature `cluster`, a place that another node has is watched: one that is renewed belongs to
    /// somebody who lives; one that is not ends within ten seconds.
    ///
    /// # Errors
    /// [`JoinError::Second`] where another node lives and the license is for one.
    ///
    /// # Panics
    /// Outside of a Tokio runtime.
    pub async fn join(&self, node: NodeId) -> Result<Membership, JoinError> {
        if self.shared.is_shared {
            self.take_place(node).await?;
        }
        Ok(Membership::keep(self, node))
    }

    async fn take_place(&self, node: NodeId) -> Result<(), JoinError> {
        let system = &self.shared.system;
        let (watched, mut first, mut lost, mut said) = (Instant::now() + LEASE, None, 0, false);
        while lost < TRIES {
            let found = read(system).await?;
            let places = found.as_ref().map_or::<&[Place], _>(&[], |found| &found.places);
            let first: &Vec<Place> = first.get_or_insert_with(|| places.to_vec());
            let now = self.now();
            match self.step(first, places, node, Instant::now() >= watched) {
                // Guarded by what was just read: whoever came in between is seen at the next look.
                Step::Join if write(system, found.as_ref(), renewed(places, node, now)?).await? => {
                    return Ok(());
                }
                Step::Join => {
                    lost += 1;
                    sleep(TURN * lost).await;
                }
                Step::Wait => watching(&mut said).await,
                Step::Refuse => return Err(JoinError::Second),
            }
        }
        Err(contested().into())
    }

    fn step(&self, first: &[Place], places: &[Place], node: NodeId, watched: bool) -> Step {
        match self.license().features.contain(Feature::Cluster) {
            true => Step::Join,
            false => step(first, places, node, self.now(), watched),
        }
    }
}

async fn watching(said: &mut bool) {
    if !std::mem::replace(said, true) {
        info!(
            "another node has a place, and the license is for one: its place ends within ten seconds, or it lives"
        );
    }
    sleep(LOOK).await;
}

/// What to do about the places as they are now, having first seen them as they were then, and watched them for a lease or
/// not so long.
fn step(first: &[Place], places: &[Place], node: NodeId, now: Time, watched: bool) -> Step {
    let mut others = places.iter().filter(|place| place.node != node && place.ends_at > now).peekable();
    if others.peek().is_none() {
        return Step::Join;
    }
    // A place that moved, or is new, was written by somebody who lives.
    if others.any(|place| !first.contains(place)) {
        return Step::Refuse;
    }
    if watched { Step::Join } else { Step::Wait }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Time = Time::from_millis(1_795_253_400_000);

    fn place(node: NodeId, beat: i64, lasts: u64) -> Place {
        Place { node, beat, ends_at: NOW.after(Duration::from_secs(lasts)) }
    }

    #[test]
    fn a_node_without_company_joins_and_one_with_it_watches_whether_it_lives() {
        let [own, other, third] = [1, 2, 3].map(|id| NodeId::derived(&[&format!("{id}")]));
        let (held, ended) = (place(other, 4, 9), place(other, 4, 0));
        for (first, places, watched, expected) in [
            (vec![], vec![], false, Step::Join),
            (vec![ended], vec![ended], false, Step::Join),
            (vec![place(own, 1, 9)], vec![place(own, 1, 9)], false, Step::Join),
            (vec![held], vec![held], false, Step::Wait),
            (vec![held], vec![held], true, Step::Join),
            (vec![held], vec![], false, Step::Join),
            (vec![held], vec![place(other, 5, 9)], false, Step::Refuse),
            (vec![held], vec![place(other, 5, 9)], true, Step::Refuse),
            (vec![], vec![place(third, 1, 9)], false, Step::Refuse),
            (vec![held], vec![held, place(third, 1, 9)], true, Step::Refuse),
        ] {
            assert_eq!(step(&first, &places, own, NOW, watched), expected, "{first:?} {places:?} {watched}");
        }
    }
}
