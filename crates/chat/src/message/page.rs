//! Pages of a group's messages.

use std::cmp::Reverse;

use futures::future::try_join_all;
use parlance_base::{EntryId, Epoch, Result, StreamId};
use parlance_stream::{Entry, Page};
use serde::Serialize;
use utoipa::ToSchema;

use super::Message;
use crate::{chat::By, group};

/// Which messages are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Position {
    /// Those below this `seq`, newest first.
    Before(i64),
    /// Those above this `seq`, oldest first.
    After(i64),
    /// Those about this `seq`, oldest first: up to half of them below it.
    Around(i64),
}

/// Messages, and how far the stream had come before they were read: whoever goes on from there misses nothing.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct MessagePage {
    /// The messages.
    pub items: Vec<Message>,
    /// How far the group's stream had come.
    pub seq: i64,
    /// What `seq` counts in.
    #[schema(value_type = String)]
    pub epoch: Epoch,
}

/// Where messages are looked for.
struct Of {
    group: StreamId,
    pages: Vec<Page>,
    /// The last `seq` that the caller may not read.
    floor: i64,
    /// How far the stream had come: what is put together from several pages is as of then.
    head: i64,
}

impl By {
    /// A page of the group's messages, or of the replies to one of them; deleted ones keep their place without content.
    ///
    /// # Errors
    /// 404 `group.not_found`; 404 `message.not_found` for what nobody can have replied to.
    pub async fn messages(
        &self,
        group: StreamId,
        thread: Option<EntryId>,
        at: Position,
        limit: usize,
    ) -> Result<MessagePage> {
        let (head, member) = self.readable(group).await?;
        let pages = match thread {
            Some(id) => vec![Page::Thread(self.root(&head, member.as_ref(), id).await?.id)],
            None => vec![Page::Main, Page::System],
        };
        let floor = group::visible_from(&head, member.as_ref()) - 1;
        let of = Of { group, pages, floor, head: head.seq };
        let items = match at {
            Position::Before(seq) => self.below(&of, seq, limit).await?,
            Position::After(seq) => self.above(&of, seq, limit).await?,
            Position::Around(seq) => self.around(&of, seq, limit).await?,
        };
        let items = self.shown_messages(of.floor + 1, &items).await?;
        Ok(MessagePage { items, seq: head.seq, epoch: self.streams().epoch() })
    }

    async fn below(&self, of: &Of, seq: i64, limit: usize) -> Result<Vec<Entry>> {
        let seq = seq.min(of.head.saturating_add(1));
        let page = |page: &Page| self.streams().before(self.workspace(), of.group, page.clone(), seq, limit);
        let mut entries = try_join_all(of.pages.iter().map(page)).await?.concat();
        entries.retain(|entry| entry.seq > of.floor);
        entries.sort_unstable_by_key(|entry| Reverse(entry.seq));
        entries.truncate(limit);
        Ok(entries)
    }

    async fn above(&self, of: &Of, seq: i64, limit: usize) -> Result<Vec<Entry>> {
        let after = seq.max(of.floor);
        let page = |page: &Page| self.streams().after(self.workspace(), of.group, page.clone(), after, limit);
        let mut entries = try_join_all(of.pages.iter().map(page)).await?.concat();
        entries.retain(|entry| entry.seq <= of.head);
        entries.sort_unstable_by_key(|entry| entry.seq);
        entries.truncate(limit);
        Ok(entries)
    }

    /// The message itself, if there is one, counts to those above.
    async fn around(&self, of: &Of, seq: i64, limit: usize) -> Result<Vec<Entry>> {
        let mut entries = self.below(of, seq, limit / 2).await?;
        entries.reverse();
        let rest = limit.saturating_sub(entries.len());
        entries.extend(self.above(of, seq.saturating_sub(1), rest).await?);
        Ok(entries)
    }
}
