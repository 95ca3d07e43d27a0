//! One message, as the caller may see it.

use parlance_base::{EntryId, Result, StreamId};
use parlance_stream::{Entry, Head, Page};

use super::{Message, not_found};
use crate::{chat::By, event, group, member::Member, thread::shown_by};

impl By {
    /// The message.
    ///
    /// # Errors
    /// 404 `group.not_found`, `message.not_found`.
    pub async fn message(&self, group: StreamId, id: EntryId) -> Result<Message> {
        let (head, member) = self.readable(group).await?;
        self.shown_in(&head, member.as_ref(), id).await
    }

    pub(super) async fn message_entry(&self, group: StreamId, id: EntryId) -> Result<Entry> {
        let (head, member) = self.readable(group).await?;
        self.entry(&head, member.as_ref(), id).await
    }

    /// The message, for who has just changed it.
    pub(super) async fn changed_message(&self, group: StreamId, id: EntryId) -> Result<Message> {
        let (head, member) = self.known(group).await?;
        self.shown_in(&head, member.as_ref(), id).await
    }

    async fn shown_in(&self, head: &Head, member: Option<&Member>, id: EntryId) -> Result<Message> {
        let entry = self.seen(head, member, id).await?;
        let is_shown = entry.kind == event::MESSAGE_NEW || entry.page == Page::System;
        let entry = Some(entry).filter(|_| is_shown).ok_or_else(not_found)?;
        self.shown_message(group::visible_from(head, member), &entry).await
    }

    /// The message that somebody wrote.
    pub(crate) async fn entry(&self, head: &Head, member: Option<&Member>, id: EntryId) -> Result<Entry> {
        let entry = self.seen(head, member, id).await?;
        if entry.kind == event::MESSAGE_NEW { Ok(entry) } else { Err(not_found()) }
    }

    async fn seen(&self, head: &Head, member: Option<&Member>, id: EntryId) -> Result<Entry> {
        let visible_from = group::visible_from(head, member);
        let entry = self.scope().get::<Entry>(id).await?;
        let is_seen = |entry: &Entry| entry.stream_id == head.id && shown_by(entry) >= visible_from;
        entry.filter(is_seen).ok_or_else(not_found)
    }
}
