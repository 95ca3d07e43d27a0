//! How a connection begins: from nobody to a caller with streams.

use std::mem;

use parlance_base::{Error, Kind, Time};

use super::{
    Output, Phase,
    open::{Open, answer},
    port::Ready,
    send,
};
use crate::realtime::{
    frame::{self, BadFrame, CloseCode, Request, ServerFrame},
    limits::{AUTH_WITHIN, PING_EVERY, READY_STREAMS},
};

/// How the client says who it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opening {
    /// With the request that opened the socket.
    Request,
    /// With its first frame.
    FirstFrame,
}

impl Phase {
    pub(super) fn begin(now: Time, opening: Opening) -> Self {
        match opening {
            Opening::Request => Self::Checking { id: None },
            Opening::FirstFrame => Self::Anonymous { until: now.after(AUTH_WITHIN) },
        }
    }

    /// Takes in a frame of a client that is not let in yet; an error if it is not the one that is expected.
    pub(super) fn opening_frame(
        &mut self,
        id: Option<String>,
        request: Request,
        out: &mut Vec<Output>,
    ) -> Result<(), BadFrame> {
        match request {
            Request::Auth { token, workspace } if matches!(self, Self::Anonymous { .. }) => {
                *self = Self::Checking { id };
                out.push(Output::Authenticate { token, workspace });
                Ok(())
            }
            _ => Err(BadFrame { id, error: not_yet() }),
        }
    }

    pub(super) fn authenticated(&mut self, ready: &Ready, out: &mut Vec<Output>) {
        let Self::Checking { id } = self else { return };
        answer(mem::take(id), out);
        tell_ready(ready, out);
        out.push(Output::Listen(
            ready.streams.iter().map(|standing| (standing.stream, standing.start())).collect(),
        ));
        *self = Self::Open(Open::new(ready));
    }

    pub(super) fn refused(&mut self, error: &Error, out: &mut Vec<Output>) -> Result<(), CloseCode> {
        let Self::Checking { id } = self else { return Ok(()) };
        send(&ServerFrame::error(id.as_deref(), error), out);
        Err(match error.kind() {
            Kind::Unauthenticated => CloseCode::Unauthenticated,
            Kind::TooMany { .. } => CloseCode::TooManyConnections,
            Kind::Unavailable { .. } | Kind::Internal => CloseCode::Unavailable,
            _ => CloseCode::NotAllowed,
        })
    }
}

fn not_yet() -> Error {
    Error::new(Kind::Unauthenticated, "auth.required", "authenticate first, and wait until you are let in")
}

fn tell_ready(ready: &Ready, out: &mut Vec<Output>) {
    let mut rest = ready.streams.as_slice();
    loop {
        let (now, later) = rest.split_at(rest.len().min(READY_STREAMS));
        let streams = now.iter().map(|standing| frame::ReadyStream {
            id: standing.stream,
            kind: standing.kind,
            seq: standing.start(),
        });
        let data = frame::Ready {
            connection_id: ready.connection,
            epoch: &ready.epoch,
            user: &ready.user,
            workspace_id: ready.caller.workspace,
            heartbeat_ms: PING_EVERY.as_millis(),
            streams: streams.collect(),
            more: !later.is_empty(),
        };
        send(&ServerFrame::Ready { data }, out);
        rest = later;
        if rest.is_empty() {
            return;
        }
    }
}
