//! Changes how somebody has a thread for themselves, through their own stream: all of their devices hear of it in the order in which
//! it was done.

use parlance_base::{EntryId, Result, StreamId};
use parlance_stream::{Entry, Plan, Read, Step, View};
use serde_json::json;

use super::{Follow, Participant, Thread, standing::Standing};
use crate::{
    event,
    member::{ACTIVE, Member, READ_SEQ},
    own,
    read_state::Pointer,
};

/// What is to become of how somebody has a thread for themselves.
#[derive(Clone, Copy, Debug)]
pub(super) enum Change {
    Follow(bool),
    /// They have read up to here, if they have taken nothing back since this `read_rev`.
    ReadUpTo(Pointer, Option<i64>),
    /// They have read no further than this.
    Unread(Pointer),
}

/// A thread as it was read before it is changed for somebody.
pub(super) struct Known {
    pub(super) group: StreamId,
    pub(super) head_seq: i64,
    pub(super) visible_from: i64,
    pub(super) member: Member,
    pub(super) root: Entry,
    pub(super) thread: Option<Thread>,
    pub(super) participant: Option<Participant>,
}

pub(super) struct ChangeFollow {
    pub(super) known: Known,
    pub(super) change: Change,
}

impl Plan for ChangeFollow {
    fn reads(&self) -> Vec<Read> {
        vec![Read::of::<Follow>(Follow::id_of(self.known.root.id, self.known.member.user_id))]
    }

    fn plan(&mut self, view: &mut View<'_>) -> Result<Step> {
        let Known { member, root, thread, participant, .. } = &self.known;
        let (thread_id, user) = (root.id, member.user_id);
        let before = view.get::<Follow>(Follow::id_of(thread_id, user))?;
        let was = Standing::of(participant.as_ref(), before.as_ref());
        let before = before.unwrap_or_else(|| Follow::beginning(thread_id, &self.known, was.read));
        let Some(after) = self.changed(&before, was) else { return Ok(Step::Nothing) };
        view.put(&Follow { at: view.now(), ..after.clone() })?;
        // Only while they are a member.
        view.update_if::<Member>(member.id, [ACTIVE.is(true)], [READ_SEQ.raise_to(0)]);
        let is = Standing::of(participant.as_ref(), Some(&after));
        let Change::Follow(following) = self.change else {
            return Ok(is.state(thread.as_ref()).told(view, member, Some(thread_id)));
        };
        let data = json!({ "group_id": member.group_id, "thread_id": thread_id, "following": following });
        Ok(own::tell(view, user, event::SETTINGS_UPDATED, data))
    }
}

impl ChangeFollow {
    /// What is to be kept instead; none where it is so already.
    fn changed(&self, before: &Follow, was: Standing) -> Option<Follow> {
        let Known { head_seq, thread, participant, .. } = &self.known;
        let so_far = Pointer {
            seq: *head_seq,
            ordinal: thread.as_ref().map_or(0, |thread| thread.ordinal),
            mentions: participant.as_ref().map_or(0, |participant| participant.mentioned.count()),
        };
        match self.change {
            Change::Follow(following) if following == was.following => None,
            Change::Follow(following) => {
                let read = if following { so_far.max(was.read) } else { was.read };
                let decided = Follow { following: Some(following), decided_seq: *head_seq, ..before.clone() };
                Some(decided.read_up_to(read))
            }
            _ if !was.following => None,
            Change::ReadUpTo(pointer, rev) => {
                let is_further = pointer.seq > was.read.seq && rev.is_none_or(|rev| rev >= was.read_rev);
                let (ordinal, mentions) =
                    (pointer.ordinal.max(was.read.ordinal), pointer.mentions.max(was.read.mentions));
                is_further.then(|| before.clone().read_up_to(Pointer { ordinal, mentions, ..pointer }))
            }
            Change::Unread(pointer) => (pointer.seq < was.read.seq).then(|| {
                let marked =
                    Follow { read_rev: before.read_rev + 1, marked_seq: *head_seq, ..before.clone() };
                marked.read_up_to(pointer)
            }),
        }
    }
}

impl Follow {
    fn beginning(thread_id: EntryId, known: &Known, read: Pointer) -> Self {
        let user_id = known.member.user_id;
        Self {
            id: Self::id_of(thread_id, user_id),
            thread_id,
            user_id,
            following: None,
            decided_seq: 0,
            read_seq: read.seq,
            read_ordinal: read.ordinal,
            read_mentions: read.mentions,
            read_rev: 0,
            marked_seq: 0,
            at: known.root.at,
        }
    }

    fn read_up_to(self, Pointer { seq, ordinal, mentions }: Pointer) -> Self {
        Self { read_seq: seq, read_ordinal: ordinal, read_mentions: mentions, ..self }
    }
}
