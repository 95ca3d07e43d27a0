//! The threads of a group, and one of them, as the caller has them.

use std::collections::HashMap;

use parlance_base::{EntryId, Result, StreamId};
use parlance_edge::Listing;
use parlance_store::{Find, Stored};
use parlance_stream::{Entry, Head, Page};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{Follow, GROUP_ID, Participant, SEQ, Thread, standing::Standing};
use crate::{
    chat::By,
    group,
    member::Member,
    message::{self, Message, MessagePage, Position},
    read_state::ReadState,
};

/// A message and its thread, as the caller has it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ThreadView {
    /// The message, with what became of its thread.
    pub message: Message,
    /// Whether the caller follows it.
    pub following: bool,
    /// How far they have read in it, and how many replies came after that, where they follow it.
    #[serde(flatten)]
    pub read: ReadState,
}

/// A message and the newest of its replies; pages of earlier ones are got as those of a group's messages are.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct MessageThread {
    /// The message, and how the caller has its thread.
    #[serde(flatten)]
    pub thread: ThreadView,
    /// The replies, newest first.
    pub replies: MessagePage,
}

impl By {
    /// The message and the newest of its replies; deleted ones keep their place without content.
    ///
    /// # Errors
    /// 404 `group.not_found`, `message.not_found`, also for a message that is a reply itself; 403 `key.missing_scope`.
    pub async fn thread(&self, group: StreamId, id: EntryId, limit: usize) -> Result<MessageThread> {
        // The page first: what is counted then is on it, or comes after its `seq`.
        let replies = self.messages(group, Some(id), Position::Before(i64::MAX), limit).await?;
        Ok(MessageThread { thread: self.known_thread(group, id).await?, replies })
    }

    /// The group's threads, the one with the newest reply first, below the `seq` that the page before ended with.
    ///
    /// # Errors
    /// 404 `group.not_found`; 403 `key.missing_scope`.
    pub async fn threads(
        &self,
        group: StreamId,
        below: Option<i64>,
        limit: usize,
    ) -> Result<Listing<ThreadView>> {
        let (head, member) = self.readable(group).await?;
        let visible_from = group::visible_from(&head, member.as_ref());
        let conds = [GROUP_ID.is(group.to_string()), SEQ.above(visible_from.saturating_sub(1))];
        let conds = conds.into_iter().chain(below.map(|below| SEQ.below(below)));
        let threads = self.scope().find::<Thread>(Find::new(conds).descending(SEQ).limit(limit + 1)).await?;
        let page = Listing::cut(threads, limit, |thread| thread.seq.to_string());
        let shown = page.items.into_iter().filter(|thread| thread.root_seq >= visible_from);
        Ok(Listing { items: self.views(visible_from, shown.collect()).await?, next: page.next })
    }

    /// The message that the caller may see and that has, or may have, a thread.
    ///
    /// # Errors
    /// 404 `message.not_found`.
    pub(crate) async fn root(&self, head: &Head, member: Option<&Member>, id: EntryId) -> Result<Entry> {
        let root = self.entry(head, member, id).await?;
        if root.page == Page::Main { Ok(root) } else { Err(message::not_found()) }
    }

    /// The message and its thread, for who may know of them.
    pub(super) async fn known_thread(&self, group: StreamId, id: EntryId) -> Result<ThreadView> {
        let (head, member) = self.shown(group).await?;
        let root = self.root(&head, member.as_ref(), id).await?;
        let thread = self.scope().get::<Thread>(id).await?;
        let standing = self.standings_in(&[id]).await?.remove(&id).unwrap_or_default();
        let message = self.shown_message(group::visible_from(&head, member.as_ref()), &root).await?;
        Ok(ThreadView { message, following: standing.following, read: standing.state(thread.as_ref()) })
    }

    async fn views(&self, visible_from: i64, threads: Vec<Thread>) -> Result<Vec<ThreadView>> {
        let ids: Vec<EntryId> = threads.iter().map(|thread| thread.id).collect();
        let mut standings = self.standings_in(&ids).await?;
        let roots = self.scope().get_many::<Entry>(&ids).await?;
        let roots = self.shown_messages(visible_from, &roots).await?;
        let mut roots: HashMap<EntryId, Message> = roots.into_iter().map(|root| (root.id, root)).collect();
        let views = threads.iter().filter_map(|thread| {
            let message = roots.remove(&thread.id)?;
            let standing = standings.remove(&thread.id).unwrap_or_default();
            Some(ThreadView { message, following: standing.following, read: standing.state(Some(thread)) })
        });
        Ok(views.collect())
    }

    /// How the caller stands to these threads.
    pub(super) async fn standings_in(&self, threads: &[EntryId]) -> Result<HashMap<EntryId, Standing>> {
        let user = self.user();
        let ids = |id_of: fn(EntryId, _) -> Uuid| threads.iter().map(move |id| id_of(*id, user));
        let participants = self.some::<Participant>(ids(Participant::id_of)).await?;
        let follows = self.some::<Follow>(ids(Follow::id_of)).await?;
        let participants: HashMap<EntryId, Participant> =
            participants.into_iter().map(|it| (it.thread_id, it)).collect();
        let follows: HashMap<EntryId, Follow> = follows.into_iter().map(|it| (it.thread_id, it)).collect();
        let standing = |id: &EntryId| (*id, Standing::of(participants.get(id), follows.get(id)));
        Ok(threads.iter().map(standing).collect())
    }

    async fn some<T: Stored>(&self, ids: impl Iterator<Item = Uuid>) -> Result<Vec<T>> {
        self.scope().get_many::<T>(ids.collect::<Vec<_>>()).await
    }
}
