//! Messages.

use parlance_base::{EntryId, Epoch, StreamId, Time, UserId};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Entry, EntryAuthor, ReactionCount, moment};

/// A message. `rev` counts up with each change of it: what has a lower one is older.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Message {
    /// Its id.
    pub id: EntryId,
    /// The group it is in.
    pub group_id: StreamId,
    /// Its place in the group's stream.
    pub seq: u64,
    /// The `seq` of its last change.
    pub rev: u64,
    /// Who wrote it.
    pub author: Author,
    /// What its author's client called it.
    #[serde(default)]
    pub client_id: String,
    /// When it was written.
    #[serde(deserialize_with = "moment::read")]
    pub at: Time,
    /// What it says; none once it was deleted, and where nobody wrote it.
    pub content: Option<String>,
    /// What it tells, where nobody wrote it.
    pub system: Option<SystemMessage>,
    /// The message that it answers.
    pub reply_to: Option<EntryId>,
    /// That message in short, where the caller may see it.
    pub quote: Option<Quote>,
    /// The message whose thread it is in, if it is a reply in one.
    pub thread_id: Option<EntryId>,
    /// How many replies there are in its own thread, without those that were deleted.
    #[serde(default)]
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
    /// Whether its thread takes no more replies.
    #[serde(default)]
    pub closed: bool,
    /// Whom it mentions.
    #[serde(default)]
    pub mentions: Vec<UserId>,
    /// The word by which it mentions everybody: `here`, `channel` or `everyone`.
    pub broadcast: Option<String>,
    /// Where it is from, if it was forwarded.
    pub forwarded: Option<Forwarded>,
    /// What its author's client keeps with it.
    pub metadata: Option<Value>,
    /// Whether it is pinned.
    #[serde(default)]
    pub pinned: bool,
    /// How many reacted to it, with what, in the order in which that came up.
    #[serde(default)]
    pub reactions: Vec<ReactionCount>,
    /// What the caller reacted to it with, as it was when an answer told of it; entries do not.
    pub reacted: Option<Vec<String>>,
    /// When it was last edited.
    #[serde(default, deserialize_with = "moment::read_option")]
    pub edited_at: Option<Time>,
    /// When it was deleted.
    #[serde(default, deserialize_with = "moment::read_option")]
    pub deleted_at: Option<Time>,
    /// Who deleted it.
    pub deleted_by: Option<UserId>,
}

/// What a message tells that nobody wrote: a change of the group.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct SystemMessage {
    /// What happened, as `member.added`.
    pub kind: String,
    /// What there is to tell of it.
    pub params: Value,
}

/// The message that another one answers, in short.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Quote {
    /// Its place in the group's stream.
    pub seq: u64,
    /// The `seq` of its last change.
    pub rev: u64,
    /// Who wrote it.
    pub author: Author,
    /// How it begins; none once it was deleted.
    pub content: Option<String>,
}

/// A message that is pinned.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct PinnedMessage {
    /// The message.
    pub message: Message,
    /// Who has pinned it.
    pub pinned_by: UserId,
    /// When they did.
    #[serde(deserialize_with = "moment::read")]
    pub pinned_at: Time,
}

#[derive(Serialize)]
pub(crate) struct Pinned {
    pub(crate) pinned: bool,
}

/// Who wrote a message.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Author {
    /// What they are.
    pub kind: AuthorKind,
    /// Their id.
    pub id: String,
    /// What they were called when they wrote it.
    #[serde(default)]
    pub name: String,
}

/// What an author is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AuthorKind {
    /// A person.
    User,
    /// A workspace's AI participant.
    Agent,
    /// The server itself.
    System,
    /// An incoming webhook.
    Hook,
    /// Somebody outside, reached through a channel.
    Contact,
    /// Something that this client does not know.
    #[serde(other)]
    Unknown,
}

/// A message that is to be.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct NewMessage {
    /// What it says, 1–10,000 characters.
    pub content: String,
    /// The sender's own name for it, 1–64 characters: however often it is sent under this name, it is there once. The
    /// calls that send make one where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    /// The message of the same group that it answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<EntryId>,
    /// The message of the same group in whose thread it is a reply.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub thread_id: Option<EntryId>,
    /// Members of the group whom it mentions beside those whose `@handle` it says.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub mentions: Vec<UserId>,
    /// What the client wants to keep with it, up to 4 KiB of JSON.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Value>,
}

