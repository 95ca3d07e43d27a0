//! `/api/chat/groups/{id}/threads`.

use http::Method;
use parlance_base::{EntryId, StreamId};

use super::{
    InWorkspace, Position,
    call::Call,
    groups::{Listed, of},
    messages::message,
};
use crate::{
    Error,
    wire::{Closed, MessagePage, MessageThread, Page, ReadState, ReadUpTo, Thread},
};

impl InWorkspace {
    /// The message and the newest of its replies, 1–100.
    ///
    /// # Errors
    /// 404 `group.not_found`, `message.not_found`.
    pub async fn thread(&self, group: StreamId, id: EntryId, limit: usize) -> Result<MessageThread, Error> {
        let call = Call::get(format!("{}/thread", message(group, id)));
        self.call(call.query("limit", Some(limit))).await
    }

    /// A page of the replies to the message, 1–100; deleted ones keep their place without content.
    ///
    /// # Errors
    /// 404 `group.not_found`, `message.not_found`; 422 `request.invalid`.
    pub async fn replies(
        &self,
        group: StreamId,
        id: EntryId,
        at: Position,
        limit: usize,
    ) -> Result<MessagePage, Error> {
        self.call(at.of(group).query("limit", Some(limit)).query("thread_id", Some(id))).await
    }

    /// A page of the group's threads, the one with the newest reply first.
    ///
    /// # Errors
    /// 404 `group.not_found`.
    pub async fn threads(&self, group: StreamId, which: &Listed) -> Result<Page<Thread>, Error> {
        self.call(which.of(Call::get(of(group, "/threads")))).await
    }

    /// Follows the thread, or not any more: who follows it has its replies counted as unread.
    ///
    /// # Errors
    /// 404 `group.not_found`, `message.not_found`.
    pub async fn follow_thread(
        &self,
        group: StreamId,
        id: EntryId,
        following: bool,
    ) -> Result<Thread, Error> {
        let method = if following { Method::PUT } else { Method::DELETE };
        self.call(Call::new(method, format!("{}/follow", thread(group, id)))).await
    }

    /// Has the thread take no more replies, or take some again.
    ///
    /// # Errors
    /// 403 `message.not_author`, `group.archived`; 404 `group.not_found`, `message.not_found`, `thread.not_found`.
    pub async fn close_thread(&self, group: StreamId, id: EntryId, closed: bool) -> Result<Thread, Error> {
        self.post(format!("{}/close", thread(group, id)), &Closed { closed }).await
    }

    /// As [`read`](Self::read), in a thread that the caller follows.
    ///
    /// # Errors
    /// 404 `group.not_found`, `message.not_found`.
    pub async fn read_thread(
        &self,
        group: StreamId,
        id: EntryId,
        seq: u64,
        read_rev: Option<u64>,
    ) -> Result<ReadState, Error> {
        self.post(of(group, "/read"), &ReadUpTo { seq, thread_id: Some(id), read_rev }).await
    }

    /// As [`mark_unread`](Self::mark_unread), in a thread that the caller follows.
    ///
    /// # Errors
    /// 404 `group.not_found`, `message.not_found`.
    pub async fn mark_thread_unread(
        &self,
        group: StreamId,
        id: EntryId,
        seq: u64,
    ) -> Result<ReadState, Error> {
        let from = ReadUpTo { seq, thread_id: Some(id), read_rev: None };
        self.post(of(group, "/unread"), &from).await
    }
}

fn thread(group: StreamId, id: EntryId) -> String {
    of(group, &format!("/threads/{id}"))
}
