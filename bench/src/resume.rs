//! How many clients a second come back and are brought up to date, where all come at once: as after a server was started
//! anew.
//!
//! Each holds the streams of five groups, its own and the workspace's, and is twenty messages behind, four in each group. A
//! client is back once it has a verdict on each stream and has heard every message that it missed, in order. Once all of
//! it counts, from opening the socket on; once, with all sockets open, only what follows `resume`.

use std::time::Duration;

use parlance_base::StreamId;
use parlance_client::NewMessage;
use tokio::time::Instant;

use crate::{
    interval::Interval,
    listeners::listening,
    people::{Person, Place, groups, mixed},
    ready::Ready,
    returning::{Returning, resume_frame},
    say,
    server::{Ground, Measured, Store},
    table::{Bound, Row, short},
    text,
    watch::{Shares, Watch},
    wire::{Sockets, upgrade},
};

/// Resumes a second.
const BOUND: f64 = 2_000.0;

/// How many groups each is a member of, and how many members each group has.
const GROUPS: usize = 5;
const MEMBERS: usize = 100;

/// How many messages of each group were missed.
const MISSED: usize = 4;

/// How many sockets are opened between two looks at those that are open.
const AT_ONCE: usize = 16;

/// How long nothing may come.
const STALLED: Duration = Duration::from_secs(30);

/// What is measured.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    pub(crate) clients: usize,
    pub(crate) times: usize,
}

/// Those who come back, and what each held when it went.
struct Clients {
    people: Vec<Person>,
    held: Vec<Ready>,
}

/// How fast all came back once.
struct Storm {
    per_second: f64,
    /// What keeps it from counting.
    disturbed: Option<String>,
}

pub(crate) async fn resume(ground: &Ground, plan: Plan) -> Result<Vec<Row>, String> {
    let server = Measured::pinned(ground).await?;
    let people = Place::make(&server.url).await?.people(plan.clients).await?;
    let members = mixed(&people, GROUPS, MEMBERS);
    let groups = groups(members.clone()).await?;
    server.settled().await?;
    let clients = held(&server, people)?;
    for (group, members) in groups.into_iter().zip(&members) {
        say_missed(members, group).await?;
    }
    server.settled().await?;
    let (mut whole, mut alone) = (Vec::new(), Vec::new());
    for _ in 0..plan.times {
        server.settled().await?;
        whole.push(storm(&server, &clients)?);
        server.settled().await?;
        alone.push(open_before(&server, &clients)?);
    }
    let reads = reads(&server, &clients).await?;
    server.stop().await?;
    say(&format!("resume of {} clients, {} messages behind each{reads}\n", plan.clients, GROUPS * MISSED))?;
    Ok(vec![
        row(ground, "resumes, sockets open before", &alone),
        row(ground, "resumes, from opening the socket on", &whole),
    ])
}

/// Everybody listens once, and goes.
fn held(server: &Measured, people: Vec<Person>) -> Result<Clients, String> {
    let (_sockets, told) = crate::listeners::told(server.address(), &people)?;
    Ok(Clients { people, held: told })
}

async fn say_missed(members: &[Person], group: StreamId) -> Result<(), String> {
    let maker = members.first().ok_or("a group has nobody in it")?;
    for _ in 0..MISSED {
        maker.here.send(group, NewMessage::text("x".repeat(200))).await.map_err(text)?;
    }
    Ok(())
}

/// All open their sockets at once, and resume.
fn storm(server: &Measured, clients: &Clients) -> Result<Storm, String> {
    let mut sockets = Sockets::none()?;
    let mut returning = Returning::new(&clients.held, GROUPS * MISSED)?;
    let frames: Vec<_> = clients.held.iter().map(resume_frame).collect();
    let watch = server.watch()?;
    let began = Instant::now();
    for some in clients.people.chunks(AT_ONCE) {
        for person in some {
            sockets.open(server.address(), &upgrade(&person.key))?;
        }
        step(&mut sockets, &mut returning, &frames)?;
    }
    finish(&mut sockets, &mut returning, &frames)?;
    Storm::over(clients.people.len(), began.elapsed(), watch)
}

/// All have their sockets open, and resume at once.
fn open_before(server: &Measured, clients: &Clients) -> Result<Storm, String> {
    let mut sockets = listening(server.address(), &clients.people)?;
    let mut returning = Returning::new(&clients.held, GROUPS * MISSED)?;
    let frames: Vec<_> = clients.held.iter().map(resume_frame).collect();
    let watch = server.watch()?;
    let began = Instant::now();
    for (number, frame) in frames.iter().enumerate() {
        sockets.send(number, frame)?;
    }
    finish(&mut sockets, &mut returning, &frames)?;
    Storm::over(clients.people.len(), began.elapsed(), watch)
}

fn finish(sockets: &mut Sockets, returning: &mut Returning, frames: &[Vec<u8>]) -> Result<(), String> {
    let mut came = Instant::now();
    while returning.back() < frames.len() {
        if step(sockets, returning, frames)? {
            came = Instant::now();
        } else if came.elapsed() > STALLED {
            return Err(format!("{} of {} clients are back", returning.back(), frames.len()));
        }
    }
    Ok(())
}

/// Looks once at what came, and lets those resume that were let in.
fn step(sockets: &mut Sockets, returning: &mut Returning, frames: &[Vec<u8>]) -> Result<bool, String> {
    let before = returning.heard();
    returning.poll(sockets)?;
    for number in returning.let_in() {
        sockets.send(number, frames.get(number).ok_or("there is no such client")?)?;
    }
    Ok(returning.heard() > before)
}

impl Storm {
    fn over(clients: usize, lasted: Duration, watch: Watch) -> Result<Self, String> {
        let shares = watch.end()?;
        #[expect(clippy::cast_precision_loss, reason = "a number of clients")]
        let per_second = clients as f64 / lasted.as_secs_f64();
        let Shares { load, server, strangers, .. } = shares;
        say(&format!(
            "- {}/s; cores: load {load:.2}, server {server:.2}, others {strangers:.2}",
            short(per_second)
        ))?;
        Ok(Self { per_second, disturbed: shares.disturbed(true) })
    }
}

/// How many queries the database was asked for each client that came back, where it counts them.
async fn reads(server: &Measured, clients: &Clients) -> Result<String, String> {
    let Some(mongod) = server.mongod() else { return Ok(String::new()) };
    let before = mongod.operations().await?;
    storm(server, clients)?;
    let each = mongod.operations().await?.each(before, clients.people.len());
    Ok(format!("; the database, for each that opens a socket and resumes: {each}"))
}

/// The ones that count, or all where those are fewer than two.
fn row(ground: &Ground, what: &str, storms: &[Storm]) -> Row {
    let clean: Vec<_> = storms.iter().filter(|storm| storm.disturbed.is_none()).collect();
    let enough = clean.len() >= 2;
    let counted = if enough { clean } else { storms.iter().collect() };
    let disturbed = storms.iter().find_map(|storm| storm.disturbed.clone()).filter(|_| !enough);
    let on = if ground.store == Store::Mongodb { " on MongoDB" } else { "" };
    let figure: Interval = counted.into_iter().map(|storm| storm.per_second).collect();
    Row {
        what: format!("{what}{on}, {GROUPS} groups, {} behind", GROUPS * MISSED),
        ours: format!("{}/s", short(figure.median())),
        yardstick: String::new(),
        figure,
        unit: "/s",
        bound: if ground.store == Store::Sqlite { Bound::AtLeast(BOUND) } else { Bound::Told },
        disturbed: disturbed.or_else(|| ground.noise.clone()),
    }
}
