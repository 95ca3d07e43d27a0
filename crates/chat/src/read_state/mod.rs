//! How far members have read.

mod pointer;
mod receipts;
mod senders;

use std::collections::HashMap;

use parlance_base::{Author, EntryId, Error, Result, StreamId};
use parlance_store::{Change, Cond};
use parlance_stream::{Head, Page, Plan, Step, Submission, View};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use crate::{
    chat::By,
    event, group,
    member::{ACTIVE, MARKED_SEQ, Member, READ_MENTIONS, READ_ORDINAL, READ_REV, READ_SEQ},
    own, permission,
};

pub(crate) use pointer::Pointer;
pub(crate) use receipts::Receipts;
pub use receipts::{Receipt, ReceiptList};
pub(crate) use senders::{furthest, sends};

/// How often somebody's read state is looked at again that changes meanwhile.
const TRIES: usize = 5;

/// How far the caller has read in a group, and what came after that.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ReadState {
    /// The `seq` that the caller has read up to.
    pub read_seq: i64,
    /// How often they took back that they have read something: what says less of `read_seq` counts with a higher one.
    pub read_rev: i64,
    /// How many messages came after it.
    pub unread: i64,
    /// How many mentions of the caller; those of everybody count as one more, however many there are.
    pub mentions: i64,
}

/// How far the caller has read.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReadUpTo {
    /// The `seq` of the last entry that was read.
    pub seq: i64,
    /// The message whose thread was read; without, it is the group's messages.
    #[schema(value_type = Option<uuid::Uuid>)]
    pub thread_id: Option<EntryId>,
    /// The `read_rev` that the client knows of: where the caller took something back since, that stays. Without, the current one.
    pub read_rev: Option<i64>,
}

/// From where on the caller has not read.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UnreadFrom {
    /// The `seq` of the first message that is unread again.
    pub seq: i64,
    /// The message in whose thread that is; without, it is the group's messages.
    #[schema(value_type = Option<uuid::Uuid>)]
    pub thread_id: Option<EntryId>,
}

/// What the caller has not read in all their groups.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Unread {
    /// Messages in all groups, without replies in threads.
    pub total: i64,
    /// Mentions of the caller, also in threads.
    pub mentions: i64,
    /// How many threads that the caller follows have replies that they have not read, of those that they had to do with last.
    pub threads: i64,
    /// Those groups that have any.
    pub groups: Vec<UnreadGroup>,
}

/// What the caller has not read in a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct UnreadGroup {
    /// The group.
    #[schema(value_type = uuid::Uuid)]
    pub group_id: StreamId,
    /// Messages, without replies in threads.
    pub unread: i64,
    /// Mentions of the caller, also in threads; those of everybody count as one more, however many there are.
    pub mentions: i64,
    /// Threads that the caller follows and that have replies that they have not read.
    pub threads: i64,
}

impl By {
    /// Notes that the caller has read everything up to a `seq`, and tells their other devices. Where they have read further
    /// already, that stays; and where they took something back since, that does. Of threads, that is noted in those they follow.
    ///
    /// # Errors
    /// 404 `group.not_found`, also for a public group that the caller is no member of; 404 `message.not_found` for a thread of
    /// none.
    pub async fn read_up_to(&self, group: StreamId, read: ReadUpTo) -> Result<ReadState> {
        let ReadUpTo { seq, thread_id, read_rev: rev } = read;
        if let Some(thread) = thread_id {
            return self.read_thread_up_to(group, thread, seq, rev).await;
        }
        for _ in 0..TRIES {
            let (head, member) = self.own_part(group).await?;
            let (pointer, now) = (Pointer::of(&head, &member), member.read_rev.unwrap_or(0));
            let seq = seq.clamp(0, head.seq);
            if seq <= pointer.seq || rev.is_some_and(|rev| rev < now) {
                return Ok(state(&head, &member, pointer, now));
            }
            let reached = self.pointer_at(&member, seq).await?;
            let (ordinal, mentions) =
                (reached.ordinal.max(pointer.ordinal), reached.mentions.max(pointer.mentions));
            let pointer = Pointer { seq, ordinal, mentions };
            let state = state(&head, &member, pointer, now);
            // Only while no other device has read further: what devices are told last is then how it is.
            let further = Some(READ_SEQ.below(seq));
            if self.change_read_state(&member, further, pointer.reached().into(), state).await? {
                if !group::is_large(&head) {
                    self.tell_read(group, seq, now);
                }
                return Ok(state);
            }
        }
        Err(busy())
    }

    /// Takes back that the caller has read what came from `seq` on, if they have, and tells their other devices. What they send later is
    /// read again, with all before it.
    ///
    /// # Errors
    /// As [`read_up_to`](Self::read_up_to); 429 `rate.limited`.
    pub async fn mark_unread(&self, group: StreamId, from: UnreadFrom) -> Result<ReadState> {
        self.chat.shared.pace.change_group(self.user())?;
        let UnreadFrom { seq, thread_id } = from;
        if let Some(thread) = thread_id {
            return self.mark_thread_unread(group, thread, seq).await;
        }
        for _ in 0..TRIES {
            let (head, member) = self.own_part(group).await?;
            let (read, now) = (Pointer::of(&head, &member), member.read_rev.unwrap_or(0));
            let before = seq.max(group::visible_from(&head, Some(&member))).saturating_sub(1);
            if before >= read.seq {
                return Ok(state(&head, &member, read, now));
            }
            let pointer = self.pointer_at(&member, before).await?;
            let rev = now + 1;
            let changes = vec![
                READ_SEQ.set(pointer.seq),
                READ_ORDINAL.set(pointer.ordinal),
                READ_MENTIONS.set(pointer.mentions),
                READ_REV.set(rev),
                MARKED_SEQ.set(head.seq),
            ];
            let state = state(&head, &member, pointer, rev);
            if self.change_read_state(&member, None, changes, state).await? {
                return Ok(state);
            }
        }
        Err(busy())
    }

