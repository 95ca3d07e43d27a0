//! What it costs a message that a group has very many members of whom few listen: held against a group of just those who do.

use std::{cell::RefCell, time::Duration};

use crate::{
    broadcast::broadcast,
    fanout::phase,
    listeners::listening,
    message::sending,
    pairs::{Pairs, abba},
    people::{Place, group},
    say,
    server::{Ground, Measured},
    table::{Bound, Row},
};

/// What is measured.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    /// How many members the large group has.
    pub(crate) members: usize,
    /// The length of a phase.
    pub(crate) lasting: Duration,
    /// Two pairs each.
    pub(crate) rounds: usize,
}

/// How many of them listen.
const LISTENING: usize = 500;

pub(crate) async fn crowd(ground: &Ground, plan: Plan) -> Result<Vec<Row>, String> {
    let server = Measured::pinned(ground).await?;
    let people = Place::make(&server.url).await?.people(plan.members).await?;
    let online = people.get(..LISTENING).ok_or("more must be members than listen")?;
    let (small, large) = (group(online).await?, group(&people).await?);
    server.settled().await?;
    let mut sockets = listening(server.address(), online)?;
    let [small, large] = [small, large].map(|group| [sending(group, 0, false)]);
    broadcast(&mut sockets, &small, Duration::from_millis(200))?;
    broadcast(&mut sockets, &large, Duration::from_millis(200))?;
    let sockets = RefCell::new(sockets);
    let run = |frames: &[Vec<u8>]| {
        let watch = server.watch()?;
        let deliveries = broadcast(&mut sockets.borrow_mut(), frames, plan.lasting)?;
        Ok(phase(&deliveries, watch.end()?))
    };
    let pairs = abba(plan.rounds, || run(&small), || run(&large))?;
    let pairs = Pairs { pairs, noise: ground.noise.clone() };
    let what =
        format!("a message to {LISTENING} who listen, of {} members against {LISTENING}", plan.members);
    say(&format!("{what}:\n"))?;
    pairs.tell()?;
    let row = pairs.row(format!("{what}: p99"), Bound::AtMost(3.0), |phase| phase.p99, " ms");
    drop(sockets);
    server.stop().await?;
    Ok(vec![row])
}
