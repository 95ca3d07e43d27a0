//! What a reply does beside being sent: the message that it replies to counts it, and who wrote it takes part from then on.

use parlance_base::{AuthorKind, EntryId, Error, Kind, Result, StreamId, UserId};
use parlance_stream::{Entry, Page, Read, View};
use serde_json::json;

use super::{InThread, Participant, SHOWN_PARTICIPANTS, Summary, Thread};
use crate::{
    chat::{By, invalid},
    event,
    message::body_of,
};

/// A reply that is to be.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reply {
    /// The message that it replies to.
    pub(crate) thread: EntryId,
    /// Who wrote that.
    author: Option<UserId>,
    /// Whether who sends it has read the thread up to it: they may not be there.
    is_there: bool,
}

impl By {
    /// A reply to this message, whether there is one or not: the plan of its sending will know.
    pub(crate) async fn reply(&self, thread: EntryId) -> Result<Reply> {
        let root = self.scope().get::<Entry>(thread).await?;
        let author = root.filter(|root| root.author_kind == AuthorKind::User);
        Ok(Reply { thread, is_there: true, author: author.and_then(|root| root.author_id.parse().ok()) })
    }
}

impl Reply {
    /// The same, of somebody who is there while it is sent, or not.
    pub(crate) const fn of(self, is_there: bool) -> Self {
        Self { is_there, ..self }
    }

    /// What a plan reads that sends it in this user's name.
    pub(crate) fn reads(self, user: UserId) -> Vec<Read> {
        let users = self.author.into_iter().chain([user]);
        let participants = users.map(|user| Read::of::<Participant>(Participant::id_of(self.thread, user)));
        participants.chain([Read::of::<Entry>(self.thread), Read::of::<Thread>(self.thread)]).collect()
    }

    /// Counts the reply that the view's plan appends, and says where it is.
    ///
    /// # Errors
    /// 422 `message.thread_id` for what is no message to reply to; 403 `thread.closed`.
    pub(crate) fn count(
        self,
        view: &mut View<'_>,
        group: StreamId,
        visible_from: i64,
        user: UserId,
    ) -> Result<InThread> {
        let root = view.get::<Entry>(self.thread)?.filter(|root| {
            let is_message = root.kind == event::MESSAGE_NEW && root.page == Page::Main;
            is_message && root.stream_id == group && root.seq >= visible_from
        });
        let mut root = root.ok_or_else(no_root)?;
        let mut body = body_of(&root)?;
        if body.deleted_at.is_some() && body.replies.is_none() {
            return Err(no_root());
        }
        let before = view.get::<Thread>(self.thread)?.map_or(0, |thread| thread.ordinal);
        let (seq, ordinal) = (view.next_seq(), before + 1);
        if let Some(author) = self.author.filter(|_| ordinal == 1) {
            self.begin(view, author, root.seq)?;
        }
        let is_first = self.takes_part(view, user, seq, ordinal)?;
        body.replies = Some(counted(body.replies, user, is_first, view)?);
        let place = InThread { id: self.thread, seq: root.seq, ordinal };
        view.put(&Thread { id: self.thread, group_id: group, root_seq: root.seq, seq, ordinal })?;
        root.data = json!(body);
        root.rev = seq;
        view.put(&root)?;
        Ok(place)
    }

    /// Notes that the thread began with what the user said at this place.
    fn begin(self, view: &mut View<'_>, user: UserId, seq: i64) -> Result<()> {
        let at = view.now();
        view.put(&Participant { seq, called_seq: seq, at, ..Participant::none(self.thread, user) })
    }

    /// Notes what the user said in the thread; answers whether they had not replied before.
    fn takes_part(self, view: &mut View<'_>, user: UserId, seq: i64, ordinal: i64) -> Result<bool> {
        let before = view.get::<Participant>(Participant::id_of(self.thread, user))?;
        let before = before.unwrap_or_else(|| Participant::none(self.thread, user));
        let (replies, at) = (before.replies + 1, view.now());
        let before = Participant { replies, called_seq: seq, at, ..before };
        let mentions = before.mentioned.count();
        view.put(&if self.is_there { Participant { seq, ordinal, mentions, ..before } } else { before })?;
        Ok(replies == 1)
    }
}

fn counted(before: Option<Summary>, user: UserId, is_first: bool, view: &View<'_>) -> Result<Summary> {
    let before = before.unwrap_or_else(|| Summary {
        reply_count: 0,
        last_reply_at: view.now(),
        participants: Vec::new(),
        participant_count: 0,
        closed: false,
    });
    if before.closed {
        return Err(Error::new(Kind::Forbidden, "thread.closed", "the thread takes no more replies"));
    }
    let others = before.participants.into_iter().filter(|participant| *participant != user);
    Ok(Summary {
        reply_count: before.reply_count + 1,
        last_reply_at: view.now(),
        participants: [user].into_iter().chain(others).take(SHOWN_PARTICIPANTS).collect(),
        participant_count: before.participant_count + i64::from(is_first),
        closed: false,
    })
}

/// Has the message that a reply was to count one less, now that the reply is deleted.
pub(crate) fn uncount(view: &mut View<'_>, thread: EntryId) -> Result<()> {
    let Some(mut root) = view.get::<Entry>(thread)? else { return Ok(()) };
    let mut body = body_of(&root)?;
    if let Some(summary) = &mut body.replies {
        summary.reply_count -= 1;
        root.data = json!(body);
        root.rev = view.next_seq();
        view.put(&root)?;
    }
    Ok(())
}

fn no_root() -> Error {
    invalid("message.thread_id", "thread_id is no message of this group that can be replied to")
}
