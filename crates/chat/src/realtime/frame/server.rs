//! Frames from the server that are not entries of a stream.

use std::time::Duration;

use parlance_base::{ConnectionId, Error, Kind, StreamId, WorkspaceId};
use serde::Serialize;
use serde_json::value::RawValue;

use crate::realtime::{Frame, StreamKind, Verdict};

/// A frame, borrowed from what it tells.
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(in crate::realtime) enum ServerFrame<'a> {
    /// The one answer to the client's frame of this id.
    Ok {
        id: &'a str,
        data: Answer<'a>,
    },
    /// The one answer to the client's frame of this id; without id, to a frame whose id could not be read.
    Error {
        #[serde(skip_serializing_if = "Option::is_none")]
        id: Option<&'a str>,
        error: ErrorBody<'a>,
    },
    Ready {
        data: Ready<'a>,
    },
    Resumed {
        data: Resumed<'a>,
    },
    #[serde(rename = "server.shutdown")]
    Shutdown {
        data: Shutdown,
    },
}

#[derive(Serialize)]
#[serde(untagged)]
pub(in crate::realtime) enum Answer<'a> {
    Data(&'a RawValue),
    Empty {},
}

#[derive(Serialize)]
pub(in crate::realtime) struct ErrorBody<'a> {
    code: &'a str,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after_ms: Option<u128>,
}

#[derive(Serialize)]
pub(in crate::realtime) struct Ready<'a> {
    pub(in crate::realtime) connection_id: ConnectionId,
    pub(in crate::realtime) epoch: &'a str,
    pub(in crate::realtime) user: &'a RawValue,
    pub(in crate::realtime) workspace_id: WorkspaceId,
    pub(in crate::realtime) heartbeat_ms: u128,
    pub(in crate::realtime) streams: Vec<ReadyStream>,
    pub(in crate::realtime) more: bool,
}

#[derive(Serialize)]
pub(in crate::realtime) struct ReadyStream {
    pub(in crate::realtime) id: StreamId,
    pub(in crate::realtime) kind: StreamKind,
    pub(in crate::realtime) seq: u64,
}

#[derive(Serialize)]
pub(in crate::realtime) struct Resumed<'a> {
    streams: &'a [Verdict],
}

#[derive(Serialize)]
pub(in crate::realtime) struct Shutdown {
    reconnect_after_ms: u128,
}

impl<'a> ServerFrame<'a> {
    pub(in crate::realtime) fn ok(id: &'a str) -> Self {
        Self::Ok { id, data: Answer::Empty {} }
    }

    pub(in crate::realtime) fn answer(id: &'a str, data: &'a RawValue) -> Self {
        Self::Ok { id, data: Answer::Data(data) }
    }

    pub(in crate::realtime) fn error(id: Option<&'a str>, error: &'a Error) -> Self {
        Self::Error { id, error: ErrorBody::from(error) }
    }

    pub(in crate::realtime) fn resumed(streams: &'a [Verdict]) -> Self {
        Self::Resumed { data: Resumed { streams } }
    }

    pub(in crate::realtime) fn shutdown(reconnect_after: Duration) -> Self {
        Self::Shutdown { data: Shutdown { reconnect_after_ms: reconnect_after.as_millis() } }
    }

    /// The frame as it is sent, of JSON text.
    pub(in crate::realtime) fn encode(&self) -> Frame {
        // Nothing here can fail to encode: every key is text and every number is finite.
        serde_json::to_string(self).unwrap_or_default().into()
    }
}

impl<'a> From<&'a Error> for ErrorBody<'a> {
    fn from(error: &'a Error) -> Self {
        let retry_after_ms = match error.kind() {
            Kind::TooMany { retry_after } | Kind::Unavailable { retry_after } => {
                Some(retry_after.as_millis())
            }
            _ => None,
        };
        // What went wrong inside is for the log.
        let (code, message) = match error.kind() {
            Kind::Internal => ("server.internal", "something went wrong on our side"),
            _ => (error.code(), error.message()),
        };
        Self { code, message, retry_after_ms }
    }
}
