//! Deletes a message: it keeps its place and loses everything it said, now and in earlier versions.

use parlance_base::{Caller, EntryId, Result, StreamId};
use parlance_stream::{Draft, Entry, Page, Plan, Read, Step, View};
use parlance_workspace::audit;
use serde_json::json;

use super::{Body, Pin, VERSIONS, Version, view::body_of};
use crate::{
    chat::By,
    event, group,
    member::Member,
    permission::{self, Act},
};

impl By {
    /// Deletes the message. Deleting it again changes nothing.
    ///
    /// # Errors
    /// 403 `message.not_author`; 404 `group.not_found`, `message.not_found`.
    pub async fn delete(&self, group: StreamId, id: EntryId) -> Result<()> {
        self.submit(group, Delete { caller: self.caller.clone(), group, id }, None).await.map(drop)
    }
}

struct Delete {
    caller: Caller,
    group: StreamId,
    id: EntryId,
}

impl Plan for Delete {
    fn reads(&self) -> Vec<Read> {
        let versions = (0..VERSIONS).map(|place| Read::of::<Version>(Version::place(self.id, place)));
        let member = Read::of::<Member>(Member::id_of(self.group, self.caller.user));
        [member, Read::of::<Entry>(self.id), Read::of::<Pin>(self.id)].into_iter().chain(versions).collect()
    }

    fn plan(&mut self, view: &mut View<'_>) -> Result<Step> {
        let (mut head, member) = permission::known(view, self.group, &self.caller)?;
        let member = member.as_ref();
        let mut entry = permission::message(view, &head, member, &self.caller, self.id, Act::MessageDelete)?;
        let body = body_of(&entry)?;
        if body.deleted_at.is_some() {
            return Ok(Step::Nothing);
        }
        for place in (0..VERSIONS).map(|place| Version::place(self.id, place)) {
            view.remove::<Version>(place)?;
        }
        if entry.ordinal == Some(head.ordinal) {
            head.preview = None;
        }
        if body.pinned {
            view.remove::<Pin>(self.id)?;
            group::count_pins(&mut head, -1);
        }
        view.put_head(head);
        if entry.author_id != self.caller.user.to_string() {
            audit::record(view, &self.caller, "message.deleted", Some(self.id.to_string()))?;
        }
        let author_name = body.author_name;
        let (deleted_at, deleted_by) = (Some(view.now()), Some(self.caller.user));
        entry.data =
            json!(Body { author_name, edits: body.edits, deleted_at, deleted_by, ..Body::default() });
        entry.rev = view.next_seq();
        view.put(&entry)?;
        let data = json!({ "message_id": self.id });
        Ok(Step::Append(Draft { page: Page::Event, kind: event::MESSAGE_DELETED, counts: false, data }))
    }
}
