//! The frames that entries become.

use std::sync::Arc;

use parlance_base::{AuthorKind, EntryId, Error, Result, WorkspaceId};
use parlance_stream::{Entry, Page};
use serde::Serialize;
use serde_json::{Value, json, value::RawValue};
use utoipa::ToSchema;

use super::{
    ENTRY_SKIPPED, MESSAGE_DELETED, MESSAGE_EDITED, MESSAGE_NEW, MESSAGE_REACTION, OF_GROUPS, audience,
    shape::{Shape, lesser},
    thread_id, told,
};
use crate::{
    message::{Message, Quote, body_of, message_of, quoted},
    realtime::{Live, Reader, StreamKey, Withheld},
    thread::{Replies, Summary},
};

/// An entry of a stream.
#[derive(Serialize, ToSchema)]
#[schema(as = StreamEntry)]
pub(crate) struct Frame<'a> {
    /// What it tells: `message.new`, `member.added`, `read` …
    r#type: &'a str,
    /// The stream that it is in.
    #[schema(value_type = uuid::Uuid)]
    stream_id: String,
    /// The group whose stream that is.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<uuid::Uuid>)]
    group_id: Option<String>,
    /// Its place there: 1, 2, 3 …
    seq: i64,
    /// When it was committed.
    #[schema(format = DateTime)]
    at: String,
    /// Who did what it tells of.
    author: Author<'a>,
    /// The id of the message that the entry is beside telling of a change.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<uuid::Uuid>)]
    system_message_id: Option<EntryId>,
    /// What there is to say of it, by its type: docs/protocol.md lists them.
    #[schema(value_type = Object)]
    data: Data<'a>,
}

/// Who did what an entry tells of.
#[derive(Serialize, ToSchema)]
#[schema(as = EntryAuthor)]
pub(crate) struct Author<'a> {
    /// `user`, `agent` or `system`.
    #[schema(value_type = String)]
    kind: AuthorKind,
    /// Their id; `system` for what the server did.
    id: &'a str,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Data<'a> {
    Message {
        message: Box<Message>,
        #[serde(skip_serializing_if = "Option::is_none")]
        thread: Option<ThreadSummary>,
    },
    Stored(&'a Value),
    Deleted {
        #[serde(flatten)]
        stored: &'a Value,
        #[serde(skip_serializing_if = "Option::is_none")]
        thread: Option<ThreadSummary>,
    },
}

/// What has become of the thread that an entry is about: it says the same of the message that it belongs to.
#[derive(Serialize)]
struct ThreadSummary {
    message_id: EntryId,
    rev: i64,
    #[serde(flatten)]
    replies: Replies,
}

/// The frames of these entries of one stream, in the same order, as this reader of it may see them. What an entry tells of a
/// message is joined from the message as it is among `messages`: what was deleted is told to nobody.
///
/// # Errors
/// `event.unwritable`, a fault of ours, for an entry that cannot be told.
pub(crate) fn frames(
    workspace: WorkspaceId,
    reader: &Reader,
    entries: &[Entry],
    messages: &[Entry],
) -> Result<Vec<Box<RawValue>>> {
    let shown = |entry: &Entry| {
        let lesser = lesser(workspace, entry, messages);
        let shape = lesser.iter().find(|(whom, _)| whom.includes(reader));
        frame(entry, messages, shape.map_or(Shape::Whole, |(_, shape)| *shape))
    };
    entries.iter().map(shown).collect()
}

/// These entries as delivery hands them on; `messages` has those that entries tell of.
///
/// # Errors
/// `event.unwritable`, a fault of ours, for an entry that cannot be told.
pub(crate) fn live<'a>(
    workspace: WorkspaceId,
    entries: impl IntoIterator<Item = &'a Entry>,
    messages: &[Entry],
) -> Result<Vec<Arc<Live>>> {
    let text = |frame: Box<RawValue>| String::from(Box::<str>::from(frame)).into();
    let live = |entry: &Entry| {
        let key = StreamKey { workspace, stream: entry.stream_id };
        let seq = u64::try_from(entry.seq).unwrap_or(0);
        let withheld = lesser(workspace, entry, messages).into_iter().map(|(from, shape)| {
            let frame = text(frame(entry, messages, shape)?);
            Ok(Withheld { from, frame })
        });
        let withheld = withheld.collect::<Result<_>>()?;
        let frame = text(frame(entry, messages, Shape::Whole)?);
        Ok(Arc::new(Live { key, seq, frame, withheld, audience: audience(entry) }))
    };
    entries.into_iter().map(live).collect()
}