/// Where a forwarded message is from.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Forwarded {
    /// The group.
    pub group_id: StreamId,
    /// The message there.
    pub message_id: EntryId,
    /// What its author is.
    pub author_kind: AuthorKind,
    /// Its author.
    pub author_id: String,
    /// When it was written.
    #[serde(deserialize_with = "moment::read")]
    pub at: Time,
}

#[derive(Serialize)]
pub(crate) struct Forward {
    pub(crate) group_id: StreamId,
    pub(crate) client_id: String,
}

/// Somebody who may be meant by what was typed after an `@`, or everybody.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Suggestion {
    /// What to write after the `@`.
    pub handle: String,
    /// Who that is; none for a word that means everybody.
    pub user_id: Option<UserId>,
    /// What they are called.
    pub name: Option<String>,
}

#[derive(Deserialize)]
pub(crate) struct Suggested {
    pub(crate) items: Vec<Suggestion>,
}

/// What a sender is told.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(untagged)]
pub enum Sent {
    /// The message as it is stored.
    Message(Box<Message>),
    /// Where it is, for a sender who may not read it any more.
    Place {
        /// Its id.
        id: EntryId,
        /// Its place in the group's stream.
        seq: u64,
    },
}

/// Messages, and how far the group's stream had come before they were read.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct MessagePage {
    /// The messages, in the order that was asked for.
    pub items: Vec<Message>,
    /// How far the group's stream had come.
    pub seq: u64,
    /// What `seq` counts in.
    pub epoch: Epoch,
}

/// An earlier version of a message.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Version {
    /// The `rev` that the message had.
    pub rev: u64,
    /// Since when it said this.
    #[serde(deserialize_with = "moment::read")]
    pub at: Time,
    /// What it said.
    pub content: String,
}

#[derive(Deserialize)]
pub(crate) struct History {
    pub(crate) items: Vec<Version>,
}

#[derive(Serialize)]
pub(crate) struct Edit<'a> {
    pub(crate) content: &'a str,
}

impl Message {
    /// The message that an entry is beside telling of a change of its group; none for all others.
    pub(crate) fn told_by(entry: &Entry) -> Option<Self> {
        let EntryAuthor { kind, id } = entry.author.clone();
        Some(Self {
            id: entry.system_message_id?,
            group_id: entry.stream_id,
            seq: entry.seq,
            rev: entry.seq,
            author: Author { kind, id, name: String::new() },
            client_id: String::new(),
            at: entry.at,
            content: None,
            system: Some(SystemMessage { kind: entry.kind.clone(), params: entry.data.clone() }),
            reply_to: None,
            quote: None,
            thread_id: None,
            reply_count: 0,
            last_reply_at: None,
            participants: Vec::new(),
            participant_count: 0,
            closed: false,
            mentions: Vec::new(),
            broadcast: None,
            forwarded: None,
            metadata: None,
            pinned: false,
            reactions: Vec::new(),
            reacted: None,
            edited_at: None,
            deleted_at: None,
            deleted_by: None,
        })
    }
}

impl NewMessage {
    /// A message that says this.
    #[must_use]
    pub fn text(content: impl Into<String>) -> Self {
        Self { content: content.into(), ..Self::default() }
    }

    /// The same message, as a reply in the thread of that one.
    #[must_use]
    pub fn in_thread(mut self, thread: EntryId) -> Self {
        self.thread_id = Some(thread);
        self
    }

    /// The same message under this name.
    #[must_use]
    pub fn named(mut self, client_id: impl Into<String>) -> Self {
        self.client_id = Some(client_id.into());
        self
    }
}

impl Sent {
    /// The message's id.
    #[must_use]
    pub const fn id(&self) -> EntryId {
        match self {
            Self::Message(message) => message.id,
            Self::Place { id, .. } => *id,
        }
    }

    /// The message's place in the group's stream.
    #[must_use]
    pub const fn seq(&self) -> u64 {
        match self {
            Self::Message(message) => message.seq,
            Self::Place { seq, .. } => *seq,
        }
    }

    /// The message, where the sender may read it.
    #[must_use]
    pub fn into_message(self) -> Option<Message> {
        match self {
            Self::Message(message) => Some(*message),
            Self::Place { .. } => None,
        }
    }
}
