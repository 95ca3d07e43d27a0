//! The crash: everybody talks at once, the server's process is killed with signal 9 in the middle of it and started again,
//! and everybody goes on.

use std::time::Duration;

use parlance_base::StreamId;
use parlance_client::NewMessage;
use tokio::task::JoinSet;

use super::{cast::Cast, check, stage::Stage, text};
use crate::rehearsal::{Child, Door, Ledger, Promise, Reader, audit};

/// How many messages each sender sends.
const EACH: usize = 200;

/// How many are acknowledged when the server is killed.
const THEN: usize = 300;

/// How long anything is waited for.
const WITHIN: Duration = Duration::from_secs(60);

pub(super) async fn crash(stage: &mut Stage, cast: &Cast, server: Child) -> Result<Child, String> {
    let mut readers = cast.acme.each_ref().map(|person| Reader::start(person.name, person.here.clone()));
    for reader in &mut readers {
        reader.come_to(cast.general, 1, WITHIN).await?;
    }
    let ledger = Ledger::default();
    let mut senders = all_talk(cast, &readers, &ledger);
    let (promised, old) = (ledger.reach(THEN, WITHIN).await?, server.id());
    let settings = server.kill().await?;
    let server = Child::start(settings).await?;
    while let Some(sender) = senders.join_next().await {
        sender.map_err(text)??;
    }
    stage.step(
        "kill -9",
        &format!(
            "process {old} was killed with {promised} messages acknowledged; process {} goes on",
            server.id()
        ),
    )?;

    audited(stage, cast, &ledger, readers).await?;
    Ok(server)
}

/// Waits until all readers have come to the end, and holds everything against what is stored.
async fn audited(
    stage: &mut Stage,
    cast: &Cast,
    ledger: &Ledger,
    mut readers: [Reader; 3],
) -> Result<(), String> {
    let head = cast.acme[0].here.group(cast.general).await.map_err(text)?.seq;
    for reader in &mut readers {
        reader.come_to(cast.general, head, WITHIN).await?;
        check(reader.connections() >= 2, || format!("{} was not cut off", reader.name()))?;
        check(reader.resets() == 0, || format!("{} had to begin anew", reader.name()))?;
    }
    let finding = audit(&cast.acme[0].here, cast.general, ledger, &readers.each_ref()).await?;
    let all = senders_of(cast) * EACH;
    check(finding.acknowledged == all, || format!("{} of {all} are acknowledged", finding.acknowledged))?;
    stage.step(
        "Audit",
        &format!(
            "all {all} acknowledged messages are stored, each once; {} entries without a gap",
            finding.entries
        ),
    )?;
    stage.step(
        "One order",
        "three sockets resumed where they were and were told every entry once, in the stored order",
    )
}

const fn senders_of(cast: &Cast) -> usize {
    2 * cast.acme.len()
}

/// Everybody talks over HTTP and over a socket at the same time.
fn all_talk(cast: &Cast, readers: &[Reader; 3], ledger: &Ledger) -> JoinSet<Result<(), String>> {
    let mut senders = JoinSet::new();
    for (person, reader) in cast.acme.iter().zip(readers) {
        for door in [Door::Http(person.here.clone()), Door::Socket(reader.commands().clone())] {
            senders.spawn(talk(person.name, door, cast.general, ledger.clone()));
        }
    }
    senders
}

async fn talk(name: &'static str, door: Door, group: StreamId, ledger: Ledger) -> Result<(), String> {
    for number in 0..EACH {
        let content = format!("{name} says {number}");
        let message = NewMessage::text(&content);
        let sent = door.send(group, message).await.map_err(text)?;
        ledger.write(Promise { group, seq: sent.seq(), id: sent.id(), content });
    }
    Ok(())
}
