//! Whether reading gets slower as more is stored: the same questions to a server that has stored much and to one that has
//! stored little, which is the yardstick here.

use std::time::Duration;

use parlance_base::StreamId;
use tokio::time::Instant;

use crate::{
    asking::Asking,
    filled::Library,
    pairs::{Pairs, Phase, abba},
    samples::Samples,
    say,
    server::{Ground, Measured, Store},
    table::{Bound, Row},
    watch::Watch,
};

/// How much slower the median may be.
const BOUND: f64 = 1.5;

/// The length of a phase.
const LASTING: Duration = Duration::from_millis(1_500);
const QUICK: Duration = Duration::from_millis(800);

/// How many items a page has.
const PAGE: usize = 50;

/// The first entries of a group may tell of its members.
const BEGINNING: usize = 10;

/// What is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Page {
    /// The messages before some place
    History,
    /// The entries after some place
    Changes,
    /// The groups that somebody is in
    Groups,
}

/// A server and what it has stored.
pub(crate) struct Shelf<'a> {
    pub(crate) server: &'a Measured,
    pub(crate) library: &'a Library,
}

/// Asks both the same.
pub(crate) fn pages(
    ground: &Ground,
    little: &Shelf<'_>,
    much: &Shelf<'_>,
    which: &[Page],
) -> Result<Vec<Row>, String> {
    let (lasting, rounds) = if ground.quick { (QUICK, 1) } else { (LASTING, 3) };
    let mut rows = Vec::new();
    for page in which {
        // What was stored first may have to come from the disk, once.
        phase(little, *page, lasting * 2)?;
        phase(much, *page, lasting * 2)?;
        let pairs = abba(rounds, || phase(little, *page, lasting), || phase(much, *page, lasting))?;
        let pairs = Pairs { pairs, noise: ground.noise.clone() };
        let [little, much] = [little, much].map(|shelf| shelf.library.messages);
        let what = format!("{}: {much} messages against {little}", page.name());
        say(&format!("{what}:\n"))?;
        pairs.tell()?;
        let bound = if ground.store == Store::Sqlite { Bound::AtMost(BOUND) } else { Bound::Told };
        rows.push(pairs.row(what, bound, |phase| phase.p50, " ms"));
    }
    Ok(rows)
}

fn phase(shelf: &Shelf<'_>, page: Page, lasting: Duration) -> Result<Phase, String> {
    let Shelf { server, library } = shelf;
    let mut asking = Asking::with(server.address(), &library.reader.key)?;
    let watch: Watch = server.watch()?;
    let (began, mut took) = (Instant::now(), Vec::new());
    for turn in 0.. {
        if began.elapsed() > lasting {
            break;
        }
        let (answer, time) = asking.ask(&page.path(library, turn)?)?;
        page.check(&answer)?;
        took.push(time);
    }
    let shares = watch.end()?;
    let took: Samples = took.into_iter().collect();
    let mean = took.mean().as_secs_f64();
    Ok(Phase::new(1.0 / mean, &took, shares, true))
}

impl Page {
    const fn name(self) -> &'static str {
        match self {
            Self::History => "history page of 50, median",
            Self::Changes => "`changes` page of 50, median",
            Self::Groups => "list of 50 groups, median",
        }
    }

    /// Another group each turn, and another place in it.
    fn path(self, library: &Library, turn: usize) -> Result<String, String> {
        let group: &StreamId =
            library.groups.get(turn * 37 % library.groups.len().max(1)).ok_or("there is no group")?;
        let room = library.each().saturating_sub(PAGE + BEGINNING).max(1);
        let place = turn * 7_919 % room;
        Ok(match self {
            Self::History => {
                let before = place + PAGE + BEGINNING;
                format!("/api/chat/groups/{group}/messages?before={before}&limit={PAGE}")
            }
            Self::Changes => {
                format!("/api/chat/groups/{group}/changes?since={}&limit={PAGE}", place + BEGINNING)
            }
            Self::Groups => format!("/api/chat/groups?limit={PAGE}"),
        })
    }

    /// Whether the page is full.
    fn check(self, answer: &[u8]) -> Result<(), String> {
        let item = if self == Self::Groups { "\"read_seq\":" } else { "\"content\":" };
        let count = answer.windows(item.len()).filter(|window| *window == item.as_bytes()).count();
        if count == PAGE { Ok(()) } else { Err(format!("{} came with {count} items", self.name())) }
    }
}
