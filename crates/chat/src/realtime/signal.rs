//! What is told to the hubs of all nodes beside what was committed. A signal may get lost: what matters is found out
//! without it, only later.

use parlance_base::{NodeId, Revocation, UserId};
use tokio::sync::{broadcast, mpsc};

use super::{Frame, HubInput, Sightings, StreamKey};

/// Signals that may wait for the hub; one more is lost.
const WAITING: usize = 1_024;

/// The largest frame that is passed on though it is stored nowhere, in bytes.
const VOLATILE_BYTES: usize = 2 * 1024;

/// One thing that hubs are told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Signal {
    /// The stream has come to this `seq`.
    Hint(StreamKey, u64),
    /// The user may have gained the right to read the stream.
    Gained(StreamKey, UserId),
    /// Those who listen to the stream, except this user, are to get this frame.
    Volatile(StreamKey, Option<UserId>, Frame),
    /// Who is there on this node.
    Sighted(NodeId, Sightings),
    /// These callers may no longer be connected.
    Revoked(Revocation),
}

/// Where the domain and the host say what all nodes are to know at once. Clones say it to the same node.
#[derive(Clone, Debug)]
pub struct Signals {
    revoked: mpsc::Sender<Revocation>,
    volatile: mpsc::Sender<Signal>,
    ended: broadcast::Sender<Revocation>,
}

/// What was said, for [`super::Realtime::start`]. Revocations wait apart: what many people type keeps none of them out.
#[derive(Debug)]
pub struct Said {
    pub(super) revoked: mpsc::Receiver<Revocation>,
    pub(super) volatile: mpsc::Receiver<Signal>,
    /// Where the node tells those without a socket what it tells the hub.
    pub(super) ended: broadcast::Sender<Revocation>,
}

/// A way to say something, and what comes out of it. Signals wait, up to a bound, for the node to be started.
#[must_use]
pub fn signals() -> (Signals, Said) {
    let ((tell, revoked), (pass, volatile)) = (mpsc::channel(WAITING), mpsc::channel(WAITING));
    let ended = broadcast::Sender::new(WAITING);
    (Signals { revoked: tell, volatile: pass, ended: ended.clone() }, Said { revoked, volatile, ended })
}

impl Signals {
    /// Closes the connections of these callers on every node: on this one, they are sent nothing that is committed after this
    /// call. Where it gets lost, they are closed within five seconds.
    pub fn revoke(&self, revocation: Revocation) {
        // One more than may wait is lost, as any may be.
        let _ = self.revoked.try_send(revocation);
    }

    /// Who may no longer be connected, as this node hears it from now on: said on it, committed on it, or said on another.
    pub(crate) fn ended(&self) -> broadcast::Receiver<Revocation> {
        self.ended.subscribe()
    }

    /// Passes a frame on to those who listen to the stream now, on every node, except to this user: typing, receipts. It is
    /// stored nowhere, and lost to whoever has no room for it; one of more than 2 KiB is lost to all.
    pub fn pass_on(&self, key: StreamKey, except: Option<UserId>, frame: Frame) {
        if frame.bytes() <= VOLATILE_BYTES {
            // One more than may wait is lost, as any may be.
            let _ = self.volatile.try_send(Signal::Volatile(key, except, frame));
        }
    }
}

impl From<Signal> for HubInput {
    fn from(signal: Signal) -> Self {
        match signal {
            Signal::Hint(key, seq) => Self::Hint { key, seq },
            Signal::Gained(key, user) => Self::Gained { key, user },
            Signal::Volatile(key, except, frame) => Self::Volatile { key, except, frame },
            Signal::Sighted(node, sightings) => Self::Sighted { node, sightings },
            Signal::Revoked(revocation) => Self::Revoke(revocation),
        }
    }
}

#[cfg(test)]
mod tests {
    use parlance_base::{StreamId, WorkspaceId};

    use super::*;

    #[test]
    fn a_frame_to_pass_on_has_a_bound_and_so_has_what_waits() {
        let (signals, mut said) = signals();
        let key = StreamKey { workspace: WorkspaceId::derived(&[]), stream: StreamId::derived(&[]) };
        signals.pass_on(key, None, "x".repeat(VOLATILE_BYTES + 1).into());
        assert!(said.volatile.try_recv().is_err());
        for _ in 0..=WAITING {
            signals.pass_on(key, None, "x".repeat(VOLATILE_BYTES).into());
        }
        assert_eq!(std::iter::from_fn(|| said.volatile.try_recv().ok()).count(), WAITING);
    }
}
