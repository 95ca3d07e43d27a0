//! Closes threads, and opens them again.

use parlance_base::{Caller, EntryId, Result, StreamId};
use parlance_stream::{Draft, Entry, Page, Plan, Read, Step, View};
use serde_json::json;

use super::{ThreadView, no_thread};
use crate::{
    chat::By,
    event,
    member::Member,
    message::body_of,
    permission::{self, Act},
};

impl By {
    /// Has the thread take no more replies, or take some again. Where it is so already, nothing changes.
    ///
    /// # Errors
    /// 403 `message.not_author`, `group.archived`; 404 `group.not_found`, `message.not_found`, `thread.not_found` for a message
    /// without replies; 429 `rate.limited`.
    pub async fn close_thread(&self, group: StreamId, id: EntryId, closed: bool) -> Result<ThreadView> {
        self.chat.shared.pace.change_group(self.user())?;
        self.submit(group, Close { caller: self.caller.clone(), group, id, closed }, None).await?;
        self.known_thread(group, id).await
    }
}

struct Close {
    caller: Caller,
    group: StreamId,
    id: EntryId,
    closed: bool,
}

impl Plan for Close {
    fn reads(&self) -> Vec<Read> {
        let member = Read::of::<Member>(Member::id_of(self.group, self.caller.user));
        vec![member, Read::of::<Entry>(self.id)]
    }

    fn plan(&mut self, view: &mut View<'_>) -> Result<Step> {
        let (head, member) = permission::known(view, self.group, &self.caller)?;
        let act = Act::ThreadClose;
        let mut root = permission::message(view, &head, member.as_ref(), &self.caller, self.id, act)?;
        let mut body = body_of(&root)?;
        let summary = body.replies.as_mut().ok_or_else(no_thread)?;
        if summary.closed == self.closed {
            return Ok(Step::Nothing);
        }
        summary.closed = self.closed;
        root.data = json!(body);
        root.rev = view.next_seq();
        view.put(&root)?;
        let data = json!({ "message_id": self.id, "closed": self.closed });
        Ok(Step::Append(Draft { page: Page::Event, kind: event::THREAD_CLOSED, counts: false, data }))
    }
}
