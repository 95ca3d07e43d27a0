//! Streams and read state over HTTP.

use std::{collections::BTreeMap, time::Duration};

use parlance_base::{Epoch, StreamId};

use super::{InWorkspace, call::Call, groups::of};
use crate::{
    Error,
    wire::{AllChanges, Changes, Cursors, MemberReceipt, ReadState, ReadUpTo, Receipts, TypingNow, Unread},
};

/// What an answer may take beside the waiting that was asked for.
const GRACE: Duration = Duration::from_secs(10);

impl InWorkspace {
    /// What came after `since` in the group's stream, 1–1,000 entries.
    ///
    /// # Errors
    /// 404 `group.not_found`; 422 `request.invalid`.
    pub async fn changes(
        &self,
        group: StreamId,
        since: u64,
        epoch: Option<Epoch>,
        limit: usize,
    ) -> Result<Changes, Error> {
        let call = Call::get(of(group, "/changes")).query("since", Some(since));
        self.call(call.query("epoch", epoch).query("limit", Some(limit))).await
    }

    /// What came in all these streams, at most 1,000 of them, waiting up to `wait` (whole seconds, at most 25) for
    /// something where there is nothing.
    ///
    /// # Errors
    /// 422 `request.invalid`.
    pub async fn all_changes(
        &self,
        epoch: Option<Epoch>,
        cursors: &BTreeMap<StreamId, u64>,
        wait: Duration,
    ) -> Result<AllChanges, Error> {
        let call = Call::post("/api/chat/changes").json(&Cursors { epoch, cursors, wait: wait.as_secs() })?;
        self.call(call.within(wait.saturating_add(GRACE))).await
    }

    /// Notes that the caller has read everything up to `seq`. Where they have read further already, that stays, and where they
    /// marked something unread after this `read_rev`; none takes the current one.
    ///
    /// # Errors
    /// 404 `group.not_found`.
    pub async fn read(&self, group: StreamId, seq: u64, read_rev: Option<u64>) -> Result<ReadState, Error> {
        self.post(of(group, "/read"), &ReadUpTo { seq, thread_id: None, read_rev }).await
    }

    /// Takes back that the caller has read what came from `seq` on.
    ///
    /// # Errors
    /// 404 `group.not_found`, also for a public group that the caller is no member of.
    pub async fn mark_unread(&self, group: StreamId, seq: u64) -> Result<ReadState, Error> {
        self.post(of(group, "/unread"), &ReadUpTo { seq, thread_id: None, read_rev: None }).await
    }

    /// How far the members of the group have read, in a group of up to 200 members.
    ///
    /// # Errors
    /// 404 `group.not_found`; 422 `group.too_large`.
    pub async fn receipts(&self, group: StreamId) -> Result<Vec<MemberReceipt>, Error> {
        let receipts: Receipts = self.get(of(group, "/receipts")).await?;
        Ok(receipts.items)
    }

    /// What the caller has not read.
    ///
    /// # Errors
    /// 401; 503 `store.unavailable`.
    pub async fn unread(&self) -> Result<Unread, Error> {
        self.get("/api/chat/unread".to_owned()).await
    }

    /// Tells the group that the caller types, or no longer.
    ///
    /// # Errors
    /// 403 `group.read_only`, `group.archived`; 404 `group.not_found`.
    pub async fn typing(&self, group: StreamId, active: bool) -> Result<(), Error> {
        self.post(of(group, "/typing"), &TypingNow { active }).await
    }
}
