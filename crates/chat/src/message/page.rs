//! Pages of a group's messages.

use parlance_base::{Epoch, Result, StreamId};
use parlance_stream::{Entry, Page};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Message, view::message_of};
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

impl By {
    /// A page of the group's messages; deleted ones keep their place without content.
    ///
    /// # Errors
    /// 404 `group.not_found`.
    pub async fn messages(&self, group: StreamId, at: Position, limit: usize) -> Result<MessagePage> {
        let (head, member) = self.readable(group).await?;
        let floor = group::visible_from(&head, member.as_ref()) - 1;
        let items = match at {
            Position::Before(seq) => self.below(group, seq, floor, limit).await?,
            Position::After(seq) => self.above(group, seq.max(floor), limit).await?,
            Position::Around(seq) => self.around(group, seq, floor, limit).await?,
        };
        let mut items = items.iter().map(message_of).collect::<Result<Vec<_>>>()?;
        self.add_own_reactions(&mut items).await?;
        Ok(MessagePage { items, seq: head.seq, epoch: self.streams().epoch() })
    }

    async fn below(&self, group: StreamId, seq: i64, floor: i64, limit: usize) -> Result<Vec<Entry>> {
        let mut entries = self.streams().before(self.workspace(), group, Page::Main, seq, limit).await?;
        entries.retain(|entry| entry.seq > floor);
        Ok(entries)
    }

    async fn above(&self, group: StreamId, seq: i64, limit: usize) -> Result<Vec<Entry>> {
        self.streams().after(self.workspace(), group, Page::Main, seq, limit).await
    }

    /// The message itself, if there is one, counts to those above.
    async fn around(&self, group: StreamId, seq: i64, floor: i64, limit: usize) -> Result<Vec<Entry>> {
        let mut entries = self.below(group, seq, floor, limit / 2).await?;
        entries.reverse();
        let rest = limit.saturating_sub(entries.len());
        entries.extend(self.above(group, seq.saturating_sub(1).max(floor), rest).await?);
        Ok(entries)
    }
}
