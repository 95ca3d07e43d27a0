//! What people do with what was said: a thread beside the conversation, somebody who is called into it, and who is there to see it.

use std::time::Duration;

use parlance_base::EntryId;
use parlance_client::{Command, Frame, NewMessage, Presence, Socket, SocketOptions};
use tokio::time::timeout;

use super::{
    cast::{Cast, Person},
    check,
    stage::Stage,
    text,
};

/// How long anything is waited for.
const WITHIN: Duration = Duration::from_secs(20);

/// A thread about this message, and who is called into it.
pub(super) async fn discuss(stage: &mut Stage, cast: &Cast, message: EntryId) -> Result<(), String> {
    let [ann, bob, cleo] = &cast.acme;
    let reply = |content: String| NewMessage::text(content).in_thread(message);
    ann.here.send(cast.general, reply("The one from the machine?".to_owned())).await.map_err(text)?;
    let handles = ann.here.suggest_mentions(cast.general, "bo").await.map_err(text)?;
    let bobs = handles.into_iter().next().ok_or("nobody is suggested")?.handle;
    ann.here.send(cast.general, reply(format!("@{bobs} knows."))).await.map_err(text)?;
    let of = async |person: &Person| person.here.thread(cast.general, message, 50).await.map_err(text);
    let (cleos, bobs) = (of(cleo).await?, of(bob).await?);
    let count = cleos.thread.message.reply_count;
    check(count == 2 && cleos.replies.items.len() == 2, || format!("the thread has {count} replies"))?;
    let unread = |thread: &parlance_client::MessageThread| {
        (thread.thread.following, thread.thread.read.unread, thread.thread.read.mentions)
    };
    check(unread(&cleos) == (true, 2, 0), || format!("cleo's thread is {:?}", unread(&cleos)))?;
    check(unread(&bobs) == (true, 1, 1), || format!("bob's thread is {:?}", unread(&bobs)))?;
    let last = bob.here.send(cast.general, reply("I do.".to_owned())).await.map_err(text)?.seq();
    let read = cleo.here.read_thread(cast.general, message, last, None).await.map_err(text)?;
    check(read.unread == 0 && of(bob).await?.thread.read.mentions == 0, || "something is unread".to_owned())?;
    stage.step("Threads", "cleo's message has 3 replies; @bob was called in by ann, and has answered")
}

/// Cleo watches Bob come and say that he is busy.
pub(super) async fn watch(stage: &mut Stage, cast: &Cast) -> Result<(), String> {
    let [_, bob, cleo] = &cast.acme;
    let mut cleos = open(cleo).await?;
    cleos.ask(&Command::PresenceWatch { user_ids: vec![bob.id] }, WITHIN).await.map_err(text)?;
    let mut bobs = open(bob).await?;
    seen(&mut cleos, Presence::Online).await?;
    bobs.ask(&Command::PresenceUpdate { status: Presence::Dnd }, WITHIN).await.map_err(text)?;
    seen(&mut cleos, Presence::Dnd).await?;
    bobs.ask(&Command::PresenceUpdate { status: Presence::Online }, WITHIN).await.map_err(text)?;
    seen(&mut cleos, Presence::Online).await?;
    stage.step("Presence", "cleo sees bob online, not to be disturbed, and online again")
}

async fn open(person: &Person) -> Result<Socket, String> {
    let mut socket = person.here.connect(SocketOptions::default()).await.map_err(text)?;
    loop {
        if let Frame::Ready(ready) = socket.next().await.map_err(text)?
            && !ready.more
        {
            return Ok(socket);
        }
    }
}

/// Waits until the one who is watched is seen so.
async fn seen(socket: &mut Socket, status: Presence) -> Result<(), String> {
    let waiting = async {
        loop {
            if let Frame::Presence(changes) = socket.next().await.map_err(text)?
                && changes.iter().any(|change| change.status == status)
            {
                return Ok(());
            }
        }
    };
    timeout(WITHIN, waiting).await.map_err(|_| format!("nobody was seen {status:?}"))?
}
