//! Threads: what is said about one message, apart from the group's other messages. A reply is a message on a page of its own. What
//! became of a thread is in the message that it is about; beside it are kept who takes part, and how each has it for themselves.

mod call;
mod change;
mod check;
mod close;
mod follow;
mod list;
mod remove;
mod reply;
mod standing;
mod unread;

use parlance_base::{EntryId, Error, Kind, StreamId, Time, UserId};
use parlance_store::{Collection, Field, Home, Index, Stored};
use parlance_stream::{Entry, Page};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::message::Mentioned;

pub(crate) use call::{call, part_of};
pub(crate) use check::check;
pub use list::{MessageThread, ThreadView};
pub(crate) use remove::{forget, has_replies, read_of, remove};
pub(crate) use reply::{Reply, uncount};

/// How many of those who replied last are told with the message.
const SHOWN_PARTICIPANTS: usize = 5;

/// What a reply says of where it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct InThread {
    /// The message that it replies to.
    pub(crate) id: EntryId,
    /// That message's `seq`.
    pub(crate) seq: i64,
    /// Which reply it is, from 1.
    pub(crate) ordinal: i64,
}

/// What became of a message's thread, as the message keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Summary {
    /// How many replies there are, without those that were deleted.
    reply_count: i64,
    last_reply_at: Time,
    /// Who replied last, the last one first.
    participants: Vec<UserId>,
    participant_count: i64,
    #[serde(default)]
    closed: bool,
}

/// What became of a message's thread.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Replies {
    /// How many replies it has, without those that were deleted.
    pub reply_count: i64,
    /// When the last one was written, also where that was deleted since.
    #[schema(format = DateTime)]
    pub last_reply_at: String,
    /// Who replied last, the last one first, up to five.
    #[schema(value_type = Vec<uuid::Uuid>)]
    pub participants: Vec<UserId>,
    /// How many have replied, also those whose replies were deleted.
    pub participant_count: i64,
    /// Whether it takes no more replies.
    pub closed: bool,
}

/// The thread of a message; its id is the message's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Thread {
    pub(crate) id: EntryId,
    pub(crate) group_id: StreamId,
    /// The message's `seq`.
    pub(crate) root_seq: i64,
    /// The `seq` of the last reply.
    pub(crate) seq: i64,
    /// How many replies were ever written.
    pub(crate) ordinal: i64,
}

pub(crate) const GROUP_ID: Field = Field::text("group_id");
pub(crate) const SEQ: Field = Field::int("seq");
const ORDINAL: Field = Field::int("ordinal");

/// The threads of a workspace.
pub(crate) static THREADS: Collection = Collection {
    name: "threads",
    home: Home::Workspace,
    indexes: &[Index { name: "by_group", fields: &[GROUP_ID, SEQ], unique: true }],
    fields: &[ORDINAL, Field::int("root_seq")],
};

impl Stored for Thread {
    const COLLECTION: &'static Collection = &THREADS;
}

/// That somebody has to do with a thread: they began it with their message, said something in it or were mentioned there. It belongs to
/// the group's stream.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Participant {
    id: Uuid,
    thread_id: EntryId,
    user_id: UserId,
    /// Where they said something last, or what came before the first mention of them.
    seq: i64,
    /// Which reply that was; 0 for the message that it is about.
    ordinal: i64,
    /// Which mention of them there was the last one before that.
    mentions: i64,
    /// How often they replied.
    replies: i64,
    /// How often they were mentioned there.
    #[serde(default, skip_serializing_if = "Mentioned::is_none")]
    mentioned: Mentioned,
    /// Where they said something or were mentioned last.
    called_seq: i64,
    at: Time,
}

/// How somebody has a thread for themselves. It belongs to their own stream.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Follow {
    id: Uuid,
    thread_id: EntryId,
    user_id: UserId,
    /// What they said of whether they follow it; none where they did not say.
    following: Option<bool>,
    /// How far the group had come when they said so.
    decided_seq: i64,
    /// How far they have said that they read.
    read_seq: i64,
    /// The last reply up to there.
    read_ordinal: i64,
    /// The last mention of them up to there.
    read_mentions: i64,
    /// How often they took back that they have read something.
    read_rev: i64,
    /// How far the group had come when they did so last.
    marked_seq: i64,
    at: Time,
}

const THREAD_ID: Field = Field::text("thread_id");
const USER_ID: Field = Field::text("user_id");
const AT: Field = Field::int("at");

/// Who takes part in the threads of a workspace.
pub(crate) static PARTICIPANTS: Collection = Collection {
    name: "thread_participants",
    home: Home::Workspace,
    indexes: &[
        Index { name: "by_thread", fields: &[THREAD_ID, USER_ID], unique: true },
        Index { name: "by_user", fields: &[USER_ID, AT], unique: false },
    ],
    fields: &[
        SEQ,
        ORDINAL,
        Field::int("mentions"),
        Field::int("replies"),
        Field::any("mentioned"),
        Field::int("called_seq"),
    ],
};

/// Who follows the threads of a workspace, and how far they have read.
pub(crate) static FOLLOWS: Collection = Collection {
    name: "thread_follows",
    home: Home::Workspace,
    indexes: &[
        Index { name: "by_thread", fields: &[THREAD_ID, USER_ID], unique: true },
        Index { name: "by_user", fields: &[USER_ID, AT], unique: false },
    ],
    fields: &[
        Field::bool("following"),
        Field::int("decided_seq"),
        Field::int("read_seq"),
        Field::int("read_ordinal"),
        Field::int("read_mentions"),
        Field::int("read_rev"),
        Field::int("marked_seq"),
    ],
};

impl Stored for Participant {
    const COLLECTION: &'static Collection = &PARTICIPANTS;
}

impl Stored for Follow {
    const COLLECTION: &'static Collection = &FOLLOWS;
}

impl From<Summary> for Replies {
    fn from(
        Summary { reply_count, last_reply_at, participants, participant_count, closed }: Summary,
    ) -> Self {
        let last_reply_at = last_reply_at.to_rfc3339();
        Self { reply_count, last_reply_at, participants, participant_count, closed }
    }
}

impl Participant {
    /// Somebody who has nothing to do with the thread so far.
    fn none(thread_id: EntryId, user_id: UserId) -> Self {
        Self {
            id: Self::id_of(thread_id, user_id),
            thread_id,
            user_id,
            seq: 0,
            ordinal: 0,
            mentions: 0,
            replies: 0,
            mentioned: Mentioned::default(),
            called_seq: 0,
            at: Time::default(),
        }
    }

    fn id_of(thread: EntryId, user: UserId) -> Uuid {
        EntryId::derived(&["participant", &thread.to_string(), &user.to_string()]).uuid()
    }
}

impl Follow {
    fn id_of(thread: EntryId, user: UserId) -> Uuid {
        EntryId::derived(&["follow", &thread.to_string(), &user.to_string()]).uuid()
    }
}

/// The message whose thread a reply is in; none for what is no reply.
pub(crate) fn thread_of(entry: &Entry) -> Option<EntryId> {
    match entry.page {
        Page::Thread(id) => Some(id),
        Page::Main | Page::System | Page::Event => None,
    }
}

/// The `seq` that says who may see a message: who may not see what it replies to does not see the reply.
pub(crate) fn shown_by(message: &Entry) -> i64 {
    let of_thread = message.data.get("thread").and_then(|thread| thread.get("seq")).and_then(Value::as_i64);
    of_thread.unwrap_or(message.seq).min(message.seq)
}

fn no_thread() -> Error {
    Error::new(Kind::NotFound, "thread.not_found", "nobody has replied to this message")
}