/// What stands for an entry that its reader may not see: its place, and nothing of what it says.
fn skipped(entry: &Entry) -> Result<Box<RawValue>> {
    let author = Author { kind: AuthorKind::System, id: "system" };
    let (seq, at) = (entry.seq, entry.at.to_rfc3339());
    let (stream_id, nothing) = (entry.stream_id.to_string(), json!({}));
    let (group_id, data) = (group_of(entry), Data::Stored(&nothing));
    written(&Frame {
        r#type: ENTRY_SKIPPED,
        stream_id,
        group_id,
        seq,
        at,
        author,
        system_message_id: None,
        data,
    })
}

fn written(frame: &Frame<'_>) -> Result<Box<RawValue>> {
    serde_json::value::to_raw_value(frame)
        .map_err(|error| Error::internal("event.unwritable", "an entry has no frame").because(error))
}

fn frame(entry: &Entry, messages: &[Entry], shape: Shape) -> Result<Box<RawValue>> {
    if shape == Shape::Skipped {
        return skipped(entry);
    }
    let mut joined = Value::Null;
    let data = match entry.kind.as_str() {
        MESSAGE_NEW => {
            let message = message(entry, messages, shape)?;
            Data::Message { message, thread: thread(entry, messages)? }
        }
        MESSAGE_DELETED => Data::Deleted { stored: &entry.data, thread: thread(entry, messages)? },
        MESSAGE_EDITED => match told(entry, messages) {
            Some(edited) => Data::Message { message: message(edited, messages, shape)?, thread: None },
            None => Data::Stored(&entry.data),
        },
        MESSAGE_REACTION => match told(entry, messages).map(message_of).transpose()? {
            Some(message) if message.deleted_at.is_none() => {
                joined.clone_from(&entry.data);
                if let Some(data) = joined.as_object_mut() {
                    data.insert("reactions".to_owned(), json!(message.reactions));
                }
                Data::Stored(&joined)
            }
            _ => return skipped(entry),
        },
        _ => Data::Stored(&entry.data),
    };
    let frame = Frame {
        r#type: &entry.kind,
        group_id: group_of(entry),
        stream_id: entry.stream_id.to_string(),
        seq: entry.seq,
        at: entry.at.to_rfc3339(),
        author: Author { kind: entry.author_kind, id: &entry.author_id },
        system_message_id: (entry.page == Page::System).then_some(entry.id),
        data,
    };
    written(&frame)
}

fn message(entry: &Entry, messages: &[Entry], shape: Shape) -> Result<Box<Message>> {
    let quoted = quoted(entry, messages).filter(|_| shape == Shape::Whole);
    Ok(Box::new(Message { quote: quoted.map(Quote::of).transpose()?, ..message_of(entry)? }))
}

/// The group whose entry it is, if it is a group's.
fn group_of(entry: &Entry) -> Option<String> {
    OF_GROUPS.contains(&entry.kind.as_str()).then(|| entry.stream_id.to_string())
}

/// What has become of the thread that the entry adds to, or takes from.
fn thread(entry: &Entry, messages: &[Entry]) -> Result<Option<ThreadSummary>> {
    let root = thread_id(entry).and_then(|id| messages.iter().find(|message| message.id == id));
    let Some((root, replies)) =
        root.map(|root| Ok::<_, Error>((root, body_of(root)?.replies))).transpose()?
    else {
        return Ok(None);
    };
    let summary =
        |replies: Summary| ThreadSummary { message_id: root.id, rev: root.rev, replies: replies.into() };
    Ok(replies.map(summary))
}
