//! What a connection costs that is open and says nothing: memory of the server, above what it holds without any.

use crate::{
    interval::Interval,
    listeners::listening,
    people::{Person, Place, groups, mixed},
    procfs, say,
    server::{Ground, Measured, Store},
    table::{Bound, Row, short},
};

/// KiB a connection.
const BOUND: f64 = 12.0;

/// How many groups each is a member of, and how many members each group has.
const GROUPS: usize = 5;
const MEMBERS: usize = 100;

/// What is measured.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    pub(crate) connections: usize,
    /// How many people have them.
    pub(crate) people: usize,
    /// How often the server is started anew for it.
    pub(crate) times: usize,
}

pub(crate) async fn idle(ground: &Ground, plan: Plan) -> Result<Vec<Row>, String> {
    let mut server = Measured::pinned(ground).await?;
    let people = Place::make(&server.url).await?.people(plan.people).await?;
    groups(mixed(&people, GROUPS, MEMBERS)).await?;
    server.settled().await?;
    let everybody: Vec<Person> = people.iter().cycle().take(plan.connections).cloned().collect();
    let mut figures = Vec::new();
    for _ in 0..plan.times {
        server = server.rest().await?.wake().await?;
        server.settled().await?;
        let before = procfs::resident(server.id())?;
        let sockets = listening(server.address(), &everybody)?;
        server.settled().await?;
        let after = procfs::resident(server.id())?;
        let each = share(after.saturating_sub(before), sockets.len());
        say(&format!("- idle: {before} KiB without, {after} KiB with {} connections", sockets.len()))?;
        figures.push(each);
    }
    server.stop().await?;
    say("")?;
    Ok(vec![row(ground, plan, figures)])
}

#[expect(clippy::cast_precision_loss, reason = "KiB and connections")]
fn share(memory: u64, connections: usize) -> f64 {
    memory as f64 / connections.max(1) as f64
}

fn row(ground: &Ground, plan: Plan, figures: Vec<f64>) -> Row {
    let Plan { connections, people, .. } = plan;
    let figure: Interval = figures.into_iter().collect();
    let bound = if ground.store == Store::Sqlite { Bound::AtMost(BOUND) } else { Bound::Told };
    Row {
        what: format!("idle connection, {connections} of {people} people in {GROUPS} groups each"),
        ours: format!("{} KiB", short(figure.median())),
        yardstick: String::new(),
        figure,
        unit: " KiB",
        bound,
        // Who else computes meanwhile takes no memory of the server's.
        disturbed: None,
    }
}
