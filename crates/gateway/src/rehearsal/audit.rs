//! The audit: what is stored, against what was acknowledged and what readers were told.

use std::collections::{BTreeMap, HashMap};

use parlance_base::{EntryId, StreamId};
use parlance_client::{Entry, EntryEvent, InWorkspace};

use super::{
    ledger::{Ledger, Promise},
    reader::{Log, Reader, Told},
};

/// Where in its metadata a message says which one it is, for those that are sent without a name.
pub const MARK: &str = "mark";

/// How many entries are read at once.
const PAGE: usize = 1_000;

/// What an audit that found nothing wrong has looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Finding {
    /// Entries stored.
    pub entries: usize,
    /// Messages among them.
    pub messages: usize,
    /// Messages that were acknowledged, each of which is stored as it was acknowledged.
    pub acknowledged: usize,
    /// Entries that readers were told, each as it is stored and in that order.
    pub told: usize,
}

/// Reads the whole stream of the group and holds it against the ledger and the readers.
///
/// # Errors
/// The first thing that is not as it was promised, in a sentence.
pub async fn audit(
    here: &InWorkspace,
    group: StreamId,
    ledger: &Ledger,
    readers: &[&Reader],
) -> Result<Finding, String> {
    let stored = stored(here, group).await?;
    let messages = messages(&stored)?;
    let promises: Vec<_> = ledger.promises().into_iter().filter(|promise| promise.group == group).collect();
    for promise in &promises {
        kept(promise, &messages)?;
    }
    let mut finding =
        Finding { entries: stored.len(), messages: messages.len(), acknowledged: promises.len(), told: 0 };
    let stored: Vec<_> = stored.iter().map(Told::of).collect();
    for reader in readers {
        finding.told += reader.with(|heard| match (heard.faults.first(), heard.streams.get(&group)) {
            (Some(fault), _) => Err(format!("{} was told {fault}", reader.name())),
            (None, Some(log)) => as_stored(reader.name(), log, &stored),
            (None, None) => Err(format!("{} was never told of {group}", reader.name())),
        })?;
    }
    Ok(finding)
}

/// All entries of the stream: 1, 2, 3 … to its end.
async fn stored(here: &InWorkspace, group: StreamId) -> Result<Vec<Entry>, String> {
    let mut entries: Vec<Entry> = Vec::new();
    loop {
        let since = entries.last().map_or(0, |entry| entry.seq);
        let page = here.changes(group, since, None, PAGE).await.map_err(|error| error.to_string())?;
        if page.reset {
            return Err(format!("the stream {group} cannot be read from {since} on"));
        }
        if page.entries.is_empty() {
            return Ok(entries);
        }
        for entry in page.entries {
            let expected = entries.last().map_or(0, |entry| entry.seq) + 1;
            if entry.seq != expected {
                return Err(format!("entry {} is stored where {expected} should be", entry.seq));
            }
            entries.push(entry);
        }
    }
}

/// A message as it is stored.
struct Kept {
    seq: u64,
    /// What it says, if that is what it said from the beginning.
    content: Option<String>,
}

/// The messages by id, each of them there once, under a name that its author gave no other.
fn messages(stored: &[Entry]) -> Result<HashMap<EntryId, Kept>, String> {
    let (mut messages, mut names, mut marks) = (HashMap::new(), BTreeMap::new(), BTreeMap::new());
    for entry in stored {
        let EntryEvent::MessageNew(message) = entry.event() else { continue };
        let content = message.content.clone().filter(|_| message.edited_at.is_none());
        if let Some(first) = messages.insert(message.id, Kept { seq: entry.seq, content }) {
            return Err(format!("message {} is stored at {} and at {}", message.id, first.seq, entry.seq));
        }
        let name = (message.author.id.clone(), message.client_id.clone());
        if let Some(first) = names.insert(name, entry.seq) {
            return Err(format!("what is stored at {} is a repetition of {first}", entry.seq));
        }
        let mark = message.metadata.as_ref().and_then(|metadata| metadata.get(MARK)).map(ToString::to_string);
        if let Some(first) = mark.and_then(|mark| marks.insert(mark, entry.seq)) {
            return Err(format!(
                "what is stored at {} was sent once and is stored at {first} too",
                entry.seq
            ));
        }
    }
    Ok(messages)
}

fn kept(promise: &Promise, messages: &HashMap<EntryId, Kept>) -> Result<(), String> {
    let Promise { id, seq, content, .. } = promise;
    match messages.get(id) {
        None => Err(format!("message {id} was acknowledged at {seq} and is lost")),
        Some(kept) if kept.seq != *seq => {
            Err(format!("message {id} was acknowledged at {seq} and is stored at {}", kept.seq))
        }
        Some(kept) if kept.content.as_ref().is_some_and(|stored| stored != content) => {
            Err(format!("message {id} said {content:?} and says {:?}", kept.content))
        }
        Some(_) => Ok(()),
    }
}

/// How much the reader was told.
fn as_stored(name: &str, log: &Log, stored: &[Told]) -> Result<usize, String> {
    let from = usize::try_from(log.from).unwrap_or(usize::MAX);
    let rest = stored.get(from..).unwrap_or_default();
    for (told, stored) in log.told.iter().zip(rest) {
        if told != stored {
            return Err(format!("{name} was told {told:?} where {stored:?} is stored"));
        }
    }
    if log.told.len() != rest.len() {
        return Err(format!("{name} was told {} entries of {}", log.told.len(), rest.len()));
    }
    Ok(log.told.len())
}
