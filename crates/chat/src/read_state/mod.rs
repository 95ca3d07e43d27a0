//! How far members have read.

mod pointer;
mod senders;

use std::collections::HashMap;

use parlance_base::{Author, Result, StreamId, UserId};
use parlance_store::Batch;
use parlance_stream::{Head, Page, Plan, Step, Submission, View};
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use crate::{chat::By, event, group, member::Member, own, permission};

pub(crate) use pointer::Pointer;
pub(crate) use senders::{furthest, sends};

/// How far the caller has read in a group, and what came after that.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ReadState {
    /// The `seq` that the caller has read up to.
    pub read_seq: i64,
    /// How many messages came after it.
    pub unread: i64,
}

/// What the caller has not read in all their groups.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Unread {
    /// Messages in all groups.
    pub total: i64,
    /// Those groups that have any.
    pub groups: Vec<UnreadGroup>,
}

/// What the caller has not read in a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct UnreadGroup {
    /// The group.
    #[schema(value_type = String)]
    pub group_id: StreamId,
    /// Messages.
    pub unread: i64,
}

impl By {
    /// Notes that the caller has read everything up to `seq`, and tells their other devices. Where they have read further
    /// already, that stays.
    ///
    /// # Errors
    /// 404 `group.not_found`, also for a public group that the caller is no member of.
    pub async fn read_up_to(&self, group: StreamId, seq: i64) -> Result<ReadState> {
        let (head, member) = self.own_part(group).await?;
        let seq = seq.clamp(0, head.seq);
        let pointer = Pointer::of(&head, &member);
        if seq <= pointer.seq {
            return Ok(state(&head, pointer));
        }
        let pointer = Pointer { seq, ordinal: self.ordinal_at(group, seq).await?.max(pointer.ordinal) };
        let mut batch = Batch::new();
        batch.update::<Member>(member.id, [], pointer.reached());
        // After `Unknown` it may stand or not; doing it again is harmless, and the caller is told to.
        self.scope().commit(batch).await?;
        let state = state(&head, pointer);
        self.tell_devices(group, state).await?;
        Ok(state)
    }

    /// What the caller has not read, in two reads however many groups there are.
    ///
    /// # Errors
    /// 403 `key.missing_scope`; `store.unavailable`.
    pub async fn unread(&self) -> Result<Unread> {
        self.noted(None, permission::check_own(&self.caller))?;
        let memberships = self.memberships().await?;
        let by_group: HashMap<StreamId, Member> =
            memberships.into_iter().map(|member| (member.group_id, member)).collect();
        let heads = self.streams().heads(self.workspace(), by_group.keys().copied()).await?;
        let mut unread = Unread::default();
        for head in heads.iter().filter(|head| head.state != group::DELETED) {
            let member = by_group.get(&head.id);
            let count = member.map_or(0, |member| Pointer::of(head, member).unread(head));
            if count > 0 {
                unread.total += count;
                unread.groups.push(UnreadGroup { group_id: head.id, unread: count });
            }
        }
        Ok(unread)
    }

    /// How many counted messages there are up to `seq`.
    async fn ordinal_at(&self, group: StreamId, seq: i64) -> Result<i64> {
        let before = seq.saturating_add(1);
        let last = self.streams().before(self.workspace(), group, Page::Main, before, 1).await?;
        Ok(last.first().and_then(|entry| entry.ordinal).unwrap_or(0))
    }

    async fn tell_devices(&self, group: StreamId, state: ReadState) -> Result<()> {
        let told = Submission::new(Author::from(self.user()), Tell { user: self.user(), group, state });
        self.streams().submit(self.workspace(), own::stream(self.user()), told).await.map(drop)
    }
}

fn state(head: &Head, pointer: Pointer) -> ReadState {
    ReadState { read_seq: pointer.seq, unread: pointer.unread(head) }
}

struct Tell {
    user: UserId,
    group: StreamId,
    state: ReadState,
}

impl Plan for Tell {
    fn plan(&mut self, view: &mut View<'_>) -> Result<Step> {
        let data = json!({ "group_id": self.group, "seq": self.state.read_seq, "unread": self.state.unread });
        Ok(own::tell(view, self.user, event::READ, data))
    }
}
