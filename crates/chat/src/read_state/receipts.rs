//! Receipts: how far the members of a group have read, for its other members. They are listed, and told as they change: stored nowhere
//! beside how far each has read, and of one member at most once a second.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use parlance_base::{Result, StreamId, UserId};
use parlance_store::Find;
use serde::Serialize;
use serde_json::json;
use tokio::{sync::Notify, time::sleep};
use utoipa::ToSchema;

use super::Pointer;
use crate::{
    chat::{By, Chat, invalid},
    group,
    member::{ACTIVE, GROUP_ID, Member},
    realtime::StreamKey,
};

/// How often it is told how far somebody has read.
const EVERY: Duration = Duration::from_secs(1);

/// How many receipts may wait to be told; one more is lost.
const MOST: usize = 1_000;

/// How far somebody has read in a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Receipt {
    /// Who.
    #[schema(value_type = uuid::Uuid)]
    pub user_id: UserId,
    /// The `seq` that they have read up to.
    pub seq: i64,
    /// How often they took back that they have read something: what has a lower one is older.
    pub read_rev: i64,
}

/// How far the members of a group have read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ReceiptList {
    /// Each member, in the order of their ids.
    pub items: Vec<Receipt>,
}

type Waiting = BTreeMap<(StreamKey, UserId), (i64, i64)>;

/// Receipts that wait to be told.
#[derive(Debug, Default)]
pub(crate) struct Receipts {
    /// Of each reader the furthest: first by how often they took something back, then by the `seq`.
    waiting: Mutex<Waiting>,
    some: Notify,
}

impl By {
    /// How far the members of the group have read.
    ///
    /// # Errors
    /// 404 `group.not_found`; 403 `key.missing_scope`; 422 `group.too_large` for a group of more than 200 members.
    pub async fn receipts(&self, group: StreamId) -> Result<ReceiptList> {
        let (head, _) = self.readable(group).await?;
        if group::is_large(&head) {
            let message = "a group of more than 200 members does not tell who has read";
            return Err(invalid("group.too_large", message));
        }
        let members = Find::new([GROUP_ID.is(group.to_string()), ACTIVE.is(true)]);
        let members = self.scope().find::<Member>(members.limit(group::SMALL)).await?;
        let receipt = |member: &Member| {
            let (seq, read_rev) = (Pointer::of(&head, member).seq, member.read_rev.unwrap_or(0));
            Receipt { user_id: member.user_id, seq, read_rev }
        };
        Ok(ReceiptList { items: members.iter().map(receipt).collect() })
    }

    /// Has the group told, in a moment, that the caller has read up to here.
    pub(super) fn tell_read(&self, group: StreamId, seq: i64, read_rev: i64) {
        let key = StreamKey { workspace: self.workspace(), stream: group };
        self.chat.shared.receipts.note(key, self.user(), (read_rev, seq));
    }
}

impl Receipts {
    fn note(&self, key: StreamKey, user: UserId, read: (i64, i64)) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.len() < MOST || waiting.contains_key(&(key, user)) {
            let furthest = waiting.entry((key, user)).or_default();
            *furthest = read.max(*furthest);
            self.some.notify_one();
        }
    }

    fn take(&self) -> Waiting {
        std::mem::take(&mut *self.waiting.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Chat {
    /// Tells what waits to be told, once a second, as long as it is polled.
    pub(crate) async fn tell_receipts(self) {
        loop {
            self.shared.receipts.some.notified().await;
            sleep(EVERY).await;
            for ((key, user), (read_rev, seq)) in self.shared.receipts.take() {
                let group_id = key.stream;
                let data = json!({
                    "group_id": group_id, "user_id": user, "seq": seq, "read_rev": read_rev,
                });
                let frame = json!({ "type": "read.receipt", "data": data }).to_string();
                self.shared.signals.pass_on(key, Some(user), frame.into());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use parlance_base::WorkspaceId;

    use super::*;

    #[test]
    fn of_one_member_the_furthest_receipt_waits_and_of_all_so_many() {
        let receipts = Receipts::default();
        let key = StreamKey { workspace: WorkspaceId::derived(&[]), stream: StreamId::derived(&[]) };
        let user = |at: usize| UserId::derived(&[&at.to_string()]);
        for at in 0..=MOST {
            receipts.note(key, user(at), (0, 5));
        }
        for read in [(0, 9), (0, 7), (1, 2), (0, 9)] {
            receipts.note(key, user(0), read);
        }
        let waiting = receipts.take();
        assert_eq!((waiting.len(), waiting.get(&(key, user(0)))), (MOST, Some(&(1, 2))));
        assert!(receipts.take().is_empty());
    }
}
