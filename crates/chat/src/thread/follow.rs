//! Whether somebody follows a thread, and how far they have read in it: theirs alone.

use parlance_base::{Author, EntryId, Result, StreamId};
use parlance_stream::{Page, Submission};

use super::{
    Follow, Participant, Thread, ThreadView,
    change::{Change, ChangeFollow, Known},
    standing::Standing,
};
use crate::{
    chat::By,
    group,
    message::body_of,
    own,
    read_state::{Pointer, ReadState},
};

impl By {
    /// Has the caller follow the thread, or not any more, and tells their devices. Who begins to follow it has read what was said there.
    ///
    /// # Errors
    /// 404 `group.not_found`, also for a public group that the caller is no member of; 404 `message.not_found`; 429 `rate.limited`.
    pub async fn follow_thread(&self, group: StreamId, id: EntryId, following: bool) -> Result<ThreadView> {
        self.chat.shared.pace.change_group(self.user())?;
        let known = self.part_in_thread(group, id).await?;
        self.change_follow(known, Change::Follow(following)).await?;
        self.known_thread(group, id).await
    }

    /// As [`read_up_to`](Self::read_up_to), in a thread that the caller follows. In another one nothing is noted.
    pub(crate) async fn read_thread_up_to(
        &self,
        group: StreamId,
        id: EntryId,
        seq: i64,
        rev: Option<i64>,
    ) -> Result<ReadState> {
        let known = self.part_in_thread(group, id).await?;
        let pointer = self.pointer_in(&known, seq.clamp(0, known.head_seq)).await?;
        self.change_follow(known, Change::ReadUpTo(pointer, rev)).await
    }

    /// As [`mark_unread`](Self::mark_unread), in a thread that the caller follows. In another one nothing is noted.
    pub(crate) async fn mark_thread_unread(
        &self,
        group: StreamId,
        id: EntryId,
        seq: i64,
    ) -> Result<ReadState> {
        let known = self.part_in_thread(group, id).await?;
        let pointer = self.pointer_in(&known, seq.max(known.visible_from).saturating_sub(1)).await?;
        self.change_follow(known, Change::Unread(pointer)).await
    }

    async fn part_in_thread(&self, group: StreamId, id: EntryId) -> Result<Known> {
        let (head, member) = self.own_part(group).await?;
        let root = self.root(&head, Some(&member), id).await?;
        let scope = self.scope();
        let thread = scope.get::<Thread>(id).await?;
        let participant = scope.get::<Participant>(Participant::id_of(id, self.user())).await?;
        let visible_from = group::visible_from(&head, Some(&member));
        Ok(Known { group, head_seq: head.seq, visible_from, member, root, thread, participant })
    }

    /// The place of the last reply up to `seq`.
    async fn pointer_in(&self, known: &Known, seq: i64) -> Result<Pointer> {
        let (page, before) = (Page::Thread(known.root.id), seq.saturating_add(1));
        let last = self.streams().before(self.workspace(), known.group, page, before, 1).await?;
        let place = last.first().and_then(|reply| body_of(reply).ok()?.thread);
        let is_mentioned = known.participant.as_ref().is_some_and(|it| !it.mentioned.is_none());
        let mentions = match is_mentioned {
            true => self.mention_at(known.group, &Page::Thread(known.root.id), seq).await?,
            false => 0,
        };
        Ok(Pointer { seq, ordinal: place.map_or(0, |place| place.ordinal), mentions })
    }

    async fn change_follow(&self, known: Known, change: Change) -> Result<ReadState> {
        let (id, user) = (known.root.id, self.user());
        let (thread, participant) = (known.thread.clone(), known.participant.clone());
        let told = Submission::new(Author::from(user), ChangeFollow { known, change });
        let told = self.streams().submit(self.workspace(), own::stream(user), told).await;
        told.map_err(|error| if error.code() == "store.conflict" { group::not_found() } else { error })?;
        let follow = self.scope().get::<Follow>(Follow::id_of(id, user)).await?;
        Ok(Standing::of(participant.as_ref(), follow.as_ref()).state(thread.as_ref()))
    }
}
