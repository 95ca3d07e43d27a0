//! The entries that a client can receive of a group's and of a user's stream, and the frames they become.

use std::sync::Arc;

use parlance_base::{AuthorKind, EntryId, Error, Result, UserId, WorkspaceId};
use parlance_store::Scope;
use parlance_stream::{Draft, Entry, Page, Step, View};
use serde::Serialize;
use serde_json::{Value, json, value::RawValue};

use crate::{
    group::{self, Visibility},
    member::Member,
    message::{Message, body_of, message_of},
    realtime::{Audience, Live, Reader, StreamKey, Whom, Withheld},
    thread::{Replies, Summary, shown_by, thread_of},
};

pub(crate) const MESSAGE_NEW: &str = "message.new";
pub(crate) const MESSAGE_EDITED: &str = "message.edited";
pub(crate) const MESSAGE_DELETED: &str = "message.deleted";
pub(crate) const MESSAGE_REACTION: &str = "message.reaction";
pub(crate) const MESSAGE_PINNED: &str = "message.pinned";
/// A thread takes no more replies, or takes some again.
pub(crate) const THREAD_CLOSED: &str = "thread.closed";
pub(crate) const MEMBER_ADDED: &str = "member.added";
pub(crate) const MEMBER_REMOVED: &str = "member.removed";
pub(crate) const MEMBER_UPDATED: &str = "member.updated";
pub(crate) const GROUP_UPDATED: &str = "group.updated";
pub(crate) const GROUP_ARCHIVED: &str = "group.archived";
pub(crate) const GROUP_RESTORED: &str = "group.restored";
/// What was said until then is gone.
pub(crate) const GROUP_CLEARED: &str = "group.cleared";
pub(crate) const GROUP_DELETED: &str = "group.deleted";
/// What somebody was called is known no more: what they said and did there says another name.
pub(crate) const AUTHOR_FORGOTTEN: &str = "author.forgotten";
/// In a user's stream: they became a member.
pub(crate) const GROUP_JOINED: &str = "group.joined";
/// In a user's stream: they are a member no more.
pub(crate) const GROUP_LEFT: &str = "group.left";
/// In a user's stream: they have read up to here, on whichever device.
pub(crate) const READ: &str = "read";
/// In a user's stream: they have something otherwise for themselves, on all of their devices.
pub(crate) const SETTINGS_UPDATED: &str = "settings.updated";

/// What guests see of a workspace's stream.
const FOR_GUESTS: [&str; 2] = ["workspace.updated", "workspace.deleted"];
/// In the place of an entry that its reader may not see.
const ENTRY_SKIPPED: &str = "entry.skipped";

/// The entries of a group's stream.
const OF_GROUPS: [&str; 15] = [
    MESSAGE_NEW,
    MESSAGE_EDITED,
    MESSAGE_DELETED,
    MESSAGE_REACTION,
    MESSAGE_PINNED,
    THREAD_CLOSED,
    MEMBER_ADDED,
    MEMBER_REMOVED,
    MEMBER_UPDATED,
    GROUP_UPDATED,
    GROUP_ARCHIVED,
    GROUP_RESTORED,
    GROUP_CLEARED,
    GROUP_DELETED,
    AUTHOR_FORGOTTEN,
];

/// In an entry that tells of members of a large group: only who runs it and they themselves are told.
const QUIET: &str = "quiet";

/// What is appended to tell of these members of the group that the view is of, as it leaves it.
pub(crate) fn members(view: &View<'_>, kind: &'static str, members: &[Member]) -> Step {
    let told =
        |member: &Member| json!({ "user_id": member.user_id, "name": member.name, "rights": member.rights });
    let members: Vec<Value> = members.iter().map(told).collect();
    let is_large = view.head().is_some_and(group::is_large);
    let data =
        if is_large { json!({ "members": members, QUIET: true }) } else { json!({ "members": members }) };
    Step::Append(Draft { page: Page::Event, kind, counts: false, data })
}

#[derive(Serialize)]
struct Frame<'a> {
    r#type: &'a str,
    stream_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    group_id: Option<String>,
    seq: i64,
    at: String,
    author: Author<'a>,
    data: Data<'a>,
}

#[derive(Serialize)]
struct Author<'a> {
    kind: AuthorKind,
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
    let shown = |entry: &Entry| match withheld_from(workspace, entry, messages) {
        Some(whom) if whom.includes(reader) => skipped(entry),
        _ => frame(entry, messages),
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
        let withheld = withheld_from(workspace, entry, messages)
            .map(|from| Ok::<_, Error>(Withheld { from, frame: text(skipped(entry)?) }));
        let (withheld, frame) = (withheld.transpose()?, text(frame(entry, messages)?));
        Ok(Arc::new(Live { key, seq, frame, withheld, audience: audience(entry) }))
    };
    entries.into_iter().map(live).collect()
}

