//! Those who change what they said: what an edit or a deletion acknowledged must hold, what came after it may.

use std::time::Duration;

use parlance_base::{EntryId, StreamId};
use parlance_client::{Error, InWorkspace, NewMessage};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::text;

const WITHIN: Duration = Duration::from_secs(60);
const PAUSE: Duration = Duration::from_millis(20);

/// How often each message is edited.
const EDITS: usize = 4;

/// A message, and how far its changes have come: 0 as it was sent, then edit by edit, deleted in the end.
pub(crate) struct Changed {
    id: EntryId,
    /// The last change that was acknowledged.
    acknowledged: usize,
    /// The last one that was tried.
    tried: usize,
}

/// Sends messages until told to stop, edits each and deletes every third.
pub(crate) async fn change(
    here: InWorkspace,
    group: StreamId,
    stop: CancellationToken,
) -> Result<Vec<Changed>, String> {
    let mut all = Vec::new();
    while !stop.is_cancelled() {
        let message = NewMessage::text(version(0));
        let id = here.send_until_settled(group, message, WITHIN).await.map_err(text)?.id();
        let mut changed = Changed { id, acknowledged: 0, tried: 0 };
        let last = if all.len() % 3 == 0 { EDITS + 1 } else { EDITS };
        while changed.tried < last && !stop.is_cancelled() {
            changed.tried += 1;
            match step(&here, group, &changed).await {
                Ok(()) => changed.acknowledged = changed.tried,
                Err(error) if error.will_pass() => sleep(PAUSE).await,
                Err(error) => return Err(format!("change {} of {id}: {error}", changed.tried)),
            }
        }
        all.push(changed);
    }
    Ok(all)
}

async fn step(here: &InWorkspace, group: StreamId, changed: &Changed) -> Result<(), Error> {
    match changed.tried {
        deletion if deletion > EDITS => here.delete_message(group, changed.id).await,
        edit => here.edit(group, changed.id, &version(edit)).await.map(drop),
    }
}

fn version(number: usize) -> String {
    format!("version {number}")
}

/// Holds every message against what was acknowledged of it.
pub(crate) async fn check(here: &InWorkspace, group: StreamId, all: &[Changed]) -> Result<(), String> {
    for Changed { id, acknowledged, tried } in all {
        let message = here.message(group, *id).await.map_err(|error| format!("{id}: {error}"))?;
        let found = match (&message.content, message.deleted_at) {
            (None, Some(_)) => EDITS + 1,
            (Some(content), None) => (0..=EDITS)
                .find(|number| version(*number) == *content)
                .ok_or(format!("{id} says {content}"))?,
            other => return Err(format!("{id} is half deleted: {other:?}")),
        };
        if !(*acknowledged..=*tried).contains(&found) {
            return Err(format!("{id}: change {acknowledged} is acknowledged, {found} is stored"));
        }
    }
    Ok(())
}
