//! Frames to the server.

use std::{collections::BTreeMap, fmt};

use parlance_base::{EntryId, Epoch, StreamId, UserId};
use serde::Serialize;

use super::Presence;
use crate::{Error, wire::NewMessage};

/// A frame to the server, without its id.
#[derive(Clone, PartialEq, Serialize)]
#[serde(tag = "type", content = "data")]
pub enum Command {
    /// Says who one is, where nothing else did: the first frame.
    #[serde(rename = "auth")]
    Auth {
        /// An access token.
        token: String,
        /// The workspace's id or slug.
        #[serde(skip_serializing_if = "Option::is_none")]
        workspace: Option<String>,
    },
    /// Says where one is, in at most 1,000 streams.
    #[serde(rename = "resume")]
    Resume {
        /// What the cursors count in.
        epoch: Epoch,
        /// The `seq` of the last entry that one has.
        cursors: BTreeMap<StreamId, u64>,
    },
    /// Asks to be told of a public group without being a member.
    #[serde(rename = "group.watch")]
    Watch {
        /// The group.
        group_id: StreamId,
    },
    /// No longer.
    #[serde(rename = "group.unwatch")]
    Unwatch {
        /// The group.
        group_id: StreamId,
    },
    /// Sends a message. Answered with [`crate::Sent`].
    #[serde(rename = "message.send")]
    Send {
        /// The group.
        group_id: StreamId,
        /// The message.
        #[serde(flatten)]
        message: NewMessage,
    },
    /// Edits a message. Answered with [`crate::Message`].
    #[serde(rename = "message.edit")]
    Edit {
        /// The group.
        group_id: StreamId,
        /// The message.
        message_id: EntryId,
        /// What it is to say.
        content: String,
    },
    /// Deletes a message.
    #[serde(rename = "message.delete")]
    Delete {
        /// The group.
        group_id: StreamId,
        /// The message.
        message_id: EntryId,
    },
    /// Reacts to a message, or takes that back. Answered with [`crate::Reacted`].
    #[serde(rename = "message.react")]
    React {
        /// The group.
        group_id: StreamId,
        /// The message.
        message_id: EntryId,
        /// An emoji.
        emoji: String,
        /// Whether it is to be there; without, it is taken back where it is there.
        #[serde(skip_serializing_if = "Option::is_none")]
        on: Option<bool>,
    },
    /// Pins a message, or takes its pin away. Answered with [`crate::Message`].
    #[serde(rename = "message.pin")]
    Pin {
        /// The group.
        group_id: StreamId,
        /// The message.
        message_id: EntryId,
        /// Whether it is to be pinned.
        pinned: bool,
    },
    /// Notes that one has read up to here. Answered with [`crate::ReadState`].
    #[serde(rename = "read.ack")]
    Read {
        /// The group.
        group_id: StreamId,
        /// The `seq` read up to.
        seq: u64,
        /// The message whose thread was read; none where it is the group's messages.
        #[serde(skip_serializing_if = "Option::is_none")]
        thread_id: Option<EntryId>,
        /// Where something was marked unread after this one, nothing changes; none takes the current one.
        #[serde(skip_serializing_if = "Option::is_none")]
        read_rev: Option<u64>,
    },
    /// Tells the group that one types.
    #[serde(rename = "typing.start")]
    TypingStart {
        /// The group.
        group_id: StreamId,
    },
    /// No longer.
    #[serde(rename = "typing.stop")]
    TypingStop {
        /// The group.
        group_id: StreamId,
    },
    /// Says whether one is there.
    #[serde(rename = "presence.update")]
    PresenceUpdate {
        /// Online, away or not to be disturbed.
        status: Presence,
    },
    /// Asks to be told of these people, and of no others.
    #[serde(rename = "presence.watch")]
    PresenceWatch {
        /// At most 500.
        user_ids: Vec<UserId>,
    },
    /// Asks for an answer, and nothing else.
    #[serde(rename = "ping")]
    Ping,
}

#[derive(Serialize)]
struct Framed<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
    #[serde(flatten)]
    command: &'a Command,
}

impl Command {
    /// The frame as JSON text.
    pub(crate) fn encode(&self, id: Option<&str>) -> Result<String, Error> {
        serde_json::to_string(&Framed { id, command: self })
            .map_err(|error| Error::Unsendable(error.to_string()))
    }
}

impl fmt::Debug for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // What is said is for no log, and a token even less.
        match self {
            Self::Auth { .. } => f.write_str("Auth(…)"),
            Self::Send { group_id, .. } => f.debug_tuple("Send").field(group_id).finish(),
            Self::Edit { message_id, .. } => f.debug_tuple("Edit").field(message_id).finish(),
            Self::Resume { epoch, cursors } => {
                f.debug_struct("Resume").field("epoch", epoch).field("cursors", cursors).finish()
            }
            Self::Watch { group_id } => f.debug_tuple("Watch").field(group_id).finish(),
            Self::Unwatch { group_id } => f.debug_tuple("Unwatch").field(group_id).finish(),
            Self::Delete { message_id, .. } => f.debug_tuple("Delete").field(message_id).finish(),
            Self::React { message_id, .. } => f.debug_tuple("React").field(message_id).finish(),
            Self::Pin { message_id, pinned, .. } => {
                f.debug_tuple("Pin").field(message_id).field(pinned).finish()
            }
            Self::Read { group_id, seq, .. } => f.debug_tuple("Read").field(group_id).field(seq).finish(),
            Self::TypingStart { group_id } => f.debug_tuple("TypingStart").field(group_id).finish(),
            Self::TypingStop { group_id } => f.debug_tuple("TypingStop").field(group_id).finish(),
            Self::PresenceUpdate { status } => f.debug_tuple("PresenceUpdate").field(status).finish(),
            Self::PresenceWatch { user_ids } => {
                f.debug_tuple("PresenceWatch").field(&user_ids.len()).finish()
            }
            Self::Ping => f.write_str("Ping"),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn encoded(command: &Command) -> Value {
        serde_json::from_str(&command.encode(Some("7")).unwrap()).unwrap()
    }

    #[test]
    fn a_frame_has_type_id_and_data_and_nothing_else() {
        let group_id = StreamId::derived(&["group"]);
        assert_eq!(encoded(&Command::Ping), json!({ "type": "ping", "id": "7" }));
        assert_eq!(
            encoded(&Command::Send { group_id, message: NewMessage::text("hello").named("c") }),
            json!({ "type": "message.send", "id": "7",
                "data": { "group_id": group_id, "content": "hello", "client_id": "c" } })
        );
        let epoch = Epoch::derived(&["e"]);
        assert_eq!(
            encoded(&Command::Resume { epoch, cursors: [(group_id, 3)].into() }),
            json!({ "type": "resume", "id": "7",
                "data": { "epoch": epoch, "cursors": { group_id.to_string(): 3 } } })
        );
        let text = Command::Ping.encode(None).unwrap();
        assert_eq!(text, r#"{"type":"ping"}"#);
    }

    #[test]
    fn a_command_shows_neither_token_nor_content() {
        let auth = Command::Auth { token: "hush".to_owned(), workspace: None };
        let group_id = StreamId::derived(&["group"]);
        let send = Command::Send { group_id, message: NewMessage::text("hush") };
        assert!(!format!("{auth:?} {send:?}").contains("hush"));
    }
}
