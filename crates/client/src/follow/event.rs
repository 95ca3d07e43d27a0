//! What the application is told.

use parlance_base::{ConnectionId, Epoch, StreamId, UserId, WorkspaceId};

use crate::{
    PresenceChange, Receipt, Typing,
    socket::StreamKind,
    wire::{Entry, Message, MyGroup},
};

/// What the application is told, in this order.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Event {
    /// There is a connection, and what was missed is on its way.
    Connected {
        /// The connection, as the server's log names it.
        connection_id: ConnectionId,
        /// Who one is.
        user_id: UserId,
        /// Where one is.
        workspace_id: WorkspaceId,
    },
    /// An entry, the one after what was told of its stream before.
    Entry(Box<Entry>),
    /// What was told of this stream before, if anything, is void: this is how it stands. What follows comes after `seq`.
    Reset {
        /// The stream.
        stream_id: StreamId,
        /// What it is the log of.
        kind: StreamKind,
        /// The position that the snapshot holds for; it may tell of later changes already.
        seq: u64,
        /// What `seq` counts in.
        epoch: Epoch,
        /// How it stands.
        snapshot: Snapshot,
    },
    /// The stream is gone, or one may not read it any more: what was told of it is void.
    Gone {
        /// The stream.
        stream_id: StreamId,
    },
    /// Somebody types, or no longer; to be forgotten after 5 s.
    Typing(Typing),
    /// Somebody else has read further in a group.
    Receipt(Receipt),
    /// What has become of those whom one watches on this connection.
    Presence(Vec<PresenceChange>),
    /// The positions of this stream count in another epoch from now on, and are the same. Nothing is to be shown.
    Confirmed {
        /// The stream.
        stream_id: StreamId,
        /// What its positions count in.
        epoch: Epoch,
    },
    /// One watches this group from now on, on later connections too. Nothing is to be shown.
    Watched {
        /// The group.
        group_id: StreamId,
    },
    /// One does not watch this group any longer. Nothing is to be shown; where one was no member, it is also gone.
    Unwatched {
        /// The group.
        group_id: StreamId,
    },
    /// A connection, or the attempt at one, has ended.
    Disconnected {
        /// The close code, where there was one; 4001 and 4003 also where the server refused over HTTP.
        code: Option<u16>,
        /// Whether no other attempt is made before the application asks for it: it needs new credentials, or a user who
        /// wants to try again.
        stopped: bool,
    },
}

/// How a stream stands.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Snapshot {
    /// Of a group: its newest messages, oldest first.
    Messages(Vec<Message>),
    /// Of the user: the groups that they are a member of, newest activity first.
    Groups(Vec<MyGroup>),
    /// Of anything else: only its position.
    Position,
}
