//! Frames from the server.

use std::time::Duration;

use parlance_base::{ConnectionId, Epoch, StreamId, UserId, WorkspaceId};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::Value;

use super::live::{PresenceChange, Presences, Receipt, Typing};
use crate::{
    Error, Refusal,
    wire::{Entry, Role},
};

/// A frame from the server.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Frame {
    /// One is let in; where `more` is true, another such frame follows.
    Ready(Ready),
    /// An entry of a stream.
    Entry(Box<Entry>),
    /// What became of streams.
    Resumed(Vec<Verdict>),
    /// A frame was carried out.
    Ok {
        /// The frame's id.
        id: String,
        /// What there is to answer.
        data: Value,
    },
    /// A frame was not carried out.
    Error {
        /// The frame's id, where that could be read.
        id: Option<String>,
        /// Why.
        refusal: Refusal,
    },
    /// Somebody types, or no longer.
    Typing(Typing),
    /// Somebody else has read further.
    Receipt(Receipt),
    /// What has become of those whom one watches.
    Presence(Vec<PresenceChange>),
    /// The node is about to close.
    Shutdown {
        /// When to connect again.
        reconnect_after: Duration,
    },
    /// A frame that this client does not know.
    Other(Value),
}

/// What one begins with.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Ready {
    /// The connection, as the server's log names it.
    pub connection_id: ConnectionId,
    /// What all positions on this connection count in.
    pub epoch: Epoch,
    /// The workspace.
    pub workspace_id: WorkspaceId,
    /// How often the server pings, in milliseconds.
    #[serde(default)]
    pub heartbeat_ms: u64,
    /// Who one is.
    pub user: ReadyUser,
    /// The streams that one follows by right, at most 1,000 a frame.
    pub streams: Vec<ReadyStream>,
    /// Whether another such frame follows.
    #[serde(default)]
    pub more: bool,
}

/// Who one is.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct ReadyUser {
    /// The user.
    pub id: UserId,
    /// What they are in the workspace.
    pub role: Role,
}

/// A stream that one follows by right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct ReadyStream {
    /// The stream.
    pub id: StreamId,
    /// What it is the log of.
    pub kind: StreamKind,
    /// Live entries start after it.
    pub seq: u64,
}

/// What a stream is the log of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StreamKind {
    /// A group.
    Group,
    /// A user in a workspace.
    User,
    /// A workspace.
    Workspace,
    /// Something that this client does not know.
    #[serde(other)]
    Unknown,
}

/// What became of a stream that was resumed, gained or lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct Verdict {
    /// The stream.
    pub id: StreamId,
    /// What became of it.
    pub status: Status,
    /// The position that it is about.
    pub seq: Option<u64>,
}

/// What became of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Nothing was missed.
    Current,
    /// What was missed has come.
    Replayed,
    /// What one has of it is void; entries come after `seq`.
    Reset,
    /// One may not read it, or there is no such stream.
    Gone,
    /// Something that this client does not know.
    #[serde(other)]
    Unknown,
}

#[derive(Deserialize)]
struct Resumed {
    streams: Vec<Verdict>,
}

#[derive(Deserialize)]
struct Shutdown {
    reconnect_after_ms: u64,
}

#[derive(Deserialize)]
struct ErrorBody {
    code: String,
    #[serde(default)]
    message: String,
    retry_after_ms: Option<u64>,
}

impl Frame {
    /// Reads a frame.
    pub(crate) fn read(text: &str) -> Result<Self, Error> {
        Self::of(serde_json::from_str(text).map_err(unreadable)?)
    }

    fn of(mut value: Value) -> Result<Self, Error> {
        if value.get("seq").is_some() && value.get("stream_id").is_some() {
            return Ok(Self::Entry(parsed(value)?));
        }
        let data = value.get_mut("data").map(Value::take).unwrap_or_default();
        let id = value.get("id").and_then(Value::as_str).map(str::to_owned);
        Ok(match (value.get("type").and_then(Value::as_str), id) {
            (Some("ready"), _) => Self::Ready(parsed(data)?),
            (Some("resumed"), _) => Self::Resumed(parsed::<Resumed>(data)?.streams),
            (Some("ok"), Some(id)) => Self::Ok { id, data },
            (Some("error"), id) => {
                let error = value.get_mut("error").map(Value::take).unwrap_or_default();
                Self::Error { id, refusal: parsed::<ErrorBody>(error)?.into() }
            }
            (Some("typing"), _) => Self::Typing(parsed(data)?),
            (Some("read.receipt"), _) => Self::Receipt(parsed(data)?),
            (Some("presence"), _) => Self::Presence(parsed::<Presences>(data)?.changes),
            (Some("server.shutdown"), _) => {
                let reconnect_after = Duration::from_millis(parsed::<Shutdown>(data)?.reconnect_after_ms);
                Self::Shutdown { reconnect_after }
            }
            _ => Self::Other(put_back(value, data)),
        })
    }
}

/// The frame as it came.
fn put_back(mut value: Value, data: Value) -> Value {
    if let (Some(object), false) = (value.as_object_mut(), data.is_null()) {
        object.insert("data".to_owned(), data);
    }
    value
}

fn parsed<T: DeserializeOwned>(value: Value) -> Result<T, Error> {
    serde_json::from_value(value).map_err(unreadable)
}

fn unreadable(error: serde_json::Error) -> Error {
    Error::Unreadable(error.to_string())
}

impl From<ErrorBody> for Refusal {
    fn from(body: ErrorBody) -> Self {
        let ErrorBody { code, message, retry_after_ms } = body;
        Self { code, message, retry_after: retry_after_ms.map(Duration::from_millis) }
    }
}

#[cfg(test)]
mod tests;