    /// What the caller has not read, in seven reads at most however many groups there are.
    ///
    /// # Errors
    /// 403 `key.missing_scope`; `store.unavailable`.
    pub async fn unread(&self) -> Result<Unread> {
        self.noted(None, permission::check_own(&self.caller))?;
        let memberships = self.memberships().await?;
        let by_group: HashMap<StreamId, Member> =
            memberships.into_iter().map(|member| (member.group_id, member)).collect();
        let heads = self.streams().heads(self.workspace(), by_group.keys().copied()).await?;
        let there = heads.iter().filter(|head| head.state != group::DELETED);
        let mine: Vec<_> = there.filter_map(|head| Some((head, by_group.get(&head.id)?))).collect();
        let visible_from =
            mine.iter().map(|(head, member)| (head.id, group::visible_from(head, Some(member))));
        let by_threads = self.unread_threads(&visible_from.collect()).await?;
        let mut all = Unread::default();
        for (head, member) in mine {
            let (read, of_threads) = (Pointer::of(head, member), by_threads.get(&head.id));
            let (threads, in_threads) = of_threads.map_or((0, 0), |it| (it.threads, it.mentions));
            let (unread, mentions) = (read.unread(head), read.mentions(head, member) + in_threads);
            if unread > 0 || mentions > 0 || threads > 0 {
                all.total += unread;
                all.mentions += mentions;
                all.threads += threads;
                all.groups.push(UnreadGroup { group_id: head.id, unread, mentions, threads });
            }
        }
        Ok(all)
    }

    /// What the member has read who has read up to `seq`.
    async fn pointer_at(&self, member: &Member, seq: i64) -> Result<Pointer> {
        let (group, before) = (member.group_id, seq.saturating_add(1));
        let last = self.streams().before(self.workspace(), group, Page::Main, before, 1).await?;
        let ordinal = last.first().and_then(|entry| entry.ordinal).unwrap_or(0);
        let mentions = match member.mentioned.count() {
            0 => 0,
            _ => self.mention_at(group, &Page::Main, seq).await?,
        };
        Ok(Pointer { seq, ordinal, mentions })
    }

    /// Changes what the caller's membership says of it, with the word to their devices; false where it changed
    /// meanwhile, on another one.
    async fn change_read_state(
        &self,
        member: &Member,
        further: Option<Cond>,
        changes: Vec<Change>,
        state: ReadState,
    ) -> Result<bool> {
        let plan = ChangeReadState { member: member.clone(), further, changes, state };
        let told = Submission::new(Author::from(self.user()), plan);
        match self.streams().submit(self.workspace(), own::stream(self.user()), told).await {
            Ok(_) => Ok(true),
            Err(error) if error.code() == "store.conflict" => Ok(false),
            Err(error) => Err(error),
        }
    }
}

impl ReadState {
    /// What the member's devices are told of it, in the stream that the view is of: theirs.
    pub(crate) fn told(self, view: &mut View<'_>, member: &Member, thread_id: Option<EntryId>) -> Step {
        let Self { read_seq: seq, read_rev, unread, mentions } = self;
        let group_id = member.group_id;
        let read = Read { group_id, thread_id, seq, read_rev, unread, mentions };
        own::tell(view, member.user_id, event::READ, json!(read))
    }
}

/// How far somebody has read, as their devices are told.
#[derive(Serialize)]
struct Read {
    group_id: StreamId,
    #[serde(skip_serializing_if = "Option::is_none")]
    thread_id: Option<EntryId>,
    seq: i64,
    read_rev: i64,
    unread: i64,
    mentions: i64,
}

fn state(head: &Head, member: &Member, pointer: Pointer, read_rev: i64) -> ReadState {
    let (unread, mentions) = (pointer.unread(head), pointer.mentions(head, member));
    ReadState { read_seq: pointer.seq, read_rev, unread, mentions }
}

fn busy() -> Error {
    Error::unavailable("stream.busy", "others keep changing how far you have read")
}

/// It goes through the user's own stream, so that what their devices are told is in the order in which it was done.
struct ChangeReadState {
    member: Member,
    further: Option<Cond>,
    changes: Vec<Change>,
    state: ReadState,
}

impl Plan for ChangeReadState {
    fn plan(&mut self, view: &mut View<'_>) -> Result<Step> {
        let rev = self.member.read_rev.map_or_else(|| READ_REV.is_absent(), |rev| READ_REV.is(rev));
        let guard = [ACTIVE.is(true), rev].into_iter().chain(self.further.clone());
        view.update_if::<Member>(self.member.id, guard, self.changes.clone());
        Ok(self.state.told(view, &self.member, None))
    }
}
