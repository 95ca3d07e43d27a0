//! Sending past a connection that waits.
//!
//! Where one thread does everything, to wake a task for each delivery is a detour: what the task then needs is no longer in the
//! processor's cache, and that costs more than to send. So a connection at rest grants its queue what comes next of one stream,
//! and whoever has that for it writes it to the wire. When its task runs again, it first takes in how far that went; so there is
//! still one who decides at any time, and one order.

use std::{fmt, io, sync::Arc};

use parlance_base::{StreamId, Time};

use super::Live;

/// What carries frames as they are written, without TLS, to one client.
pub trait Carry: Send + Sync {
    /// Writes what is taken in at once, and says how much that was. Called under a lock, by whoever delivers to all: it neither blocks
    /// nor wakes anybody nor panics.
    ///
    /// # Errors
    /// Nothing is taken in now, or never again.
    fn carry(&self, bytes: &[u8]) -> io::Result<usize>;
}

/// The connection that a request came over: [`Plain::wire`](super::Plain::wire). Whoever accepts connections puts it into the
/// extensions of their requests, unless what is written there is changed on its way; sockets do without it otherwise.
#[derive(Clone)]
pub struct Wire(pub Arc<dyn Carry>);

/// What may be sent past a connection: the entries of this stream from `next` on, as long as they are the same for everyone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grant {
    /// A stream that the client follows, and of which it misses nothing.
    pub stream: StreamId,
    /// The `seq` that comes next.
    pub next: u64,
    /// Until when the caller is trusted.
    pub until: Time,
}

/// What was sent past a connection.
#[derive(Debug)]
pub struct Passed {
    /// The stream.
    pub stream: StreamId,
    /// The last `seq` that was sent; if nothing was, the one before the first that was granted.
    pub at: u64,
    /// The entry of that `seq`, if only so many bytes of its frame were taken in.
    pub begun: Option<(Arc<Live>, usize)>,
}

/// A grant in use.
#[derive(Debug)]
pub(super) struct Lane {
    grant: Grant,
    wire: Wire,
    begun: Option<(Arc<Live>, usize)>,
}

/// What became of an entry that could be sent past its connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Handed {
    /// It is on its way.
    Sent,
    /// A part of it is: the connection has to send the rest.
    Begun,
    /// Nothing was done.
    Refused,
}

impl Lane {
    pub(super) fn new(grant: Grant, wire: Wire) -> Self {
        Self { grant, wire, begun: None }
    }

    pub(super) fn hand(&mut self, now: Time, live: &Arc<Live>) -> Handed {
        let Grant { stream, next, until } = self.grant;
        let is_granted = live.key.stream == stream && live.seq == next && now <= until;
        if !is_granted || self.begun.is_some() || !live.is_plain() {
            return Handed::Refused;
        }
        let wire = live.frame.wire();
        // Whatever is wrong with the connection, its task will find it.
        let written = self.wire.0.carry(wire).unwrap_or(0);
        if written == 0 {
            return Handed::Refused;
        }
        self.grant.next += 1;
        if written == wire.len() {
            return Handed::Sent;
        }
        self.begun = Some((Arc::clone(live), written));
        Handed::Begun
    }

    pub(super) fn close(self) -> Passed {
        Passed { stream: self.grant.stream, at: self.grant.next.saturating_sub(1), begun: self.begun }
    }
}

impl fmt::Debug for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wire").finish_non_exhaustive()
    }
}
