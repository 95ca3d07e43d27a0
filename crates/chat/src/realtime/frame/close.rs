//! Why the server closes a socket.

use parlance_base::Check;

/// A close code: the socket protocol's own (RFC 6455, section 7.4.1) or one of ours, from 4000.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u16)]
pub enum CloseCode {
    /// A binary frame came.
    Binary = 1003,
    /// Too many bad frames came.
    BadFrames = 1008,
    /// A frame was larger than allowed.
    Oversize = 1009,
    /// The server cannot go on with this connection, as when its store does not answer.
    Unavailable = 1011,
    /// The caller did not prove who they are, or not in time.
    Unauthenticated = 4001,
    /// The caller may not be in this workspace.
    NotAllowed = 4003,
    /// The client reads too slowly, or fell too far behind to be brought up to date on this connection.
    SlowConsumer = 4008,
    /// Nothing came from the client for too long.
    HeartbeatMissed = 4009,
    /// The sign-in, key or account has ended.
    Revoked = 4010,
    /// The node is shutting down.
    ShuttingDown = 4011,
    /// The caller is something else in the workspace now: what they may see has changed.
    RoleChanged = 4012,
    /// The user has too many connections.
    TooManyConnections = 4029,
}

impl CloseCode {
    /// What the connections of a caller are closed with after this check; nothing if all is well.
    #[must_use]
    pub const fn after(check: Check) -> Option<Self> {
        match check {
            Check::Good => None,
            Check::Revoked => Some(Self::Revoked),
            Check::NotAllowed => Some(Self::NotAllowed),
            Check::Changed => Some(Self::RoleChanged),
        }
    }

    /// The number in the close frame.
    #[must_use]
    pub const fn number(self) -> u16 {
        self as u16
    }

    /// The sentence in the close frame, for people.
    #[must_use]
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Binary => "frames are text",
            Self::BadFrames => "too many bad frames",
            Self::Oversize => "frame too large",
            Self::Unavailable => "unavailable, resume later",
            Self::Unauthenticated => "not authenticated",
            Self::NotAllowed => "not allowed in this workspace",
            Self::SlowConsumer => "too slow, resume",
            Self::HeartbeatMissed => "heartbeat missed",
            Self::Revoked => "signed out",
            Self::ShuttingDown => "shutting down, resume elsewhere",
            Self::RoleChanged => "your role has changed, resume",
            Self::TooManyConnections => "too many connections",
        }
    }
}
