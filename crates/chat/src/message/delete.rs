//! Deletes a message: it keeps its place and loses everything it said, now and in earlier versions.

use parlance_base::{Caller, EntryId, Result, StreamId, UserId};
use parlance_stream::{Draft, Entry, Head, Page, Plan, Read, Step, View};
use parlance_workspace::audit;
use serde_json::json;

use super::{Body, Pin, VERSIONS, Version, reaction::unreacted, view::body_of};
use crate::{
    chat::By,
    event, group,
    member::Member,
    permission::{self, Act},
    thread::{self, thread_of},
};

/// How many changes it takes at most to empty a message: its own, its pin's and its versions'.
pub(crate) const MOST_CHANGES: usize = 22;
const _: () = assert!(MOST_CHANGES as i64 == VERSIONS + 2, "each version is one");

impl By {
    /// Deletes the message. Deleting it again changes nothing.
    ///
    /// # Errors
    /// 403 `message.not_author`; 404 `group.not_found`, `message.not_found`.
    pub async fn delete(&self, group: StreamId, id: EntryId) -> Result<()> {
        let entry = self.scope().get::<Entry>(id).await?;
        let thread = entry.as_ref().and_then(thread_of);
        self.submit(group, Delete { caller: self.caller.clone(), group, id, thread }, None).await.map(drop)
    }
}

struct Delete {
    caller: Caller,
    group: StreamId,
    id: EntryId,
    /// The message that it replies to.
    thread: Option<EntryId>,
}

impl Plan for Delete {
    fn reads(&self) -> Vec<Read> {
        let member = Read::of::<Member>(Member::id_of(self.group, self.caller.user));
        let root = self.thread.map(Read::of::<Entry>);
        belongings_of(self.id, VERSIONS).chain([member]).chain(root).collect()
    }

    fn plan(&mut self, view: &mut View<'_>) -> Result<Step> {
        let (mut head, member) = permission::known(view, self.group, &self.caller)?;
        let member = member.as_ref();
        let mut entry = permission::message(view, &head, member, &self.caller, self.id, Act::MessageDelete)?;
        let had_reactions = has_reactions(&entry);
        let is_others = entry.author_id != self.caller.user.to_string();
        if !empty(view, &mut head, &mut entry, self.caller.user)? {
            return Ok(Step::Nothing);
        }
        view.put_head(head);
        if had_reactions {
            view.insert(&unreacted(self.caller.workspace, self.id, view.now()))?;
        }
        if is_others {
            audit::record(view, &self.caller, "message.deleted", Some(self.id.to_string()))?;
        }
        let data = match self.thread {
            Some(thread) => {
                thread::uncount(view, thread)?;
                json!({ "message_id": self.id, "thread_id": thread })
            }
            None => json!({ "message_id": self.id }),
        };
        Ok(Step::Append(Draft { page: Page::Event, kind: event::MESSAGE_DELETED, counts: false, data }))
    }
}

/// Takes out of the message, and of the store, all it said, now and before, and its pin; false where it was deleted already.
pub(crate) fn empty(view: &mut View<'_>, head: &mut Head, entry: &mut Entry, by: UserId) -> Result<bool> {
    let body = body_of(entry)?;
    if body.deleted_at.is_some() {
        return Ok(false);
    }
    for edit in 0..body.edits.min(VERSIONS) {
        view.remove::<Version>(Version::place(entry.id, edit))?;
    }
    if entry.ordinal == Some(head.ordinal) {
        head.preview = None;
    }
    if body.pinned {
        view.remove::<Pin>(entry.id)?;
        group::count_pins(head, -1);
    }
    let Body { author_name, edits, thread, replies, .. } = body;
    let (text_rev, deleted_at, deleted_by) = (view.next_seq(), Some(view.now()), Some(by));
    let left =
        Body { author_name, edits, thread, replies, text_rev, deleted_at, deleted_by, ..Body::default() };
    entry.data = json!(left);
    entry.rev = view.next_seq();
    view.put(entry)?;
    Ok(true)
}

/// Whether somebody reacted to the message.
pub(crate) fn has_reactions(message: &Entry) -> bool {
    body_of(message).is_ok_and(|body| !body.reactions.is_empty())
}

/// What a plan reads that [empties](empty) this message.
pub(crate) fn belongings(message: &Entry) -> impl Iterator<Item = Read> + use<> {
    let edits = body_of(message).map_or(VERSIONS, |body| body.edits.min(VERSIONS));
    belongings_of(message.id, edits)
}

fn belongings_of(id: EntryId, edits: i64) -> impl Iterator<Item = Read> {
    let versions = (0..edits).map(move |edit| Read::of::<Version>(Version::place(id, edit)));
    [Read::of::<Entry>(id), Read::of::<Pin>(id)].into_iter().chain(versions)
}
