//! How a request becomes a socket, and what can be done with one; only what is sent past a connection that waits goes another way
//! (`lane`).
//!
//! What comes is read by tungstenite. What goes out is written past it: a frame from a server is its text behind a few bytes, the
//! same for all whom it goes to, and those of a batch leave with one call.

mod outgoing;
mod upgrade;

use std::{
    future::poll_fn,
    io,
    pin::{Pin, pin},
    sync::Arc,
    task::{Context, Poll, ready},
};

use axum::{
    extract::{Request, State},
    response::Response,
};
use futures::{FutureExt as _, SinkExt as _, StreamExt as _};
use parlance_base::StreamId;
use parlance_edge::{ErrorBody, Failure, Path};
use tokio::time::{sleep, timeout};
use tokio_tungstenite::tungstenite::{
    Error as Broken, Message, Utf8Bytes,
    protocol::{CloseFrame, frame::coding::CloseCode as Number},
};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    Realtime,
    door::Query,
    frame::CloseCode,
    limits::{CLOSE_WITHIN, LINGER, WRITE_BYTES, WRITE_WITHIN},
    node::Node,
    serve,
};
use {
    outgoing::Unwritten,
    upgrade::{Frames, Upgrade},
};

pub use outgoing::Frame;
pub(super) use outgoing::Outgoing;

/// An open socket.
pub(super) struct Socket {
    web: Frames,
    unwritten: Unwritten,
    /// Something came that tungstenite answers by itself.
    answers: bool,
    /// Nothing more can be read of it, though it is still there.
    deaf: bool,
}

/// What came over a socket.
pub(super) enum Came {
    Text(Utf8Bytes),
    Binary,
    /// More than a frame may have; nothing can be read after it.
    Oversize,
    /// A ping or a pong.
    Alive,
    /// The client is gone, or speaks no WebSocket.
    Gone,
}

/// The client did not take in what was sent to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unsent {
    Gone,
    TooSlow,
}

/// The routes of the sockets, `GET /ws` and `GET /ws/{id}`.
pub fn router(realtime: Realtime) -> OpenApiRouter {
    OpenApiRouter::new().routes(routes!(open)).routes(routes!(converse)).with_state(realtime)
}

/// Opens the socket; what is said there is described in docs/protocol.md. Who comes without any proof says who they are in
/// the first frame.
#[utoipa::path(get, path = "/ws", tag = "live", params(
    ("workspace" = Option<String>, Query, description = "The workspace's id or slug."),
    ("ticket" = Option<String>, Query, description = "A ticket, good once."),
    ("token" = Option<String>, Query, description = "An access token; prefer the first frame.")),
    responses(
        (status = 101, description = "a WebSocket"),
        (status = 400, description = "`socket.upgrade_required`", body = ErrorBody)))]
async fn open(State(Realtime(node)): State<Realtime>, request: Request) -> Result<Response, Failure> {
    opened(node, request, None).await
}

/// Opens a socket for one group, whose frames are flat: for widgets. What is said there is described in docs/protocol.md.
#[utoipa::path(get, path = "/ws/{id}", tag = "live", params(
    ("id" = String, Path, description = "The group."),
    ("workspace" = Option<String>, Query, description = "The workspace's id or slug."),
    ("ticket" = Option<String>, Query, description = "A ticket, good once."),
    ("token" = Option<String>, Query, description = "An access token; prefer the first frame.")),
    responses(
        (status = 101, description = "a WebSocket"),
        (status = 400, description = "`socket.upgrade_required`", body = ErrorBody)))]
async fn converse(
    State(Realtime(node)): State<Realtime>,
    Path(group): Path<StreamId>,
    request: Request,
) -> Result<Response, Failure> {
    opened(node, request, Some(group)).await
}

async fn opened(node: Arc<Node>, request: Request, group: Option<StreamId>) -> Result<Response, Failure> {
    let (mut parts, _) = request.into_parts();
    let upgrade = Upgrade::of(&mut parts)?;
    let wire = parts.extensions.remove();
    let query = axum::extract::Query::<Query>::try_from_uri(&parts.uri).unwrap_or_default().0;
    let place = node.place()?;
    let guest = node.greet(query, parts).await?;
    let (answer, end, sockets) = (upgrade.answer(), node.end.clone(), node.sockets.clone());
    sockets.spawn(end.run_until_cancelled_owned(async move {
        if let Some(web) = upgrade.done().await {
            // A task of its own: what it takes to open a socket is gone while it is served.
            let sockets = node.sockets.clone();
            sockets.spawn(serve::serve(node, Socket::new(web), guest, group, wire));
        }
    }));
    drop(place);
    Ok(answer)
}

impl Socket {
    fn new(web: Frames) -> Self {
        Self { web, unwritten: Unwritten::default(), answers: false, deaf: false }
    }

    /// Looks for what comes next.
    pub(super) fn poll_recv(&mut self, context: &mut Context<'_>) -> Poll<Came> {
        let came = match ready!(self.web.poll_next_unpin(context)) {
            Some(Ok(Message::Text(text))) => Came::Text(text),
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

    /// Has these frames sent, by [`Socket::poll_send`] or [`Socket::send`].
    pub(super) fn push(&mut self, frames: Vec<Outgoing>) {
        self.unwritten.push(frames);
    }

    /// Goes on with a frame of which so many bytes were sent past this; nothing else waits to be sent.
    pub(super) fn begun(&mut self, frame: Outgoing, written: usize) {
        self.unwritten.begin(frame, written);
    }

    /// Whether nothing waits to be sent.
    pub(super) fn is_quiet(&self) -> bool {
        !self.answers && self.unwritten.is_done()
    }

    /// Sends what the network takes in now; ready once that was all.
    pub(super) fn poll_send(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Unsent>> {
        // What tungstenite has begun is not to be torn apart.
        if self.answers {
            return Poll::Pending;
        }
        let mut bytes = usize::MAX;
        self.poll_write(context, &mut bytes).map_err(|_| Unsent::Gone)
    }

    /// Sends what is to be sent. If the wait is dropped, nothing is lost.
    pub(super) async fn send(&mut self) -> Result<(), Unsent> {
        if self.answers {
            in_time(self.web.flush()).await?;
            self.answers = false;
        }
        while !self.unwritten.is_done() {
            let mut bytes = WRITE_BYTES;
            in_time(poll_fn(|context| self.poll_write(context, &mut bytes))).await?;
        }
        Ok(())
    }

    /// What was not begun is not sent any more.
    pub(super) fn forget(&mut self) {
        self.unwritten.forget();
    }

    fn poll_write(&mut self, context: &mut Context<'_>, bytes: &mut usize) -> Poll<io::Result<()>> {
        self.unwritten.poll_write(context, Pin::new(self.web.get_mut()), bytes)
    }

    /// Closes the socket: sends what is left to send and why it is closed, and waits, within bounds, until the client has
    /// answered that.
    pub(super) async fn close(mut self, code: CloseCode) {
        let reason = Utf8Bytes::from_static(code.reason());
        let farewell = Message::Close(Some(CloseFrame { code: Number::from(code.number()), reason }));
        let closing = async {
            self.send().await?;
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
