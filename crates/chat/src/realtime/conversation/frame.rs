//! What of the frames of the socket for all groups a conversation is about.

use parlance_base::{StreamId, UserId};
use serde::{Deserialize, Serialize};

/// A frame that would be sent.
#[derive(Debug, Deserialize)]
pub(super) struct Told {
    pub(super) r#type: String,
    group_id: Option<StreamId>,
    #[serde(default)]
    pub(super) data: Data,
    pub(super) error: Option<Refusal>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Data {
    group_id: Option<StreamId>,
    pub(super) message: Option<Message>,
    pub(super) message_id: Option<String>,
    pub(super) thread_id: Option<String>,
    pub(super) user_id: Option<UserId>,
    pub(super) active: bool,
    pub(super) changes: Vec<Change>,
    pub(super) streams: Vec<Stream>,
    pub(super) members: Vec<Member>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Message {
    pub(super) id: String,
    #[serde(default)]
    pub(super) content: String,
    pub(super) author: Author,
    pub(super) client_id: String,
    pub(super) at: String,
    pub(super) thread_id: Option<String>,
    pub(super) edited_at: Option<String>,
    pub(super) deleted_at: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Author {
    pub(super) id: String,
    pub(super) name: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct Change {
    pub(super) user_id: UserId,
    pub(super) status: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct Stream {
    pub(super) id: StreamId,
    pub(super) status: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Member {
    pub(super) user_id: UserId,
    #[serde(default)]
    pub(super) name: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct Refusal {
    pub(super) code: String,
    pub(super) message: String,
}

/// A frame of a conversation.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum Flat<'a> {
    Message {
        content: &'a str,
        sender_id: &'a str,
        sender_username: &'a str,
        message_id: &'a str,
        client_id: &'a str,
        timestamp: &'a str,
        is_edited: bool,
    },
    MessageDeleted {
        message_id: &'a str,
    },
    Typing {
        sender_id: UserId,
        sender_username: &'a str,
    },
    System {
        content: &'a str,
        active_users: Vec<Active<'a>>,
    },
    Error {
        content: &'a str,
        code: &'a str,
    },
}

/// Somebody who is there.
#[derive(Debug, Serialize)]
pub(super) struct Active<'a> {
    pub(super) user_id: UserId,
    pub(super) username: &'a str,
}

impl Told {
    /// The group that it is about.
    pub(super) fn group(&self) -> Option<StreamId> {
        self.group_id.or(self.data.group_id)
    }
}
