//! `/api/chat/groups/{id}/messages`.

use parlance_base::{EntryId, StreamId};

use super::{
    InWorkspace,
    call::Call,
    groups::{Listed, of},
};
use crate::{
    Error,
    wire::{
        Edit, Forward, History, Message, MessagePage, Page, Pinned, PinnedMessage, React, Reacted, Reaction,
        Sent, Suggested, Suggestion, Version,
    },
};

/// Which messages are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Position {
    /// The newest, newest first.
    Newest,
    /// Those below this `seq`, newest first.
    Before(u64),
    /// Those above this `seq`, oldest first.
    After(u64),
    /// Those about this `seq`, oldest first.
    Around(u64),
}

impl Position {
    const fn before(self) -> Option<u64> {
        if let Self::Before(seq) = self { Some(seq) } else { None }
    }

    const fn after(self) -> Option<u64> {
        if let Self::After(seq) = self { Some(seq) } else { None }
    }

    const fn around(self) -> Option<u64> {
        if let Self::Around(seq) = self { Some(seq) } else { None }
    }

    /// The call for those of this group.
    pub(super) fn of(self, group: StreamId) -> Call {
        let call = Call::get(of(group, "/messages"));
        call.query("before", self.before()).query("after", self.after()).query("around", self.around())
    }
}

impl InWorkspace {
    /// A page of the group's messages, 1–100; deleted ones keep their place without content.
    ///
    /// # Errors
    /// 404 `group.not_found`; 422 `request.invalid`.
    pub async fn messages(&self, group: StreamId, at: Position, limit: usize) -> Result<MessagePage, Error> {
        self.call(at.of(group).query("limit", Some(limit))).await
    }

    /// The message.
    ///
    /// # Errors
    /// 404 `group.not_found`, `message.not_found`.
    pub async fn message(&self, group: StreamId, id: EntryId) -> Result<Message, Error> {
        self.get(message(group, id)).await
    }

    /// Edits the message. Saying the same again changes nothing.
    ///
    /// # Errors
    /// 403 `message.not_author`, `group.archived`; 404; 422 for what no message can say.
    pub async fn edit(&self, group: StreamId, id: EntryId, content: &str) -> Result<Message, Error> {
        self.patch(message(group, id), &Edit { content }).await
    }

    /// Deletes the message: it keeps its place and loses all it said.
    ///
    /// # Errors
    /// 403 `message.not_author`; 404.
    pub async fn delete_message(&self, group: StreamId, id: EntryId) -> Result<(), Error> {
        self.delete(message(group, id)).await
    }

    /// Sends a copy of the message to that group, under a name of its own.
    ///
    /// # Errors
    /// 404 `group.not_found`, `message.not_found`; else as [`send`](Self::send).
    pub async fn forward(&self, group: StreamId, id: EntryId, to: StreamId) -> Result<Sent, Error> {
        let forward = Forward { group_id: to, client_id: self.client().new_client_id() };
        self.post(format!("{}/forward", message(group, id)), &forward).await
    }

    /// Reacts to the message, or takes that back: what is there already, where `on` does not say.
    ///
    /// # Errors
    /// 403 `group.archived`; 404; 422 `message.emoji`, `message.too_many_reactions`.
    pub async fn react(
        &self,
        group: StreamId,
        id: EntryId,
        emoji: &str,
        on: Option<bool>,
    ) -> Result<Reacted, Error> {
        self.post(format!("{}/reactions", message(group, id)), &React { emoji, on }).await
    }

    /// A page of who reacted to the message, the first one first.
    ///
    /// # Errors
    /// 404 `group.not_found`, `message.not_found`.
    pub async fn reactions(
        &self,
        group: StreamId,
        id: EntryId,
        which: &Listed,
    ) -> Result<Page<Reaction>, Error> {
        self.call(which.of(Call::get(format!("{}/reactions", message(group, id))))).await
    }

    /// Pins the message, or takes its pin away.
    ///
    /// # Errors
    /// 403 `group.missing_right`; 404; 422 `group.too_many_pins`.
    pub async fn pin(&self, group: StreamId, id: EntryId, pinned: bool) -> Result<Message, Error> {
        self.post(format!("{}/pin", message(group, id)), &Pinned { pinned }).await
    }

    /// A page of the group's pinned messages, the newest message first.
    ///
    /// # Errors
    /// 404 `group.not_found`.
    pub async fn pins(&self, group: StreamId, which: &Listed) -> Result<Page<PinnedMessage>, Error> {
        self.call(which.of(Call::get(of(group, "/pins")))).await
    }

    /// Who in the group may be meant by somebody who has typed this after an `@`.
    ///
    /// # Errors
    /// 404 `group.not_found`; 422 `request.invalid`.
    pub async fn suggest_mentions(&self, group: StreamId, typed: &str) -> Result<Vec<Suggestion>, Error> {
        let call = Call::get(of(group, "/mentions/suggest")).query("q", Some(typed));
        let suggested: Suggested = self.call(call).await?;
        Ok(suggested.items)
    }

    /// What the message said before it was edited, the latest first, at most 20 versions.
    ///
    /// # Errors
    /// 404 `group.not_found`, `message.not_found`.
    pub async fn history(&self, group: StreamId, id: EntryId) -> Result<Vec<Version>, Error> {
        let history: History = self.get(format!("{}/history", message(group, id))).await?;
        Ok(history.items)
    }
}

pub(super) fn message(group: StreamId, id: EntryId) -> String {
    of(group, &format!("/messages/{id}"))
}
