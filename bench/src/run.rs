//! What each command measures, and all of them one after another.

use std::time::Duration;

use crate::{
    arrive, crowd, fanout,
    filled::{Filled, fill},
    idle, login, mine,
    pages::{Page, Shelf, pages},
    pin, resume, say, send,
    server::{Ground, Store},
    size, start,
    table::Row,
};

/// How many messages a store has that has little.
const LITTLE: usize = 10_000;

/// How large what is measured is, where that is not given.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sizes {
    /// The length of a phase.
    pub(crate) lasting: Duration,
    /// How many rounds of four phases there are.
    pub(crate) rounds: usize,
    /// How many messages a store has that has much.
    pub(crate) messages: usize,
    /// How many people have the idle connections.
    pub(crate) people: usize,
    pub(crate) connections: usize,
    pub(crate) members: usize,
    /// How many members a group has of whom few listen.
    pub(crate) crowd: usize,
    pub(crate) clients: usize,
}

/// What can be measured of a server on one store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Send,
    Fanout,
    Crowd,
    Stored { pages: &'static [Page], starts: bool },
    Mine,
    Idle,
    Resume,
    Arrive,
}

/// All of the parts, in the order in which `all` takes them.
const PARTS: [Part; 8] = [
    Part::Send,
    Part::Fanout,
    Part::Crowd,
    Part::Stored { pages: &[Page::History, Page::Changes, Page::Groups], starts: true },
    Part::Mine,
    Part::Idle,
    Part::Resume,
    Part::Arrive,
];

/// How many groups somebody is in whose list is asked for, and how often it is.
const GROUPS: usize = 1_000;
const ASKED: usize = 50;

/// The seconds of a phase of logins, which is told and held to nothing.
const LOGIN_SECONDS: u32 = 3;

/// How many people come within seconds.
const ARRIVING: usize = 2_000;

/// How many clients come back where only the reads of each are counted.
const COUNTED: usize = 200;

impl Sizes {
    /// What is measured, or less of it that is over soon.
    pub(crate) const fn of(quick: bool) -> Self {
        let all = Self {
            lasting: Duration::from_secs(4),
            rounds: 3,
            messages: 1_000_000,
            people: 10_000,
            connections: 10_000,
            members: 1_000,
            crowd: 10_000,
            clients: 1_000,
        };
        if !quick {
            return all;
        }
        Self { lasting: Duration::from_millis(1_500), rounds: 1, messages: 100_000, people: 1_000, ..all }
    }
}

/// Measures this part.
pub(crate) async fn part(ground: &Ground, part: Part, sizes: Sizes) -> Result<Vec<Row>, String> {
    let Sizes { lasting, rounds, members, crowd, .. } = sizes;
    let times = if ground.quick { 1 } else { 3 };
    match part {
        Part::Send => send::send(ground, send::Plan { lasting, rounds }).await,
        Part::Fanout => fanout::fanout(ground, fanout::Plan { members, lasting, rounds }).await,
        Part::Crowd => crowd::crowd(ground, crowd::Plan { members: crowd, lasting, rounds }).await,
        Part::Stored { pages, starts } => Box::pin(stored(ground, sizes, pages, starts)).await,
        Part::Mine => mine::mine(ground, mine::Plan { groups: GROUPS, asked: ASKED, times: times + 2 }).await,
        Part::Idle => {
            let Sizes { connections, people, .. } = sizes;
            idle::idle(ground, idle::Plan { connections, people, times }).await
        }
        Part::Arrive => arrive::arrive(ground, arrive::Plan { people: ARRIVING, times }).await,
        Part::Resume => {
            let plan = resume::Plan { clients: sizes.clients, times: times + 2 };
            resume::resume(ground, plan).await
        }
    }
}

/// What is asked of a server that has stored much.
async fn stored(ground: &Ground, sizes: Sizes, which: &[Page], starts: bool) -> Result<Vec<Row>, String> {
    if sizes.messages < 1_000_000 {
        say(&format!("**{} messages stand for 1,000,000.**\n", sizes.messages))?;
    }
    let mut much = fill(ground, sizes.messages).await?;
    let mut rows = Vec::new();
    if !which.is_empty() {
        let little = fill(ground, LITTLE).await?;
        let [first, second] = [little.server.wake().await?, much.server.wake().await?];
        let shelves = [
            Shelf { server: &first, library: &little.library },
            Shelf { server: &second, library: &much.library },
        ];
        let [little, large] = &shelves;
        rows.extend(pages(ground, little, large, which)?);
        first.stop().await?;
        much = Filled { server: second.rest().await?, library: much.library };
    }
    if starts {
        rows.extend(start::start(ground, &much)?);
        rows.push(size::size(&ground.program)?);
    }
    Ok(rows)
}

/// Measures everything. What fails does not keep the rest from being measured; it is answered with the rows.
pub(crate) async fn all(ground: &Ground, sizes: Sizes) -> (Vec<Row>, Vec<String>) {
    let (mut rows, mut failures) = (Vec::new(), Vec::new());
    let embedded = Ground { store: Store::Sqlite, ..ground.clone() };
    let mongodb = Ground { store: Store::Mongodb, ..ground.clone() };
    let counted = Sizes { clients: COUNTED, ..sizes };
    let on_embedded = PARTS.map(|part| (&embedded, part, sizes));
    let on_mongodb =
        [(&mongodb, Part::Send, sizes), (&mongodb, Part::Mine, sizes), (&mongodb, Part::Resume, counted)];
    for (ground, which, sizes) in on_embedded.into_iter().chain(on_mongodb) {
        match Box::pin(part(ground, which, sizes)).await {
            Ok(measured) => rows.extend(measured),
            Err(reason) => failures.push(format!("{which:?} on {:?}: {reason}", ground.store)),
        }
    }
    let plan = login::Plan { logins: 50, sends: 200, seconds: LOGIN_SECONDS };
    failures.extend(pin::nowhere().err());
    failures.extend(Box::pin(login::login(&ground.program, plan)).await.err());
    (rows, failures)
}
