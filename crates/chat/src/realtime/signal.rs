//! What is told to the hubs of all nodes beside what was committed. A signal may get lost: what matters is found out
//! without it, only later.

use parlance_base::{Revocation, UserId};
use tokio::sync::mpsc;

use super::{Frame, HubInput, StreamKey};

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
    /// These callers may no longer be connected.
    Revoked(Revocation),
}

/// Where the domain and the host say what all nodes are to know at once. Clones say it to the same node.
#[derive(Clone, Debug)]
pub struct Signals(mpsc::Sender<Signal>);

/// What was said, for [`super::Realtime::start`].
#[derive(Debug)]
pub struct Said(pub(super) mpsc::Receiver<Signal>);

/// A way to say something, and what comes out of it. Signals wait, up to a bound, for the node to be started.
#[must_use]
pub fn signals() -> (Signals, Said) {
    let (sender, receiver) = mpsc::channel(WAITING);
    (Signals(sender), Said(receiver))
}

impl Signals {
    /// Closes the connections of these callers on every node. Where this gets lost, they are closed within five seconds.
    pub fn revoke(&self, revocation: Revocation) {
        self.say(Signal::Revoked(revocation));
    }

    /// Passes a frame on to those who listen to the stream now, on every node, except to this user: typing, receipts. It is
    /// stored nowhere, and lost to whoever has no room for it; one of more than 2 KiB is lost to all.
    pub fn pass_on(&self, key: StreamKey, except: Option<UserId>, frame: Frame) {
        if frame.len() <= VOLATILE_BYTES {
            self.say(Signal::Volatile(key, except, frame));
        }
    }

    fn say(&self, signal: Signal) {
        // One more than may wait is lost, as any may be.
        let _ = self.0.try_send(signal);
    }
}

impl From<Signal> for HubInput {
    fn from(signal: Signal) -> Self {
        match signal {
            Signal::Hint(key, seq) => Self::Hint { key, seq },
            Signal::Gained(key, user) => Self::Gained { key, user },
            Signal::Volatile(key, except, frame) => Self::Volatile { key, except, frame },
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
        assert!(said.0.try_recv().is_err());
        for _ in 0..=WAITING {
            signals.pass_on(key, None, "x".repeat(VOLATILE_BYTES).into());
        }
        assert_eq!(std::iter::from_fn(|| said.0.try_recv().ok()).count(), WAITING);
    }
}
