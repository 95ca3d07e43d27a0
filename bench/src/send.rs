//! How many messages a second are stored, durably, where 64 people send at once and each waits for the answer.
//!
//! In groups of two: each sender has a group with the next, so every message is heard by two sockets. In one group: every
//! message is heard by all 64, and all wait for one another's place in one stream.

use std::time::Duration;

use tempfile::TempDir;

use crate::{
    listeners::listening,
    message::sending,
    mongod::{Mongod, Operations},
    pairs::{Pair, Pairs, Phase, abba},
    people::{Person, Place, group, groups},
    samples::Samples,
    say,
    senders::{Plan as Load, Told, Until, send as senders},
    server::{Ground, Measured, Store},
    table::{Bound, Row},
    text,
    watch::Watch,
    wire::Sockets,
    yardstick::{Counted, Started, raw_sockets},
};

/// What is measured.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    /// The length of a phase.
    pub(crate) lasting: Duration,
    /// Two pairs each.
    pub(crate) rounds: usize,
}

/// How many people send.
const SENDERS: usize = 64;

/// How long one sends before anything is measured.
const WARM: Duration = Duration::from_millis(500);

/// One arrangement of the senders.
struct Case {
    what: &'static str,
    frames: Vec<Vec<Vec<u8>>>,
    heard_by: usize,
    bound: Bound,
}

pub(crate) async fn send(ground: &Ground, plan: Plan) -> Result<Vec<Row>, String> {
    let server = Measured::pinned(ground).await?;
    let people = Place::make(&server.url).await?.people(SENDERS).await?;
    let mut rows = Vec::new();
    for case in [many(&people, ground.store).await?, one(&people, ground.store).await?] {
        server.settled().await?;
        let sockets = listening(server.address(), &people)?;
        say(&format!("{}:\n", case.what))?;
        let pairs = case.measure(plan, &server, sockets).await?;
        let pairs = Pairs { pairs, noise: ground.noise.clone() };
        pairs.tell()?;
        rows.push(pairs.row(case.what, case.bound, |phase| phase.per_second, "/s"));
    }
    server.stop().await?;
    Ok(rows)
}

impl Case {
    async fn measure(
        &self,
        plan: Plan,
        server: &Measured,
        mut sockets: Sockets,
    ) -> Result<Vec<Pair>, String> {
        let mongod = server.mongod();
        let before = operations(mongod).await?;
        let warm = senders(&mut sockets, &self.load(Told::ByAnswer, WARM))?;
        let after = operations(mongod).await?;
        if mongod.is_some() {
            say(&format!("- the database, for each message: {}", after.each(before, warm.count)))?;
        }
        let ours = || {
            let watch = server.watch()?;
            let sends = senders(&mut sockets, &self.load(Told::ByAnswer, plan.lasting))?;
            Ok(Phase::new(sends.per_second, &sends.took, watch.end()?, true))
        };
        abba(plan.rounds, || self.yardstick(plan, mongod, warm.bytes), ours)
    }

    fn load(&self, told: Told, lasting: Duration) -> Load<'_> {
        Load { frames: &self.frames, window: 1, told, heard_by: self.heard_by, until: Until::Over(lasting) }
    }

    fn yardstick(&self, plan: Plan, mongod: Option<&Mongod>, bytes: usize) -> Result<Phase, String> {
        match (mongod, self.heard_by) {
            (Some(mongod), _) => bare(&["mongodb", "--uri", &mongod.uri()], plan.lasting, &[mongod.id()]),
            (None, SENDERS) => self.raw(plan, bytes),
            (None, _) => {
                let folder = TempDir::with_prefix("parlance-bench-bare-").map_err(text)?;
                let path = folder.path().to_str().ok_or("the temporary folder has no name")?;
                bare(&["sqlite", "--folder", path], plan.lasting, &[])
            }
        }
    }

    /// A server that commits what came together, and writes each message to all.
    fn raw(&self, plan: Plan, bytes: usize) -> Result<Phase, String> {
        let folder = TempDir::with_prefix("parlance-bench-raw-").map_err(text)?;
        let (mut sockets, raw) = raw_sockets(self.frames.len(), "grouped", bytes, folder.path())?;
        let watch = Watch::start(&[raw.id()], &[])?;
        let sends = senders(&mut sockets, &self.load(Told::ByDelivery, plan.lasting))?;
        Ok(Phase::new(sends.per_second, &sends.took, watch.end()?, true))
    }
}

async fn operations(mongod: Option<&Mongod>) -> Result<Operations, String> {
    match mongod {
        Some(mongod) => mongod.operations().await,
        None => Ok(Operations::default()),
    }
}

/// 64 groups, of each sender and the next.
async fn many(people: &[Person], store: Store) -> Result<Case, String> {
    let next = people.iter().cycle().skip(1);
    let members = people.iter().zip(next).map(|(sender, next)| vec![sender.clone(), next.clone()]).collect();
    let groups = groups(members).await?;
    let frames =
        groups.into_iter().enumerate().map(|(sender, group)| vec![sending(group, sender, true)]).collect();
    let (what, bound) = match store {
        Store::Sqlite => ("durable sends, 64 groups of 2, against bare SQLite", Bound::AtLeast(0.12)),
        Store::Mongodb => {
            ("durable sends on MongoDB, 64 groups of 2, against bare inserts", Bound::AtLeast(1.5))
        }
    };
    Ok(Case { what, frames, heard_by: 2, bound })
}

/// One group of all.
async fn one(people: &[Person], store: Store) -> Result<Case, String> {
    let group = group(people).await?;
    let frames = (0..people.len()).map(|sender| vec![sending(group, sender, true)]).collect();
    let (what, bound) = match store {
        Store::Sqlite => {
            ("durable sends, one group of 64, against raw commits and writes", Bound::AtLeast(0.3))
        }
        Store::Mongodb => {
            ("durable sends on MongoDB, one group of 64, against bare inserts", Bound::AtLeast(2.0))
        }
    };
    Ok(Case { what, frames, heard_by: SENDERS, bound })
}

/// A bare store, which says what it did in the end. Meanwhile the load sleeps.
fn bare(arguments: &[&str], lasting: Duration, databases: &[u32]) -> Result<Phase, String> {
    let milliseconds = lasting.as_millis().to_string();
    let watch = Watch::start(&[], databases)?;
    let started = Started::start(&[arguments, &["--milliseconds", &milliseconds]].concat())?;
    let Counted { per_second, computed } = Counted::hear(started)?;
    let shares = watch.end_beside(computed)?;
    Ok(Phase::new(per_second, &Samples::default(), shares, false))
}
