//! The only socket I/O: how a request becomes a socket, and what can be done with one.

use std::{fmt, ops::Deref};

use axum::{
    Error as Broken,
    extract::{
        FromRequestParts as _, Request, State,
        ws::{CloseFrame, Message, Utf8Bytes, WebSocket, WebSocketUpgrade},
    },
    response::Response,
};
use futures::{SinkExt as _, StreamExt as _};
use parlance_base::{Error, Kind};
use parlance_edge::{ErrorBody, Failure};
use tokio::time::{sleep, timeout};
use tokio_tungstenite::tungstenite;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    Realtime, Text,
    door::Query,
    frame::CloseCode,
    limits::{CLOSE_WITHIN, FRAME_BYTES, FRAME_WITHIN, LINGER, SOCKET_BUFFER},
    serve,
};

/// The text of a frame, in the form that a socket sends without copying it first. Clones share it.
#[derive(Clone, PartialEq, Eq)]
pub struct Frame(Utf8Bytes);

/// An open socket.
pub(super) struct Socket {
    web: WebSocket,
    /// Nothing more can be read of it, though it is still there.
    deaf: bool,
}

/// What came over a socket.
pub(super) enum Came {
    Text(Frame),
    Binary,
    /// More than a frame may have; nothing can be read after it.
    Oversize,
    /// A ping or a pong.
    Alive,
    /// The client is gone, or speaks no WebSocket.
    Gone,
}

/// What goes out over a socket.
pub(super) enum Outgoing {
    Text(Text),
    Ping,
}

/// The client did not take in what was sent to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unsent {
    Gone,
    TooSlow,
}

/// The route of the socket, `GET /ws`.
pub fn router(realtime: Realtime) -> OpenApiRouter {
    OpenApiRouter::new().routes(routes!(open)).with_state(realtime)
}

/// Opens the socket; what is said there is described in docs/protocol.md. Who comes without any proof says who they are in
/// the first frame.
#[utoipa::path(get, path = "/ws", tag = "live", params(
    ("workspace" = Option<String>, Query, description = "The workspace's id or slug."),
    ("ticket" = Option<String>, Query, description = "A ticket, good once."),
    ("token" = Option<String>, Query, description = "An access token; prefer the first frame.")),
    responses((status = 101, description = "a WebSocket"), (status = "4XX", body = ErrorBody)))]
async fn open(State(Realtime(node)): State<Realtime>, request: Request) -> Result<Response, Failure> {
    let (mut parts, _) = request.into_parts();
    let upgrade = WebSocketUpgrade::from_request_parts(&mut parts, &()).await.map_err(|_| no_socket())?;
    let query = axum::extract::Query::<Query>::try_from_uri(&parts.uri).unwrap_or_default().0;
    let place = node.place()?;
    let guest = node.greet(query, parts).await?;
    let upgrade = upgrade.read_buffer_size(SOCKET_BUFFER).write_buffer_size(SOCKET_BUFFER);
    let upgrade = upgrade.max_frame_size(FRAME_BYTES).max_message_size(FRAME_BYTES);
    Ok(upgrade.on_upgrade(move |web| {
        let served = serve::serve(node, Socket { web, deaf: false }, guest);
        drop(place);
        served
    }))
}

fn no_socket() -> Error {
    Error::new(Kind::Malformed, "socket.upgrade_required", "this route takes WebSocket upgrades only")
}

impl Socket {
    /// Waits for what comes next. Nothing is lost if the wait is dropped.
    pub(super) async fn recv(&mut self) -> Came {
        match self.web.next().await {
            Some(Ok(Message::Text(text))) => Came::Text(Frame(text)),
            Some(Ok(Message::Binary(_))) => Came::Binary,
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => Came::Alive,
            Some(Err(error)) if is_oversize(&error) => {
                self.deaf = true;
                Came::Oversize
            }
            Some(Ok(Message::Close(_)) | Err(_)) | None => Came::Gone,
        }
    }

    /// Sends these frames, flushed once.
    pub(super) async fn send(&mut self, frames: Vec<Outgoing>) -> Result<(), Unsent> {
        for frame in frames {
            in_time(self.web.feed(frame.into())).await?;
        }
        in_time(self.web.flush()).await
    }

    /// Closes the socket: sends what is left to say and why it is closed, and waits, within bounds, until the client has
    /// answered that.
    pub(super) async fn close(mut self, last: Vec<Outgoing>, code: CloseCode) {
        let reason = Utf8Bytes::from_static(code.reason());
        let farewell = Message::Close(Some(CloseFrame { code: code.number(), reason }));
        let closing = async {
            self.send(last).await?;
            in_time(self.web.send(farewell)).await?;
            while !self.deaf && !matches!(self.recv().await, Came::Gone) {}
            Ok::<(), Unsent>(())
        };
        // A client that does not take part finds its socket closed.
        let done = timeout(CLOSE_WITHIN, closing).await;
        if self.deaf && done == Ok(Ok(())) {
            // What it still sends would have it miss the close frame, if the socket were gone at once.
            sleep(LINGER).await;
        }
    }

    /// Answers the client's own closing.
    pub(super) async fn end(mut self) {
        // Whether it hears that is its own affair.
        let _ = timeout(LINGER, self.web.flush()).await;
    }
}

/// Waits until something was sent, within a bound: a client that reads nothing holds nobody up for longer.
async fn in_time(sent: impl Future<Output = Result<(), Broken>>) -> Result<(), Unsent> {
    match timeout(FRAME_WITHIN, sent).await {
        Ok(sent) => sent.map_err(|_| Unsent::Gone),
        Err(_) => Err(Unsent::TooSlow),
    }
}

fn is_oversize(error: &Broken) -> bool {
    let cause = std::error::Error::source(error).and_then(|cause| cause.downcast_ref());
    matches!(cause, Some(tungstenite::Error::Capacity(_)))
}

impl Outgoing {
    /// What it says, if it is a frame.
    pub(super) const fn text(&self) -> Option<&Text> {
        match self {
            Self::Text(text) => Some(text),
            Self::Ping => None,
        }
    }
}

impl From<Outgoing> for Message {
    fn from(outgoing: Outgoing) -> Self {
        match outgoing {
            Outgoing::Text(Text::Entry(live)) => Self::Text(live.frame.0.clone()),
            Outgoing::Text(Text::Skipped(live)) => {
                Self::Text(live.for_guests.as_ref().map(|frame| frame.0.clone()).unwrap_or_default())
            }
            Outgoing::Text(Text::Volatile(frame)) => Self::Text(frame.0),
            Outgoing::Text(Text::Own(text) | Text::Verdicts { frame: text, .. }) => Self::Text(text.into()),
            Outgoing::Ping => Self::Ping(Vec::new().into()),
        }
    }
}

impl From<String> for Frame {
    fn from(text: String) -> Self {
        Self(text.into())
    }
}

impl Deref for Frame {
    type Target = str;

    fn deref(&self) -> &str {
        self.0.as_str()
    }
}

impl fmt::Debug for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A frame is content, which no log may hold.
        write!(f, "Frame({} bytes)", self.len())
    }
}
