//! One run: everybody at once, a crash or two, and the audit.

use std::{fmt, time::Duration};

use parlance_base::{Ids, StreamId};
use parlance_gateway::rehearsal::{Door, Ledger, Reader, audit};
use tokio::{task::JoinSet, time::sleep};
use tokio_util::sync::CancellationToken;

use crate::{
    Plan,
    change::{self, Changed},
    join::{self, Known},
    send,
    stage::{Cast, Person, Servers, ids},
    text,
};

/// How long a reader may take to come to the end of a stream.
const WITHIN: Duration = Duration::from_secs(60);

/// Crashes in a run.
const CRASHES: usize = 2;

/// What a run that found nothing wrong has looked at.
pub(crate) struct Told {
    pub(crate) acknowledged: usize,
    entries: usize,
    told: usize,
    changed: usize,
}

/// Everything that goes on while servers crash.
struct Traffic {
    ledger: Ledger,
    stop: CancellationToken,
    senders: JoinSet<Result<(), String>>,
    changers: JoinSet<Result<Vec<Changed>, String>>,
    joiner: JoinSet<Result<Known, String>>,
}

pub(crate) async fn run(plan: &Plan) -> Result<Told, String> {
    let ids = ids()?;
    let mut servers = Servers::start(plan, &ids).await?;
    match play(&mut servers, &ids).await {
        Ok(told) => Ok(told),
        Err(reason) => Err(format!("{reason} (data and logs are kept in {})", servers.keep())),
    }
}

async fn play(servers: &mut Servers, ids: &Ids) -> Result<Told, String> {
    let cast = Cast::gather(servers).await?;
    let mut readers = Vec::new();
    for person in &cast.people {
        let mut reader = Reader::start(person.name.clone(), person.here.clone());
        reader.come_to(cast.general, 1, WITHIN).await?;
        readers.push(reader);
    }
    let traffic = Traffic::start(&cast, &readers)?;
    // One reader's program ends before the crashes and begins again after them.
    let sleeper = readers.pop().ok_or("there is no reader")?.rest().await;
    for _ in 0..CRASHES {
        sleep(moment(ids)).await;
        servers.crash(usize::from(ids.random::<1>()[0])).await?;
    }
    sleep(moment(ids) / 4).await;
    readers.push(sleeper.wake());
    let ended = traffic.end().await?;
    verify(&cast, &mut readers, ended).await
}

/// A random time, up to a second.
fn moment(ids: &Ids) -> Duration {
    Duration::from_micros(u64::from(u16::from_be_bytes(ids.random())) * 15)
}

impl Traffic {
    /// Everybody does something, over one door or the other.
    fn start(cast: &Cast, readers: &[Reader]) -> Result<Self, String> {
        let [ann, bob, cleo, dan, eve] = cast.people.as_slice() else {
            return Err("somebody is missing".into());
        };
        let [_, bobs, cleos, ..] = readers else { return Err("a reader is missing".into()) };
        let (ledger, stop) = (Ledger::default(), CancellationToken::new());
        let mut senders = JoinSet::new();
        for (name, door, group) in [
            ("by http", Door::Http(ann.here.clone()), cast.general),
            ("by http in the open", Door::Http(ann.here.clone()), cast.open),
            ("by socket", Door::Socket(bobs.commands().clone()), cast.general),
            ("by socket in the open", Door::Socket(cleos.commands().clone()), cast.open),
            ("by http on another node", Door::Http(bob.here.clone()), cast.general),
        ] {
            senders.spawn(send::named(name.to_owned(), door, group, ledger.clone(), stop.clone()));
        }
        senders.spawn(send::nameless(cleo.here.clone(), cast.general, ledger.clone(), stop.clone()));
        let (mut changers, mut joiner) = (JoinSet::new(), JoinSet::new());
        changers.spawn(change::change(dan.here.clone(), cast.general, stop.clone()));
        joiner.spawn(join::join_and_leave(eve.here.clone(), cast.open, stop.clone()));
        Ok(Self { ledger, stop, senders, changers, joiner })
    }

    /// Lets everybody come to an end.
    async fn end(mut self) -> Result<Ended, String> {
        self.stop.cancel();
        while let Some(sender) = self.senders.join_next().await {
            sender.map_err(text)??;
        }
        let changed = self.changers.join_next().await.ok_or("nobody changed anything")?.map_err(text)??;
        let known = self.joiner.join_next().await.ok_or("nobody joined")?.map_err(text)??;
        Ok(Ended { ledger: self.ledger, changed, known })
    }
}

/// What was acknowledged in the end.
struct Ended {
    ledger: Ledger,
    changed: Vec<Changed>,
    known: Known,
}

async fn verify(cast: &Cast, readers: &mut [Reader], ended: Ended) -> Result<Told, String> {
    let owner = cast.people.first().ok_or("nobody")?;
    let joiner = cast.people.last().ok_or("nobody")?;
    change::check(&owner.here, cast.general, &ended.changed).await?;
    join::check(joiner, cast.open, ended.known).await?;
    let members = if ended.known == Known::In { [0, 1, 2, 4].as_slice() } else { &[0, 1, 2] };
    let in_general = arrive(owner, cast.general, readers, &[0, 1, 2, 3, 4]).await?;
    let in_open = arrive(owner, cast.open, readers, members).await?;
    // Who is cut off for a moment goes on; only the last one, who slept, may have missed too much for that.
    for reader in readers.iter().take(readers.len().saturating_sub(1)) {
        if reader.resets() > 0 {
            return Err(format!("{} had to begin anew", reader.name()));
        }
    }
    let everybody: Vec<_> = in_general.iter().filter_map(|reader| readers.get(*reader)).collect();
    let general = audit(&owner.here, cast.general, &ended.ledger, &everybody).await?;
    let there: Vec<_> = in_open.iter().filter_map(|reader| readers.get(*reader)).collect();
    let open = audit(&owner.here, cast.open, &ended.ledger, &there).await?;
    Ok(Told {
        acknowledged: general.acknowledged + open.acknowledged,
        entries: general.entries + open.entries,
        told: general.told + open.told,
        changed: ended.changed.len(),
    })
}

/// Waits until these readers have come to the end of the group's stream.
async fn arrive<'a>(
    owner: &Person,
    group: StreamId,
    readers: &mut [Reader],
    which: &'a [usize],
) -> Result<&'a [usize], String> {
    let head = owner.here.group(group).await.map_err(text)?.seq;
    for reader in which {
        let reader = readers.get_mut(*reader).ok_or("a reader is missing")?;
        reader.come_to(group, head, WITHIN).await?;
    }
    Ok(which)
}

impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { acknowledged, entries, told, changed } = self;
        write!(
            f,
            "{acknowledged} acknowledged and {changed} changed messages, {entries} entries told {told} times"
        )
    }
}
