//! The only socket I/O: how a request becomes a socket, and what can be done with one.
//!
//! What comes is read by tungstenite. What goes out is written past it: a frame from a server is its text behind a few bytes, and
//! those of a batch leave with one call, from a buffer that is gone when they are.

mod upgrade;

use std::{
    fmt,
    future::poll_fn,
    io::{self, ErrorKind},
    ops::Deref,
    pin::pin,
    task::{Context, Poll, ready},
};

use axum::{
    extract::{Request, State},
    response::Response,
};
use futures::{FutureExt as _, SinkExt as _, StreamExt as _};
use parlance_edge::{ErrorBody, Failure};
use tokio::{
    io::AsyncWriteExt as _,
    time::{sleep, timeout},
};
use tokio_tungstenite::tungstenite::{
    Error as Broken, Message, Utf8Bytes,
    protocol::{CloseFrame, frame::coding::CloseCode as Number},
};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    Realtime, Text,
    door::Query,
    frame::CloseCode,
    limits::{CLOSE_WITHIN, LINGER, WRITE_BYTES, WRITE_WITHIN},
    serve,
};
use upgrade::{Frames, Upgrade};

/// The text of a frame, in the form that a socket sends without copying it first. Clones share it.
#[derive(Clone, PartialEq, Eq)]
pub struct Frame(Utf8Bytes);

/// The first byte of a frame: that it is whole, and what it is.
const FINAL: u8 = 0x80;
const TEXT: u8 = 0x1;
const PING: u8 = 0x9;
/// The longest that stands before the payload.
const MOST_HEAD: usize = 10;

/// An open socket.
pub(super) struct Socket {
    web: Frames,
    begun: Begun,
    /// Something came that tungstenite answers by itself.
    answers: bool,
    /// Nothing more can be read of it, though it is still there.
    deaf: bool,
}

/// What is being written: a frame that was begun is finished before another one goes out.
#[derive(Default)]
struct Begun {
    bytes: Vec<u8>,
    written: usize,
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
    let upgrade = Upgrade::of(&mut parts)?;
    let query = axum::extract::Query::<Query>::try_from_uri(&parts.uri).unwrap_or_default().0;
    let place = node.place()?;
    let guest = node.greet(query, parts).await?;
    let (answer, end, sockets) = (upgrade.answer(), node.end.clone(), node.sockets.clone());
    // What it takes to open a socket is gone while it is served.
    let opened = Box::pin(async move { Some(serve::serve(node, Socket::new(upgrade.done().await?), guest)) });
    let served = async move {
        if let Some(served) = opened.await {
            served.await;
        }
    };
    sockets.spawn(end.run_until_cancelled_owned(served));
    drop(place);
    Ok(answer)
}

impl Socket {
    fn new(web: Frames) -> Self {
        Self { web, begun: Begun::default(), answers: false, deaf: false }
    }

    /// Looks for what comes next.
    pub(super) fn poll_recv(&mut self, context: &mut Context<'_>) -> Poll<Came> {
        let came = match ready!(self.web.poll_next_unpin(context)) {
            Some(Ok(Message::Text(text))) => Came::Text(Frame(text)),
            Some(Ok(Message::Binary(_))) => Came::Binary,
            Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => {
                self.answers = true;
                Came::Alive
            }
            Some(Err(Broken::Capacity(_))) => {
                self.deaf = true;
                Came::Oversize
            }
            Some(Ok(Message::Close(_)) | Err(_)) | None => Came::Gone,
        };
        Poll::Ready(came)
    }

    /// Sends these frames together. If the wait is dropped, what was begun is finished by [`Socket::close`].
    pub(super) async fn send(&mut self, frames: &[Outgoing]) -> Result<(), Unsent> {
        if self.answers {
            // A pong that was begun is not to be torn apart, also if this wait is dropped.
            in_time(self.web.flush()).await?;
            self.answers = false;
        }
        for frame in frames {
            frame.write(&mut self.begun.bytes);
            if self.begun.bytes.len() >= WRITE_BYTES {
                self.write_out().await?;
            }
        }
        self.write_out().await?;
        in_time(self.web.get_mut().flush()).await
    }

    async fn write_out(&mut self) -> Result<(), Unsent> {
        in_time(async {
            while let Some(rest @ [_, ..]) = self.begun.bytes.get(self.begun.written..) {
                let written = self.web.get_mut().write(rest).await?;
                if written == 0 {
                    return Err(ErrorKind::WriteZero.into());
                }
                self.begun.written += written;
            }
            Ok::<(), io::Error>(())
        })
        .await?;
        self.begun = Begun::default();
        Ok(())
    }

    /// Closes the socket: sends what is left to say and why it is closed, and waits, within bounds, until the client has
    /// answered that.
    pub(super) async fn close(mut self, last: &[Outgoing], code: CloseCode) {
        let reason = Utf8Bytes::from_static(code.reason());
        let farewell = Message::Close(Some(CloseFrame { code: Number::from(code.number()), reason }));
        let closing = async {
            self.write_out().await?;
            self.send(last).await?;
            in_time(self.web.send(farewell)).await?;
            while !self.deaf && !matches!(poll_fn(|context| self.poll_recv(context)).await, Came::Gone) {}
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
async fn in_time<E>(sent: impl Future<Output = Result<(), E>>) -> Result<(), Unsent> {
    let mut sent = pin!(sent);
    // Nearly always it is done at once, and no timer is set.
    if let Some(sent) = sent.as_mut().now_or_never() {
        return sent.map_err(|_| Unsent::Gone);
    }
    match timeout(WRITE_WITHIN, sent).await {
        Ok(sent) => sent.map_err(|_| Unsent::Gone),
        Err(_) => Err(Unsent::TooSlow),
    }
}

impl Outgoing {
    /// What it says, if it is a frame.
    pub(super) const fn text(&self) -> Option<&Text> {
        match self {
            Self::Text(text) => Some(text),
            Self::Ping => None,
        }
    }

    /// Appends it as it goes over the wire: whole, and not masked, as servers do (RFC 6455, section 5.2).
    fn write(&self, bytes: &mut Vec<u8>) {
        let (kind, payload) = match self.text() {
            Some(text) => (TEXT, text.as_str()),
            None => (PING, ""),
        };
        let length = payload.len();
        bytes.reserve(length + MOST_HEAD);
        bytes.push(FINAL | kind);
        match (u8::try_from(length), u16::try_from(length)) {
            (Ok(short @ ..126), _) => bytes.push(short),
            (_, Ok(middling)) => {
                bytes.push(126);
                bytes.extend(middling.to_be_bytes());
            }
            _ => {
                bytes.push(127);
                bytes.extend((length as u64).to_be_bytes());
            }
        }
        bytes.extend_from_slice(payload.as_bytes());
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

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use tokio_tungstenite::tungstenite::{WebSocket, protocol::Role};

    use super::*;

    #[test]
    fn a_client_reads_what_is_written_whatever_its_length() {
        let lengths = [0, 1, 125, 126, 127, 0xFFFF, 0x1_0000, 200_000];
        let texts = lengths.map(|length| "x".repeat(length));
        let mut bytes = Vec::new();
        for text in &texts {
            Outgoing::Text(Text::Own(text.clone())).write(&mut bytes);
        }
        Outgoing::Ping.write(&mut bytes);
        let mut client = WebSocket::from_raw_socket(Cursor::new(bytes), Role::Client, None);
        for text in texts {
            assert_eq!(client.read().unwrap(), Message::Text(text.into()));
        }
        assert_eq!(client.read().unwrap(), Message::Ping(Vec::new().into()));
    }
}
