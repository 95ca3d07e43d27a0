//! What each command measures.

use std::time::Duration;

use crate::{send, server::Ground, table::Row};

/// How large what is measured is, where that is not given.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sizes {
    /// The length of a phase.
    pub(crate) lasting: Duration,
    /// How many rounds of four phases there are.
    pub(crate) rounds: usize,
}

/// What can be measured of a server on one store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Send,
}

impl Sizes {
    /// What is measured, or less of it that is over soon.
    pub(crate) const fn of(quick: bool) -> Self {
        if quick {
            Self { lasting: Duration::from_millis(1_500), rounds: 1 }
        } else {
            Self { lasting: Duration::from_secs(4), rounds: 3 }
        }
    }
}

/// Measures this part.
pub(crate) async fn part(ground: &Ground, part: Part, sizes: Sizes) -> Result<Vec<Row>, String> {
    let Sizes { lasting, rounds } = sizes;
    match part {
        Part::Send => send::send(ground, send::Plan { lasting, rounds }).await,
    }
}
