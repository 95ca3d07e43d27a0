//! Threads.

use parlance_base::{EntryId, Time, UserId};
use serde::{Deserialize, Serialize};

use super::{Entry, Message, MessagePage, ReadState, moment};

/// What has become of a thread, as an entry tells it that adds to it or takes from it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct ThreadNews {
    /// The message that it is about.
    pub message_id: EntryId,
    /// The `rev` of the message that says the same.
    pub rev: u64,
    /// How many replies it has, without those that were deleted.
    pub reply_count: u64,
    /// When the last one was written.
    #[serde(default, deserialize_with = "moment::read_option")]
    pub last_reply_at: Option<Time>,
    /// Who replied last, the last one first, up to five.
    #[serde(default)]
    pub participants: Vec<UserId>,
    /// How many have replied.
    #[serde(default)]
    pub participant_count: u64,
    /// Whether it takes no more replies.
    #[serde(default)]
    pub closed: bool,
}

/// A message and its thread, as the caller has it.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Thread {
    /// The message, with what became of its thread.
    pub message: Message,
    /// Whether the caller follows it.
    pub following: bool,
    /// How far they have read in it, and how many replies came after that, where they follow it.
    #[serde(flatten)]
    pub read: ReadState,
}

/// A message and the newest of its replies.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct MessageThread {
    /// The message, and how the caller has its thread.
    #[serde(flatten)]
    pub thread: Thread,
    /// The replies, newest first.
    pub replies: MessagePage,
}

#[derive(Serialize)]
pub(crate) struct Closed {
    pub(crate) closed: bool,
}

impl Message {
    /// Takes what has become of its thread, unless it knows of something newer.
    pub(crate) fn hear(&mut self, news: ThreadNews) {
        if self.rev < news.rev {
            self.rev = news.rev;
            self.reply_count = news.reply_count;
            self.last_reply_at = news.last_reply_at;
            self.participants = news.participants;
            self.participant_count = news.participant_count;
            self.closed = news.closed;
        }
    }
}

impl Entry {
    /// What has become of the thread that the entry adds to or takes from.
    #[must_use]
    pub fn thread(&self) -> Option<ThreadNews> {
        ThreadNews::deserialize(self.data.get("thread")?).ok()
    }
}
