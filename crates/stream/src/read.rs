//! Reading streams: the head first, then a range up to it, so that a reader never sees past a hole.

use std::time::Duration;

use parlance_base::{Epoch, Error, Result, StreamId, WorkspaceId};
use parlance_store::{Find, Scope};

use crate::{
    entry::{AUTHOR_ID, CLIENT_ID, Entry, PAGE, Page, SEQ, STREAM_ID},
    head::Head,
    stored,
    streams::Streams,
};

/// How many entries one read may return.
pub const MAX_READ: usize = 1_000;

/// How often a range with a hole is read again before the reader is told to come back.
const TRIES: u32 = 5;

/// A part of a stream, without gap from where the reader was.
#[derive(Clone, Debug, PartialEq)]
pub struct Slice {
    /// The entries after the reader's position, in order.
    pub entries: Vec<Entry>,
    /// How far the stream had come when this was read.
    pub seq: i64,
    /// Events below this `seq` may be pruned.
    pub log_floor: i64,
    /// The epoch that `seq` counts in.
    pub epoch: Epoch,
    /// The reader's position means nothing any more: entries after it were pruned, or it is ahead of the stream. It must
    /// forget what it holds and fetch anew.
    pub reset: bool,
}

impl Streams {
    /// The epoch in which all `seq`s of this store count.
    #[must_use]
    pub fn epoch(&self) -> Epoch {
        self.shared.store.epoch()
    }

    /// The head of the stream; none where it does not exist.
    ///
    /// # Errors
    /// `store.unavailable` while the store is out of reach or busy.
    pub async fn head(&self, workspace: WorkspaceId, stream: StreamId) -> Result<Option<Head>> {
        self.shared.store.workspace(workspace).get(stream).await
    }

    /// The heads of these streams, as far as they exist, in no promised order; at most 5,000.
    ///
    /// # Errors
    /// `store.unavailable` while the store is out of reach or busy.
    pub async fn heads(
        &self,
        workspace: WorkspaceId,
        streams: impl IntoIterator<Item = StreamId>,
    ) -> Result<Vec<Head>> {
        self.shared.store.workspace(workspace).get_many(streams).await
    }

    /// The entries after `since`, oldest first, at most `limit` (1–1,000); none where the stream does not exist.
    ///
    /// # Errors
    /// `store.unavailable` while the store is out of reach or busy.
    pub async fn read(
        &self,
        workspace: WorkspaceId,
        stream: StreamId,
        since: i64,
        limit: usize,
    ) -> Result<Option<Slice>> {
        for attempt in 0..TRIES {
            let Some(head) = self.head(workspace, stream).await? else { return Ok(None) };
            let (seq, log_floor, epoch) = (head.seq, head.log_floor, self.epoch());
            if since.saturating_add(1) < log_floor || since > seq || since < 0 {
                return Ok(Some(Slice { entries: Vec::new(), seq, log_floor, epoch, reset: true }));
            }
            let entries = self.range(workspace, stream, since, seq, limit).await?;
            if is_whole(&entries, since, seq, limit) {
                return Ok(Some(Slice { entries, seq, log_floor, epoch, reset: false }));
            }
            // Pruned while it was read, or read from a snapshot in between: the head will tell.
            tokio::time::sleep(Duration::from_millis(10) * attempt).await;
        }
        Err(Error::unavailable("store.unavailable", "the stream cannot be read without a gap now"))
    }

    async fn range(
        &self,
        workspace: WorkspaceId,
        stream: StreamId,
        since: i64,
        seq: i64,
        limit: usize,
    ) -> Result<Vec<Entry>> {
        let range = [STREAM_ID.is(stream.to_string()), SEQ.above(since), SEQ.below(seq.saturating_add(1))];
        let find = Find::new(range).ascending(SEQ).limit(limit.clamp(1, MAX_READ));
        self.shared.store.workspace(workspace).find(find).await
    }

    /// Entries of one page of the stream below `before`, newest first, at most `limit` (1–1,000).
    ///
    /// # Errors
    /// `store.unavailable` while the store is out of reach or busy.
    pub async fn before(
        &self,
        workspace: WorkspaceId,
        stream: StreamId,
        page: Page,
        before: i64,
        limit: usize,
    ) -> Result<Vec<Entry>> {
        let range = [STREAM_ID.is(stream.to_string()), PAGE.is(page.to_string()), SEQ.below(before)];
        let find = Find::new(range).descending(SEQ).limit(limit.clamp(1, MAX_READ));
        self.shared.store.workspace(workspace).find(find).await
    }

    /// Entries of one page of the stream above `after`, oldest first, at most `limit` (1–1,000).
    ///
    /// # Errors
    /// `store.unavailable` while the store is out of reach or busy.
    pub async fn after(
        &self,
        workspace: WorkspaceId,
        stream: StreamId,
        page: Page,
        after: i64,
        limit: usize,
    ) -> Result<Vec<Entry>> {
        page_after(&self.shared.store.workspace(workspace), stream, page, after, limit).await
    }

    /// The entry that the author appended to the stream under this name.
    ///
    /// # Errors
    /// `store.unavailable` while the store is out of reach or busy.
    pub async fn named(
        &self,
        workspace: WorkspaceId,
        stream: StreamId,
        author_id: &str,
        name: &str,
    ) -> Result<Option<Entry>> {
        stored::named(&self.shared.store.workspace(workspace), stream, author_id, name).await
    }

    /// Entries of one author in the stream, in the order of what the author called them, after that name, at most `limit`
    /// (1–1,000).
    ///
    /// # Errors
    /// `store.unavailable` while the store is out of reach or busy.
    pub async fn by_author(
        &self,
        workspace: WorkspaceId,
        stream: StreamId,
        author_id: &str,
        after: &str,
        limit: usize,
    ) -> Result<Vec<Entry>> {
        let theirs = [STREAM_ID.is(stream.to_string()), AUTHOR_ID.is(author_id), CLIENT_ID.above(after)];
        let find = Find::new(theirs).ascending(CLIENT_ID).limit(limit.clamp(1, MAX_READ));
        self.shared.store.workspace(workspace).find(find).await
    }
}

/// As [`Streams::after`], for who checks a store that nobody writes streams of.
///
/// # Errors
/// `store.unavailable` while the store is out of reach or busy.
pub async fn page_after(
    scope: &Scope,
    stream: StreamId,
    page: Page,
    after: i64,
    limit: usize,
) -> Result<Vec<Entry>> {
    let range = [STREAM_ID.is(stream.to_string()), PAGE.is(page.to_string()), SEQ.above(after)];
    scope.find(Find::new(range).ascending(SEQ).limit(limit.clamp(1, MAX_READ))).await
}

/// Whether these are all entries after `since` up to `seq`, or as many of the first of them as were asked for.
fn is_whole(entries: &[Entry], since: i64, seq: i64, limit: usize) -> bool {
    let in_order = entries.iter().zip(since + 1..).all(|(entry, expected)| entry.seq == expected);
    let last = entries.last().map_or(since, |entry| entry.seq);
    in_order && (last == seq || entries.len() == limit.clamp(1, MAX_READ))
}
