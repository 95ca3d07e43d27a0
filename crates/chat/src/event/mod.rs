//! The entries that a client can receive of a group's and of a user's stream, and what they tell of.

mod frame;
mod shape;

use parlance_base::{EntryId, Result, UserId};
use parlance_store::Scope;
use parlance_stream::{Draft, Entry, Page, Step, View};
use serde_json::{Value, json};

use crate::{
    group::{self, GroupKind, Visibility},
    member::Member,
    message::{answered, quoted},
    realtime::Audience,
    thread::thread_of,
};

pub(crate) use frame::{Frame, frames, live};

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
/// In a user's stream: something became of a message of theirs that is to be sent later.
pub(crate) const SCHEDULED_UPDATED: &str = "scheduled.updated";

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

/// Where the entry stands by which the view's plan tells of a change of the group that people notice: beside the messages, but for
/// what two talk about, and for the very first entry, since how a group began is what the group itself says.
pub(crate) fn noticed(view: &View<'_>) -> Page {
    let is_direct =
        view.head().is_some_and(|head| group::kind(head).is_ok_and(|kind| kind == GroupKind::Direct));
    if is_direct || view.next_seq() == 1 { Page::Event } else { Page::System }
}

/// What is appended to tell of these members of the group that the view is of, as it leaves it.
pub(crate) fn members(view: &View<'_>, kind: &'static str, members: &[Member]) -> Step {
    let told =
        |member: &Member| json!({ "user_id": member.user_id, "name": member.name, "rights": member.rights });
    let members: Vec<Value> = members.iter().map(told).collect();
    let is_large = view.head().is_some_and(group::is_large);
    let data =
        if is_large { json!({ "members": members, QUIET: true }) } else { json!({ "members": members }) };
    let page = if is_large || kind == MEMBER_UPDATED { Page::Event } else { noticed(view) };
    Step::Append(Draft { page, kind, counts: false, data })
}

/// The members that the entry tells of, each with what it says of their rights.
fn members_of(entry: &Entry) -> impl Iterator<Item = (UserId, &Value)> {
    let members = entry.data.get("members").and_then(Value::as_array).into_iter().flatten();
    members.filter_map(|member| Some((member.get("user_id")?.as_str()?.parse().ok()?, member.get("rights")?)))
}

/// The messages that these entries tell of beside themselves.
///
/// # Errors
/// `store.unavailable` while they cannot be read.
pub(crate) async fn told_of(scope: &Scope, entries: &[Entry]) -> Result<Vec<Entry>> {
    let ids = entries.iter().flat_map(|entry| {
        let answered = (entry.kind == MESSAGE_NEW).then(|| answered(entry)).flatten();
        [message_id(entry), thread_id(entry), answered].into_iter().flatten()
    });
    let mut told = scope.get_many::<Entry>(ids.collect::<Vec<_>>()).await?;
    // What was edited answers something too.
    let edited = told_by(entries, MESSAGE_EDITED).filter_map(|id| told.iter().find(|entry| entry.id == id));
    let more = edited.filter_map(answered).filter(|id| told.iter().all(|entry| entry.id != *id));
    let more = scope.get_many::<Entry>(more.collect::<Vec<_>>()).await?;
    told.extend(more);
    Ok(told)
}

/// The messages that entries of this kind tell of.
fn told_by<'a>(entries: &'a [Entry], kind: &'a str) -> impl Iterator<Item = EntryId> + 'a {
    entries.iter().filter(move |entry| entry.kind == kind).filter_map(message_id)
}

/// The one of these messages that the entry tells of.
pub(crate) fn told<'a>(entry: &Entry, messages: &'a [Entry]) -> Option<&'a Entry> {
    let id = message_id(entry)?;
    messages.iter().find(|message| message.id == id)
}

/// The message that the entry shows: itself, or the one that was edited.
fn message_in<'a>(entry: &'a Entry, messages: &'a [Entry]) -> Option<&'a Entry> {
    match entry.kind.as_str() {
        MESSAGE_NEW => Some(entry),
        MESSAGE_EDITED => told(entry, messages),
        _ => None,
    }
}

/// The `seq` of the entry that last changed what the entry says, in its own words or another message's; 0 where all say what they said
/// first.
pub(crate) fn last_said(entry: &Entry, messages: &[Entry]) -> i64 {
    let text_rev = |entry: &Entry| entry.data.get("text_rev").and_then(Value::as_i64).unwrap_or(0);
    let answered = message_in(entry, messages).and_then(|message| quoted(message, messages));
    let said = [Some(entry), told(entry, messages), answered];
    said.into_iter().flatten().map(text_rev).max().unwrap_or(0)
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
