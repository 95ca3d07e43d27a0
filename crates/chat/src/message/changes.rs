//! Streams without a socket: what came after a position. [`wait`](super::wait) does not answer before there is something.

use std::collections::BTreeMap;

use parlance_base::{Caller, Epoch, Result, StreamId};
use parlance_stream::Entry;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::ToSchema;

use crate::{
    chat::By,
    event, permission,
    realtime::{Access, Reader, Standing},
};

/// How many entries one answer holds.
pub(crate) const MAX_CHANGES: usize = 1_000;

/// Where a client is in its streams.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Cursors {
    /// The epoch that the positions count in.
    pub epoch: Option<String>,
    /// The last `seq` that the client has, per stream; at most 1,000.
    #[schema(value_type = BTreeMap<String, i64>)]
    pub cursors: BTreeMap<StreamId, i64>,
    /// How many seconds to wait for news, 0–25 (0).
    #[serde(default)]
    pub wait: u64,
}

/// What came after a position in one stream.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Changes {
    /// The entries, oldest first, as the socket sends them.
    #[schema(value_type = Vec<event::Frame<'_>>)]
    pub entries: Vec<Box<RawValue>>,
    /// The position that the client has come to with them.
    pub seq: i64,
    /// What `seq` counts in.
    #[schema(value_type = String)]
    pub epoch: Epoch,
    /// The client's position meant nothing: it forgets what it has of the stream and fetches anew from `seq` on.
    pub reset: bool,
}

/// News of several streams.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AllChanges {
    /// The streams that have news, or a reset.
    #[schema(value_type = BTreeMap<String, Changes>)]
    pub streams: BTreeMap<StreamId, Changes>,
    /// The streams that the caller may not read, or not any more.
    #[schema(value_type = Vec<uuid::Uuid>)]
    pub gone: Vec<StreamId>,
    /// The epoch that all positions count in.
    #[schema(value_type = String)]
    pub epoch: Epoch,
}

impl By {
    /// What came after `since` in the group's stream, at most `limit` entries.
    ///
    /// # Errors
    /// 404 `group.not_found`; 403 `key.missing_scope`.
    pub async fn changes(
        &self,
        group: StreamId,
        since: i64,
        epoch: Option<&str>,
        limit: usize,
    ) -> Result<Changes> {
        let standing = match self.standing(&[group]).await?.pop() {
            Some(standing) => standing,
            None => {
                let (head, member) = self.readable(group).await?;
                Standing::in_group(&head, member.as_ref(), Access::Watcher)
            }
        };
        self.after(&standing, since, epoch, limit).await
    }

    /// What came in all these streams, as the caller may read them now.
    pub(super) async fn look(&self, from: &Cursors) -> Result<AllChanges> {
        let asked: Vec<StreamId> = from.cursors.keys().copied().collect();
        let standings = self.standing(&asked).await?;
        let (mut streams, mut left) = (BTreeMap::new(), MAX_CHANGES);
        for standing in &standings {
            let Some(&since) = from.cursors.get(&standing.stream) else { continue };
            let current = i64::try_from(standing.head).is_ok_and(|head| head == since)
                && self.is_epoch(from.epoch.as_deref());
            if current || left == 0 {
                continue;
            }
            let changes = self.after(standing, since, from.epoch.as_deref(), left).await?;
            left = left.saturating_sub(changes.entries.len());
            streams.insert(standing.stream, changes);
        }
        let known = |stream: &StreamId| standings.iter().any(|standing| standing.stream == *stream);
        let gone = asked.into_iter().filter(|stream| !known(stream)).collect();
        Ok(AllChanges { streams, gone, epoch: self.streams().epoch() })
    }

    async fn after(
        &self,
        standing: &Standing,
        since: i64,
        epoch: Option<&str>,
        limit: usize,
    ) -> Result<Changes> {
        let (stream, current) = (standing.stream, self.streams().epoch());
        let head = i64::try_from(standing.head).unwrap_or(i64::MAX);
        let visible = since.saturating_add(1) >= i64::try_from(standing.readable_from()).unwrap_or(i64::MAX);
        let reset = Changes { entries: Vec::new(), seq: head, epoch: current, reset: true };
        if !self.is_epoch(epoch) || !visible {
            return Ok(reset);
        }
        let Some(slice) =
            self.streams().read(self.workspace(), stream, since, limit.min(MAX_CHANGES)).await?
        else {
            return Ok(Changes { reset: since != 0, ..reset });
        };
        if slice.reset {
            return Ok(Changes { seq: slice.seq, ..reset });
        }
        let messages = event::told_of(&self.scope(), &slice.entries).await?;
        // The rights hold as of the head that was read with them: what is committed later may be what takes them, and neither it
        // nor what was said since is told.
        let is_of_then = |entry: &Entry| entry.seq <= head && event::last_said(entry, &messages) <= head;
        let entries: Vec<_> = slice.entries.into_iter().take_while(is_of_then).collect();
        let seq = entries.last().map_or(since, |entry| entry.seq);
        let Caller { user, role, .. } = self.caller;
        let reader = Reader { user, role, readable_from: standing.readable_from(), runs: standing.runs };
        let entries = event::frames(self.workspace(), &reader, &entries, &messages)?;
        Ok(Changes { entries, seq, epoch: current, reset: false })
    }

    async fn standing(&self, streams: &[StreamId]) -> Result<Vec<Standing>> {
        self.noted(None, permission::check_own(&self.caller))?;
        self.chat.standings(self.workspace(), self.user(), self.caller.role, streams).await
    }

    /// A client that names no epoch has never had another.
    fn is_epoch(&self, epoch: Option<&str>) -> bool {
        epoch.is_none_or(|epoch| epoch == self.streams().epoch().to_string())
    }
}
