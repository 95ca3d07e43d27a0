//! A server that has stored much: messages that were sent to it over sockets, like all others.

use parlance_base::StreamId;

use crate::{
    listeners::listening,
    message::sending,
    people::{Person, Place, groups},
    say,
    senders::{Plan, Told, Until, send},
    server::{Ground, Measured, Resting},
    table::short,
};

/// How many groups there are, however much they hold.
const GROUPS: usize = 100;

/// How many people write, each in as many groups.
const WRITERS: usize = 50;

/// How many messages of each are under way: enough that many are committed together.
const WINDOW: usize = 8;

/// A server that does not run, who may read all that it has stored, and what that is.
pub(crate) struct Filled {
    pub(crate) server: Resting,
    pub(crate) library: Library,
}

/// What is stored, for who asks.
#[derive(Clone)]
pub(crate) struct Library {
    pub(crate) reader: Person,
    pub(crate) groups: Vec<StreamId>,
    /// How many messages there are.
    pub(crate) messages: usize,
}

impl Library {
    /// How many messages each group has at least.
    pub(crate) fn each(&self) -> usize {
        // The last ones under way may be of one writer's groups more than of another's.
        (self.messages / GROUPS).saturating_sub(WINDOW)
    }
}

/// A server with so many messages, a hundred groups of them, that was stopped as servers are.
pub(crate) async fn fill(ground: &Ground, messages: usize) -> Result<Filled, String> {
    let server = Measured::pinned(ground).await?;
    let people = Place::make(&server.url).await?.people(WRITERS + 1).await?;
    let (reader, writers) = people.split_first().ok_or("nobody reads")?;
    let in_turn = writers.iter().cycle().take(GROUPS);
    let groups = groups(in_turn.map(|writer| vec![writer.clone(), reader.clone()]).collect()).await?;
    server.settled().await?;
    let mut sockets = listening(server.address(), writers)?;
    let frames: Vec<Vec<Vec<u8>>> = (0..WRITERS)
        .map(|writer| {
            let theirs = groups.iter().skip(writer).step_by(WRITERS);
            theirs.map(|group| sending(*group, writer, true)).collect()
        })
        .collect();
    let until = Until::Sent(messages);
    let plan = Plan { frames: &frames, window: WINDOW, told: Told::ByAnswer, heard_by: 1, until };
    let sends = send(&mut sockets, &plan)?;
    say(&format!("- {} messages stored, {} a second", sends.count, short(sends.per_second)))?;
    drop(sockets);
    server.settled().await?;
    let library = Library { reader: reader.clone(), groups, messages: sends.count };
    Ok(Filled { server: server.rest().await?, library })
}
