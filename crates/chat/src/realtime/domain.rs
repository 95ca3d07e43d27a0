//! What delivery asks of the chat domain: the seam between the two, so that neither knows how the other does it.
//!
//! Everything here may be asked many times at once, and a future may be dropped unfinished: its connection is gone.

use std::sync::Arc;

use parlance_base::{BoxFuture, Caller, CallerRef, ConnectionId, Result, Revocation, StreamId, Time};
use parlance_stream::Committed;
use serde_json::value::RawValue;

use super::{Live, Page, People, Ready, Standing, StreamKey, Unavailable, Wish, frame::Command};

/// The chat domain as delivery sees it. It is object safe, so that a node holds any domain as `Arc<dyn Domain>`.
///
/// Whoever gains a stream is told so in their own: an entry with [`super::Audience::Joined`]. The word of it from node to node is
/// quicker, but may get lost, and nothing else would have their connections ask.
pub trait Domain: Send + Sync + 'static {
    /// The entries of a stream after `after`, oldest first and without a hole: at most [`super::limits::PAGE_ENTRIES`],
    /// and no more once they have [`super::limits::PAGE_BYTES`]. The head is read first, the entries after it. A stream
    /// that does not exist has an empty page and the head 0. Rights are not looked at: each connection does that.
    fn page(&self, key: StreamKey, after: u64) -> BoxFuture<'_, Result<Page, Unavailable>>;

    /// The `seq` of the last entry of each of these streams; those that do not exist may be left out.
    fn heads<'a>(
        &'a self,
        keys: &'a [StreamKey],
    ) -> BoxFuture<'a, Result<Vec<(StreamKey, u64)>, Unavailable>>;

    /// Where the caller stands in those of these streams that they may read, now, in the role that they have by their last good
    /// check; at most 1,000 are asked for. The heads
    /// are read first and the rights after them, so that the rights hold as of the heads at least.
    fn standings<'a>(
        &'a self,
        caller: &'a CallerRef,
        streams: &'a [StreamId],
    ) -> BoxFuture<'a, Result<Vec<Standing>, Unavailable>>;

    /// What the connection begins with. The heads of the user's own stream and of the workspace's are read before the
    /// memberships, and the memberships before the heads of the groups, and those before the rights: then a group that
    /// is gained meanwhile is told of by an entry that the connection will be sent. `checked` is passed on as it is.
    ///
    /// # Errors
    /// What the client is told before its connection is closed.
    fn ready<'a>(
        &'a self,
        caller: &'a Caller,
        connection: ConnectionId,
        checked: Time,
    ) -> BoxFuture<'a, Result<Ready>>;

    /// Who is in the group, up to so many, as they are called: for who may read it.
    ///
    /// # Errors
    /// What the client is told before its connection is closed.
    fn people<'a>(&'a self, caller: &'a Caller, group: StreamId) -> BoxFuture<'a, Result<People>>;

    /// Carries out a command and answers the `data` of its `ok`. `caller` is as they were when they were let in, and was found to
    /// be so still by a check no older than [`super::limits::TRUST`]; their rights in the group are the domain's to look at. One
    /// command of a connection runs at a time.
    ///
    /// # Errors
    /// What the client is told. A bad input closes nothing.
    fn run<'a>(&'a self, caller: &'a Caller, command: Command) -> BoxFuture<'a, Result<Box<RawValue>>>;

    /// What a connection says of whether its user is there, or of whom it wants to know it, by a command that is about that.
    ///
    /// # Errors
    /// What the client is told. A bad input closes nothing.
    fn presence<'a>(&'a self, caller: &'a Caller, command: Command) -> BoxFuture<'a, Result<Wish>>;

    /// What was just committed, as the frames that clients receive. Called for every commit of this node, in the task
    /// that delivers: it neither blocks nor waits.
    fn encode(&self, committed: &Committed) -> Vec<Arc<Live>>;

    /// Whose connections must end because of what was committed.
    fn revocations(&self, committed: &Committed) -> Vec<Revocation>;
}