/// Who is only told that there is such an entry. Who is of the workspace, and as what, is not for guests; and what was said before
/// somebody came may not be for them, nor what becomes of it later.
fn withheld_from(workspace: WorkspaceId, entry: &Entry, messages: &[Entry]) -> Option<Whom> {
    if entry.stream_id.uuid() == workspace.uuid() {
        return (!FOR_GUESTS.contains(&entry.kind.as_str())).then_some(Whom::Guests);
    }
    if entry.data.get(QUIET) == Some(&Value::Bool(true)) {
        return Some(Whom::Bystanders(members_of(entry).map(|(user, _)| user).collect()));
    }
    let shown_by = match told(entry, messages) {
        Some(message) => shown_by(message),
        // What is no reply is shown by its own place, as every entry is.
        None => thread_of(entry).map(|_| shown_by(entry))?,
    };
    Some(Whom::Newcomers(u64::try_from(shown_by).unwrap_or(0)))
}

/// The members that the entry tells of, each with what it says of their rights.
fn members_of(entry: &Entry) -> impl Iterator<Item = (UserId, &Value)> {
    let members = entry.data.get("members").and_then(Value::as_array).into_iter().flatten();
    members.filter_map(|member| Some((member.get("user_id")?.as_str()?.parse().ok()?, member.get("rights")?)))
}

/// What stands for an entry that its reader may not see: its place, and nothing of what it says.
fn skipped(entry: &Entry) -> Result<Box<RawValue>> {
    let author = Author { kind: AuthorKind::System, id: "system" };
    let (seq, at) = (entry.seq, entry.at.to_rfc3339());
    let (stream_id, nothing) = (entry.stream_id.to_string(), json!({}));
    let (group_id, data) = (group_of(entry), Data::Stored(&nothing));
    written(&Frame { r#type: ENTRY_SKIPPED, stream_id, group_id, seq, at, author, data })
}

fn written(frame: &Frame<'_>) -> Result<Box<RawValue>> {
    serde_json::value::to_raw_value(frame)
        .map_err(|error| Error::internal("event.unwritable", "an entry has no frame").because(error))
}

/// The messages that these entries tell of beside themselves.
///
/// # Errors
/// `store.unavailable` while they cannot be read.
pub(crate) async fn told_of(scope: &Scope, entries: &[Entry]) -> Result<Vec<Entry>> {
    let ids = entries.iter().flat_map(|entry| message_id(entry).into_iter().chain(thread_id(entry)));
    scope.get_many::<Entry>(ids.collect::<Vec<_>>()).await
}

fn frame(entry: &Entry, messages: &[Entry]) -> Result<Box<RawValue>> {
    let mut joined = Value::Null;
    let data = match entry.kind.as_str() {
        MESSAGE_NEW => {
            Data::Message { message: Box::new(message_of(entry)?), thread: thread(entry, messages)? }
        }
        MESSAGE_DELETED => Data::Deleted { stored: &entry.data, thread: thread(entry, messages)? },
        MESSAGE_EDITED => match told(entry, messages) {
            Some(message) => Data::Message { message: Box::new(message_of(message)?), thread: None },
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
        data,
    };
    written(&frame)
}

/// The group whose entry it is, if it is a group's.
fn group_of(entry: &Entry) -> Option<String> {
    OF_GROUPS.contains(&entry.kind.as_str()).then(|| entry.stream_id.to_string())
}

/// The one of these messages that the entry tells of.
pub(crate) fn told<'a>(entry: &Entry, messages: &'a [Entry]) -> Option<&'a Entry> {
    let id = message_id(entry)?;
    messages.iter().find(|message| message.id == id)
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

/// The message whose thread the entry adds to, or takes from.
fn thread_id(entry: &Entry) -> Option<EntryId> {
    match entry.kind.as_str() {
        MESSAGE_NEW => thread_of(entry),
        MESSAGE_DELETED => entry.data.get("thread_id")?.as_str()?.parse().ok(),
        _ => None,
    }
}

fn message_id(entry: &Entry) -> Option<EntryId> {
    let of_messages = [MESSAGE_EDITED, MESSAGE_DELETED, MESSAGE_REACTION, MESSAGE_PINNED, THREAD_CLOSED];
    if !of_messages.contains(&entry.kind.as_str()) {
        return None;
    }
    entry.data.get("message_id")?.as_str()?.parse().ok()
}

/// What the entry changes in who may read its stream.
fn audience(entry: &Entry) -> Option<Audience> {
    match entry.kind.as_str() {
        MEMBER_ADDED | MEMBER_UPDATED | MEMBER_REMOVED => {
            let (mut gained, mut lost, mut run) = (Vec::new(), Vec::new(), Vec::new());
            for (user, rights) in members_of(entry) {
                let has = |right: &str| rights.get(right) == Some(&Value::Bool(true));
                if has("can_read") {
                    gained.push(user)
                } else {
                    lost.push(user)
                }
                if has("is_admin") || has("is_owner") {
                    run.push(user);
                }
            }
            Some(Audience::Members { gained, lost, run })
        }
        GROUP_UPDATED => {
            let visibility = entry.data.get("group")?.get("visibility")?.as_str()?;
            Some(if visibility == Visibility::Public.as_str() { Audience::Public } else { Audience::Private })
        }
        SETTINGS_UPDATED => entry.data.get("dnd")?.as_bool().map(Audience::Dnd),
        GROUP_DELETED => Some(Audience::Deleted),
        GROUP_JOINED => Some(Audience::Joined(entry.data.get("group_id")?.as_str()?.parse().ok()?)),
        _ => None,
    }
}
