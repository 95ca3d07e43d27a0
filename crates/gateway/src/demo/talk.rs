//! A conversation: live on several sockets, then as history, and what is unread of it.

use std::time::Duration;

use futures::future::join_all;
use parlance_base::EntryId;
use parlance_client::{Listed, NewMessage, Position};

use super::{
    cast::{Cast, Person},
    check, converse,
    stage::Stage,
    text,
};
use crate::rehearsal::{Ledger, Promise, Reader, audit};

/// How long anything is waited for.
const WITHIN: Duration = Duration::from_secs(20);

const LINES: [(usize, &str); 6] = [
    (0, "Good morning! Who is in?"),
    (1, "I am. The coffee machine is not."),
    (2, "It never is on Mondays."),
    (0, "It is Saturday."),
    (1, "That explains the silence."),
    (2, "And the cofee."),
];

pub(super) async fn talk(stage: &mut Stage, cast: &Cast) -> Result<(), String> {
    let mut readers = cast.acme.each_ref().map(|person| Reader::start(person.name, person.here.clone()));
    for reader in &mut readers {
        reader.come_to(cast.general, 1, WITHIN).await?;
    }
    let ledger = speak(cast, &readers).await?;
    refuse_in_news(cast).await?;

    let [ann, _, cleo] = &cast.acme;
    let last = ledger.promises().pop().ok_or("nothing was said")?;
    ann.here.read(cast.general, 1, None).await.map_err(text)?;
    let edited = cleo.here.edit(cast.general, last.id, "And the coffee.").await.map_err(text)?;
    for reader in &mut readers {
        reader.come_to(cast.general, edited.rev, WITHIN).await?;
    }
    let finding = audit(&ann.here, cast.general, &ledger, &readers.each_ref()).await?;
    let (entries, told) = (finding.entries, finding.told);
    check(told == 3 * (LINES.len() + 1), || format!("three sockets were told {told} entries"))?;
    stage.step(
        "Live",
        &format!(
            "{} messages and an edit, by HTTP and by socket: three sockets saw them in one order",
            LINES.len()
        ),
    )?;
    let page = ann.here.messages(cast.general, Position::Newest, 100).await.map_err(text)?;
    let newest = page.items.first().and_then(|message| message.content.as_deref());
    check(newest == Some("And the coffee."), || format!("the newest message says {newest:?}"))?;
    let history = cleo.here.history(cast.general, last.id).await.map_err(text)?;
    check(history.len() == 1, || format!("the edited message has {} earlier versions", history.len()))?;
    stage.step(
        "History",
        &format!(
            "{entries} entries, 1 to {entries} without a gap; the edited message keeps what it said before"
        ),
    )?;
    react(stage, cast, last.id).await?;
    converse::discuss(stage, cast, last.id).await?;
    converse::watch(stage, cast).await?;
    unread(stage, cast).await
}

/// Everybody says their lines, in turn by HTTP and over their socket.
async fn speak(cast: &Cast, readers: &[Reader; 3]) -> Result<Ledger, String> {
    let ledger = Ledger::default();
    for (number, (who, line)) in LINES.into_iter().enumerate() {
        let (Some(person), Some(reader)) = (cast.acme.get(who), readers.get(who)) else { continue };
        let message = NewMessage::text(line);
        let sent = if number % 2 == 0 {
            person.here.send(cast.general, message).await
        } else {
            reader.commands().send(cast.general, message).await
        };
        let sent = sent.map_err(text)?;
        let (seq, id) = (sent.seq(), sent.id());
        ledger.write(Promise { group: cast.general, seq, id, content: line.to_owned() });
    }
    Ok(ledger)
}

async fn refuse_in_news(cast: &Cast) -> Result<(), String> {
    let [ann, bob, _] = &cast.acme;
    let refused = bob.here.send(cast.news, NewMessage::text("may I?")).await.err();
    let code = refused.as_ref().and_then(|error| error.code());
    check(code == Some("group.read_only"), || format!("bob posts to the channel: {code:?}"))?;
    ann.here.send(cast.news, NewMessage::text("Welcome to Acme.")).await.map(drop).map_err(text)
}

/// Everybody reacts to a message, at once and twice, and it is pinned.
async fn react(stage: &mut Stage, cast: &Cast, message: EntryId) -> Result<(), String> {
    let [ann, bob, cleo] = &cast.acme;
    let reactions = [(ann, "👍"), (bob, "👍"), (bob, "👍"), (cleo, "☕")];
    let reactions =
        reactions.map(|(person, emoji)| person.here.react(cast.general, message, emoji, Some(true)));
    for reacted in join_all(reactions).await {
        check(reacted.map_err(text)?.on, || "a reaction is not there".to_owned())?;
    }
    ann.here.pin(cast.general, message, true).await.map_err(text)?;
    let pins = cleo.here.pins(cast.general, &Listed::default()).await.map_err(text)?;
    let [pin] = &pins.items[..] else { return Err(format!("{} messages are pinned", pins.items.len())) };
    let mut counts: Vec<_> = pin.message.reactions.iter().map(|it| (it.count, it.emoji.as_str())).collect();
    counts.sort_unstable();
    check(counts == [(1, "☕"), (2, "👍")], || format!("the reactions are {counts:?}"))?;
    stage.step("Reactions", "👍 2 and ☕ 1, though bob pressed twice at once; ann pins the message")
}

async fn unread(stage: &mut Stage, cast: &Cast) -> Result<(), String> {
    let [_, bob, cleo] = &cast.acme;
    let before = total(bob).await?;
    let last = cleo.here.send(cast.general, NewMessage::text("Bob?")).await.map_err(text)?.seq();
    check(total(bob).await? == before + 1, || "a message of another's is not unread".to_owned())?;
    let state = bob.here.read(cast.general, last, None).await.map_err(text)?;
    check(state.unread == 0, || format!("{} are unread after reading all", state.unread))?;
    let rest = total(bob).await?;
    stage.step(
        "Unread",
        &format!("bob has {} unread; after reading General {rest}, which is the news", before + 1),
    )?;
    check(rest == 1, || format!("{rest} are unread"))?;
    let marked = bob.here.mark_unread(cast.general, last).await.map_err(text)?;
    check(marked.unread == 1, || format!("{} are unread again", marked.unread))?;
    let state = bob.here.read(cast.general, last, None).await.map_err(text)?;
    check(state.unread == 0, || format!("{} are unread after reading again", state.unread))
}

async fn total(person: &Person) -> Result<u64, String> {
    Ok(person.here.unread().await.map_err(text)?.total)
}
