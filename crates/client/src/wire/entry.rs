//! Entries of streams, and what they tell.

use parlance_base::{EntryId, ScheduledId, StreamId, Time, UserId};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;

use super::{AuthorKind, GroupMember, Message, ReactionCount, moment};

/// An entry of a stream.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Entry {
    /// What happened, as `message.new`. A later server has types that this client does not know.
    #[serde(rename = "type")]
    pub kind: String,
    /// The stream.
    pub stream_id: StreamId,
    /// The group, where the stream is a group's.
    pub group_id: Option<StreamId>,
    /// Its place in the stream: 1, 2, 3 …
    pub seq: u64,
    /// When it happened.
    #[serde(deserialize_with = "moment::read")]
    pub at: Time,
    /// Who did it.
    pub author: EntryAuthor,
    /// Where the entry is also a message that nobody wrote, that message's id.
    pub system_message_id: Option<EntryId>,
    /// What there is to tell, see [`Entry::event`].
    #[serde(default)]
    pub data: Value,
}

/// Who made an entry.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct EntryAuthor {
    /// What they are.
    pub kind: AuthorKind,
    /// Their id.
    pub id: String,
}

/// What an entry tells.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum EntryEvent {
    /// A message was sent.
    MessageNew(Box<Message>),
    /// A message was edited: this is what it says now.
    MessageEdited(Box<Message>),
    /// A message was deleted.
    MessageDeleted(EntryId),
    /// Somebody reacted to a message, or took that back.
    MessageReaction {
        /// The message.
        message_id: EntryId,
        /// Who.
        user_id: UserId,
        /// With what.
        emoji: String,
        /// Whether it is there now.
        on: bool,
        /// All reactions to the message.
        reactions: Vec<ReactionCount>,
    },
    /// A message was pinned, or is not any more.
    MessagePinned {
        /// The message.
        message_id: EntryId,
        /// Whether it is pinned now.
        pinned: bool,
    },
    /// A thread takes no more replies, or takes some again.
    ThreadClosed {
        /// The message that it is about.
        message_id: EntryId,
        /// Whether it takes none.
        closed: bool,
    },
    /// These came into the group.
    MemberAdded(Vec<GroupMember>),
    /// These left it, or were taken out.
    MemberRemoved(Vec<GroupMember>),
    /// These may now do something else.
    MemberUpdated(Vec<GroupMember>),
    /// Something of the group changed: only that is told.
    GroupUpdated(Value),
    /// The group takes no more messages.
    GroupArchived,
    /// It takes messages again.
    GroupRestored,
    /// What was said in it up to this `seq` is gone.
    GroupCleared(u64),
    /// It has ended.
    GroupDeleted,
    /// In one's own stream: one became a member of this group.
    GroupJoined(StreamId),
    /// In one's own stream: one is no member of this group any more.
    GroupLeft(StreamId),
    /// In one's own stream: one has read up to here, on whichever device.
    Read {
        /// The group.
        group_id: StreamId,
        /// The message whose thread it is about; none where it is about the group's messages.
        thread_id: Option<EntryId>,
        /// The `seq` read up to.
        seq: u64,
        /// How often one took back that one has read something.
        read_rev: u64,
        /// How many messages came after it.
        unread: u64,
        /// How many mentions of oneself.
        mentions: u64,
    },
    /// In one's own stream: something became of a message of one's own that is to be sent later.
    ScheduledUpdated {
        /// The group.
        group_id: StreamId,
        /// Which.
        scheduled_id: ScheduledId,
        /// `waiting`, `sending`, `sent`, `failed` or `cancelled`.
        state: String,
        /// The message that came of it, once it was sent.
        message_id: Option<EntryId>,
    },
    /// In one's own stream: one has something otherwise for oneself, on whichever device: only that is told.
    SettingsUpdated(Value),
    /// Nothing that this client knows.
    Other,
}

impl Entry {
    /// What the entry tells. An entry that this client does not understand counts like any other: it tells
    /// [`EntryEvent::Other`].
    #[must_use]
    pub fn event(&self) -> EntryEvent {
        self.told().unwrap_or(EntryEvent::Other)
    }

    fn told(&self) -> Option<EntryEvent> {
        Some(match self.kind.as_str() {
            "message.new" => EntryEvent::MessageNew(self.field("message")?),
            "message.edited" => EntryEvent::MessageEdited(self.field("message")?),
            "message.deleted" => EntryEvent::MessageDeleted(self.field("message_id")?),
            "message.reaction" => EntryEvent::MessageReaction {
                message_id: self.field("message_id")?,
                user_id: self.field("user_id")?,
                emoji: self.field("emoji")?,
                on: self.field("on")?,
                reactions: self.field("reactions")?,
            },
            "message.pinned" => EntryEvent::MessagePinned {
                message_id: self.field("message_id")?,
                pinned: self.field("pinned")?,
            },
            "thread.closed" => EntryEvent::ThreadClosed {
                message_id: self.field("message_id")?,
                closed: self.field("closed")?,
            },
            "member.added" => EntryEvent::MemberAdded(self.field("members")?),
            "member.removed" => EntryEvent::MemberRemoved(self.field("members")?),
            "member.updated" => EntryEvent::MemberUpdated(self.field("members")?),
            "group.updated" => EntryEvent::GroupUpdated(self.field("group")?),
            "group.archived" => EntryEvent::GroupArchived,
            "group.restored" => EntryEvent::GroupRestored,
            "group.cleared" => EntryEvent::GroupCleared(self.field("seq")?),
            "group.deleted" => EntryEvent::GroupDeleted,
            "group.joined" => EntryEvent::GroupJoined(self.field("group_id")?),
            "group.left" => EntryEvent::GroupLeft(self.field("group_id")?),
            "read" => EntryEvent::Read {
                group_id: self.field("group_id")?,
                thread_id: self.field("thread_id"),
                seq: self.field("seq")?,
                read_rev: self.field("read_rev").unwrap_or(0),
                unread: self.field("unread")?,
                mentions: self.field("mentions").unwrap_or(0),
            },
            "scheduled.updated" => EntryEvent::ScheduledUpdated {
                group_id: self.field("group_id")?,
                scheduled_id: self.field("scheduled_id")?,
                state: self.field("state")?,
                message_id: self.field("message_id"),
            },
            "settings.updated" => EntryEvent::SettingsUpdated(self.data.clone()),
            _ => return None,
        })
    }

    fn field<T: DeserializeOwned>(&self, name: &str) -> Option<T> {
        T::deserialize(self.data.get(name)?).ok()
    }
}
