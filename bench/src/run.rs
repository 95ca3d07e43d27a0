//! What each command measures.

use std::time::Duration;

use crate::{fanout, send, server::Ground, table::Row};

/// How large what is measured is, where that is not given.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sizes {
    /// The length of a phase.
    pub(crate) lasting: Duration,
    /// How many rounds of four phases there are.
    pub(crate) rounds: usize,
    pub(crate) members: usize,
}

/// What can be measured of a server on one store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Send,
    Fanout,
}

impl Sizes {
    /// What is measured, or less of it that is over soon.
    pub(crate) const fn of(quick: bool) -> Self {
        let all = Self { lasting: Duration::from_secs(4), rounds: 3, members: 1_000 };
        if !quick {
            return all;
        }
        Self { lasting: Duration::from_millis(1_500), rounds: 1, ..all }
    }
}

/// Measures this part.
pub(crate) async fn part(ground: &Ground, part: Part, sizes: Sizes) -> Result<Vec<Row>, String> {
    let Sizes { lasting, rounds, members, .. } = sizes;
    match part {
        Part::Send => send::send(ground, send::Plan { lasting, rounds }).await,
        Part::Fanout => fanout::fanout(ground, fanout::Plan { members, lasting, rounds }).await,
    }
}
