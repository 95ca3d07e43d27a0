//! How fast one message comes to many: a group whose members all listen, held against a server that only writes.
//!
//! With one message under way nothing can be batched; with sixteen, of sixteen members, what waits for a socket can leave
//! together.

use std::time::Duration;

use tempfile::TempDir;

use crate::{
    broadcast::{Deliveries, broadcast},
    listeners::listening,
    message::sending,
    pairs::{Pairs, Phase, abba},
    people::{Place, group},
    say,
    server::{Ground, Measured, Store},
    table::{Bound, Row},
    text,
    watch::{Shares, Watch},
    yardstick::raw_sockets,
};

/// What is measured.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    pub(crate) members: usize,
    /// The length of a phase.
    pub(crate) lasting: Duration,
    /// Two pairs each.
    pub(crate) rounds: usize,
}

/// How many members say something at once where more than one does.
const MANY: usize = 16;

/// A load that had something to do for longer than this may be what was measured.
const WORKED: f64 = 0.95;

pub(crate) async fn fanout(ground: &Ground, plan: Plan) -> Result<Vec<Row>, String> {
    let server = Measured::pinned(ground).await?;
    let people = Place::make(&server.url).await?.people(plan.members).await?;
    let group = group(&people).await?;
    server.settled().await?;
    let mut sockets = listening(server.address(), &people)?;
    let frames: Vec<_> = (0..MANY).map(|sender| sending(group, sender, false)).collect();
    let warm = broadcast(&mut sockets, &frames, Duration::from_millis(500))?;
    let mut rows = Vec::new();
    for (senders, writes) in [(1, "one"), (MANY, "batched")] {
        let frames = frames.get(..senders).unwrap_or_default();
        let ours = || {
            let watch = server.watch()?;
            let deliveries = broadcast(&mut sockets, frames, plan.lasting)?;
            Ok(phase(&deliveries, watch.end()?))
        };
        let raw = || raw(plan, writes, warm.bytes, frames);
        let pairs = Pairs { pairs: abba(plan.rounds, raw, ours)?, noise: ground.noise.clone() };
        say(&format!("fan-out, {} members, {senders} in flight, raw writes {writes}:\n", plan.members))?;
        pairs.tell()?;
        rows.extend(rows_of(&pairs, plan.members, senders, ground.store));
    }
    drop(sockets);
    server.stop().await?;
    Ok(rows)
}

fn rows_of(pairs: &Pairs, members: usize, senders: usize, store: Store) -> Vec<Row> {
    let what = format!("fan-out, {members} members, {senders} in flight");
    let held = |bound: Bound| if store == Store::Sqlite { bound } else { Bound::Told };
    let rate = |bound| pairs.row(format!("{what}: deliveries"), held(bound), |phase| phase.per_second, "/s");
    if senders > 1 {
        return vec![rate(Bound::AtLeast(0.45))];
    }
    let p99 = pairs.row(format!("{what}: p99"), held(Bound::AtMost(2.0)), |phase| phase.p99, " ms");
    vec![rate(Bound::AtLeast(0.8)), p99]
}

fn raw(plan: Plan, writes: &str, bytes: usize, frames: &[Vec<u8>]) -> Result<Phase, String> {
    let folder = TempDir::with_prefix("parlance-bench-raw-").map_err(text)?;
    let (mut sockets, raw) = raw_sockets(plan.members, writes, bytes, folder.path())?;
    broadcast(&mut sockets, frames, Duration::from_millis(100))?;
    let watch = Watch::start(&[raw.id()], &[])?;
    let deliveries = broadcast(&mut sockets, frames, plan.lasting)?;
    Ok(phase(&deliveries, watch.end()?))
}

/// What a phase of deliveries came to.
pub(crate) fn phase(deliveries: &Deliveries, shares: Shares) -> Phase {
    let mut phase = Phase::new(deliveries.per_second, &deliveries.took, shares, true);
    if deliveries.worked > WORKED {
        let late = format!("the load was at work for {:.0} % of the time", deliveries.worked * 100.0);
        phase.disturbed.get_or_insert(late);
    }
    phase
}
