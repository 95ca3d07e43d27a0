//! What goes into a connection, and what it wants done.

use std::{sync::Arc, time::Duration};

use parlance_base::{ConnectionId, Error, StreamId, Time};
use serde_json::value::RawValue;

use crate::realtime::{
    CallerRef, Control, Delivery, Frame, Live, Page, Standing, Status, Unavailable,
    frame::{AuthToken, CloseCode, Command},
};

/// What happens to a connection.
#[derive(Debug)]
pub enum Input<'a> {
    /// A text frame came.
    Text(&'a str),
    /// A binary frame came.
    Binary,
    /// A frame came that the socket refused to read to its end.
    Oversize,
    /// A ping or a pong of the WebSocket protocol came.
    Alive,
    /// The caller is who they say they are, and this is where they stand.
    Authenticated(Box<Ready>),
    /// The caller is not let in.
    Refused(Error),
    /// Something from the queue; only while [`super::Connection::wants_live`].
    Live(Delivery),
    /// Something from beside the queue.
    Control(Control),
    /// The answer to [`Output::Look`]: those of the streams that the caller may read.
    Looked(Result<Vec<Standing>, Unavailable>),
    /// The answer to [`Output::Read`].
    Page(Result<Page, Unavailable>),
    /// The answer to [`Output::Run`].
    Reply(Result<Box<RawValue>, Error>),
    /// The node shuts down; the client may come back, elsewhere or here, after a while.
    Shutdown {
        /// How long the client should wait.
        reconnect_after: Duration,
    },
    /// Time has passed.
    Tick,
}

/// What a connection begins with once its caller is known.
#[derive(Debug)]
pub struct Ready {
    /// The connection's id.
    pub connection: ConnectionId,
    /// Whose it is.
    pub caller: CallerRef,
    /// When the check that let the caller in was begun.
    pub checked: Time,
    /// Which life of the streams' numbers this is: positions of another epoch mean nothing.
    pub epoch: String,
    /// The user as their client sees themselves.
    pub user: Box<RawValue>,
    /// Whether they are not to be disturbed.
    pub dnd: bool,
    /// Everything that the user follows by right: their own stream, the workspace's, their groups'.
    pub streams: Vec<Standing>,
}

/// What a connection wants done, in this order.
#[derive(Debug)]
pub enum Output {
    /// Send a text frame.
    Send(Text),
    /// Send a ping of the WebSocket protocol.
    Ping,
    /// Find out who this is; answered by [`Input::Authenticated`] or [`Input::Refused`].
    Authenticate {
        /// The token of the first frame.
        token: AuthToken,
        /// The workspace that it names, by id or slug.
        workspace: Option<String>,
    },
    /// Tell the hub that the connection listens to these streams.
    Listen(Vec<(StreamId, u64)>),
    /// Tell the hub that it no longer listens to this one.
    Unlisten(StreamId),
    /// Look up where the caller stands in these streams; answered by [`Input::Looked`].
    Look(Vec<StreamId>),
    /// Read the page of the stream after this `seq`; answered by [`Input::Page`].
    Read {
        /// The stream.
        stream: StreamId,
        /// The position.
        after: u64,
    },
    /// Have the domain carry out a command; answered by [`Input::Reply`].
    Run(Command),
    /// Close the socket. Nothing follows, and whatever is answered later is ignored.
    Close(CloseCode),
}

/// The text of a frame.
#[derive(Clone, Debug)]
pub enum Text {
    /// An entry, shared with all who send it.
    Entry(Arc<Live>),
    /// What stands for an entry that this client may not see, or not all of.
    Withheld(Frame),
    /// A frame that is stored nowhere, shared with all who send it.
    Volatile(Frame),
    /// A frame for this client alone.
    Own(Frame),
    /// The same, which tells it what happened to streams of its own.
    Verdicts {
        /// The frame.
        frame: Frame,
        /// What it tells, for whoever counts.
        told: Vec<Status>,
    },
}

impl Text {
    /// The frame itself.
    #[must_use]
    pub fn frame(&self) -> &Frame {
        match self {
            Self::Entry(live) => &live.frame,
            Self::Withheld(frame)
            | Self::Volatile(frame)
            | Self::Own(frame)
            | Self::Verdicts { frame, .. } => frame,
        }
    }
}
