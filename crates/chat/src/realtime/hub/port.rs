//! What goes into the hub, and what it asks for.

use std::sync::Arc;

use parlance_base::{ConnectionId, NodeId, StreamId, Time, UserId};

use crate::realtime::{
    CallerRef, Check, Frame, Live, Outlet, Page, Revocation, Sightings, StreamKey, Unavailable, Wish,
};

/// What happens to the hub.
#[derive(Debug)]
pub enum HubInput {
    /// A caller was let in; they hear beside their queue that they have a place, or are to close because they have too
    /// many connections.
    Open {
        /// The connection.
        connection: ConnectionId,
        /// Whose it is.
        caller: CallerRef,
        /// Its queue.
        outlet: Outlet,
    },
    /// The connection follows these streams, and has come to this `seq` in each.
    Listen {
        /// The connection; nothing happens if the hub does not know it, or no longer.
        connection: ConnectionId,
        /// The streams of its workspace.
        streams: Vec<(StreamId, u64)>,
    },
    /// The connection no longer follows the stream.
    Unlisten {
        /// The connection.
        connection: ConnectionId,
        /// The stream.
        stream: StreamId,
    },
    /// The connection ended.
    Closed(ConnectionId),
    /// An entry was committed, on this node or another.
    Entry {
        /// The entry.
        live: Arc<Live>,
        /// Whether it comes alone: of several, each waits for the others, so that they leave together.
        alone: bool,
    },
    /// A stream has come to `seq`.
    Hint {
        /// The stream.
        key: StreamKey,
        /// The `seq` of an entry that was committed.
        seq: u64,
    },
    /// A user may have gained the right to read a stream.
    Gained {
        /// The stream.
        key: StreamKey,
        /// The user.
        user: UserId,
    },
    /// Something that is stored nowhere, for those who listen to the stream now.
    Volatile {
        /// The stream.
        key: StreamKey,
        /// Whose connections do not get it.
        except: Option<UserId>,
        /// The whole frame, as JSON text.
        frame: Frame,
    },
    /// The connection's user is there from now on.
    Arrived {
        /// The connection.
        connection: ConnectionId,
        /// Whether they are not to be disturbed.
        dnd: bool,
    },
    /// A connection says, or wants to know, who is there.
    Wish {
        /// The connection; nothing happens if the hub does not know it, or no longer.
        connection: ConnectionId,
        /// What it says or wants to know.
        wish: Wish,
    },
    /// Another node says who is there.
    Sighted {
        /// The node.
        node: NodeId,
        /// What it says.
        sightings: Sightings,
    },
    /// The bus may have lost anything.
    Lagged,
    /// The answer to [`HubOutput::Read`].
    Range {
        /// The stream that was read.
        key: StreamKey,
        /// The page after the position asked for.
        result: Result<Page, Unavailable>,
    },
    /// The answer to [`HubOutput::Heads`]: how far each of the streams has come.
    Heads(Result<Vec<(StreamKey, u64)>, Unavailable>),
    /// These callers may no longer be connected.
    Revoke(Revocation),
    /// The answer to [`HubOutput::Check`].
    Checked {
        /// When the check was asked for, as the question said.
        asked: Time,
        /// What became of each caller.
        result: Result<Vec<(CallerRef, Check)>, Unavailable>,
    },
    /// Time has passed.
    Tick,
}

/// What the hub asks for. Each question is to be answered once, whether or not it can be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HubOutput {
    /// A page of the stream's entries after a position.
    Read {
        /// The stream.
        key: StreamKey,
        /// The position.
        after: u64,
    },
    /// That other nodes are told who is here: no question, and not answered.
    Tell(Sightings),
    /// How far these streams have come.
    Heads(Vec<StreamKey>),
    /// Whether these callers still may be connected.
    Check {
        /// To be repeated in the answer.
        asked: Time,
        /// The callers, each once.
        callers: Vec<CallerRef>,
    },
}
