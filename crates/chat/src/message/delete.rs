//! Deletes a message: it keeps its place and loses everything it said, now and in earlier versions.

use parlance_base::{Caller, EntryId, Result, StreamId, UserId};
use parlance_stream::{Draft, Entry, Head, Page, Plan, Read, Step, View};
use parlance_workspace::audit;
use serde_json::json;

use super::{
    Body, Pin, VERSIONS, Version,
    mention::{self, Addressed, Mentioning, TRIES, is_changed, keeps_changing},
    reaction::unreacted,
    view::body_of,
};
use crate::{
    chat::By,
    event, group,
    member::Member,
    permission::{self, Act},
    thread,
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
        for _ in 0..TRIES {
            let before = self.addressed(id).await?;
            let plan = Delete { caller: self.caller.clone(), group, id, before };
            let outcome = self.submit(group, plan, None).await.map(drop);
            if !is_changed(&outcome) {
                return outcome;
            }
        }
        Err(keeps_changing())
    }
}

struct Delete {
    caller: Caller,
    group: StreamId,
    id: EntryId,
    before: Addressed,
}

impl Plan for Delete {
    fn reads(&self) -> Vec<Read> {
        let member = Read::of::<Member>(Member::id_of(self.group, self.caller.user));
        let root = self.before.thread.map(Read::of::<Entry>);
        let mentions = mention::reads(self.id, self.group, self.before.thread, &self.before.mentions);
        belongings_of(self.id, VERSIONS).chain([member]).chain(root).chain(mentions).collect()
    }

    fn plan(&mut self, view: &mut View<'_>) -> Result<Step> {
        let (mut head, member) = permission::known(view, self.group, &self.caller)?;
        let member = member.as_ref();
        let mut entry = permission::message(view, &head, member, &self.caller, self.id, Act::MessageDelete)?;
        self.before.check(&entry)?;
        let (had_reactions, place) = (has_reactions(&entry), body_of(&entry)?.thread);
        let is_others = entry.author_id != self.caller.user.to_string();
        if !empty(view, &mut head, &mut entry, self.caller.user)? {
            return Ok(Step::Nothing);
        }
        view.put_head(head);
        let (seq, author, thread) = (entry.seq, self.caller.user, place.as_ref());
        let said = Mentioning { message: self.id, seq, author, group: self.group, thread };
        said.end(view, &self.before.mentions)?;
        if had_reactions {
            view.insert(&unreacted(self.caller.workspace, self.id, view.now()))?;
        }
        if is_others {
            audit::record(view, &self.caller, "message.deleted", Some(self.id.to_string()))?;
        }
        let data = match self.before.thread {
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
