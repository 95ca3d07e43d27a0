//! What the hub has for a connection.

use std::sync::Arc;

use parlance_base::StreamId;

use super::{Frame, Live};

/// What the hub has for a connection, in order.
#[derive(Clone, Debug)]
pub enum Delivery {
    /// An entry of a stream that the connection listens to.
    Entry(Arc<Live>),
    /// The stream has come to `seq`, and the connection will not be handed what came before: it has to read it.
    Head {
        /// A stream that the connection listens to.
        stream: StreamId,
        /// How far the stream has come.
        seq: u64,
    },
    /// Something that is stored nowhere, for those who listen to the stream now.
    Volatile(Arc<Volatile>),
    /// Who is there of those that the connection asked for.
    Presence(Frame),
    /// The user may have gained this stream, which the connection does not listen to: the rights are worth looking up.
    Gained(StreamId),
}

/// Something that is stored nowhere.
#[derive(Debug)]
pub struct Volatile {
    /// A stream that the connection listens to.
    pub stream: StreamId,
    /// The whole frame, as JSON text.
    pub frame: Frame,
}

impl Delivery {
    /// What of it waits in a queue.
    pub(super) fn bytes(&self) -> usize {
        match self {
            Self::Entry(live) => live.frame.bytes(),
            Self::Volatile(volatile) => volatile.frame.bytes(),
            Self::Presence(frame) => frame.bytes(),
            Self::Head { .. } | Self::Gained(_) => 0,
        }
    }
}
