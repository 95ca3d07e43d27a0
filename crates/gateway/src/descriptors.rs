//! Every connection is a file descriptor: a process may have as many as its hard limit says, not only the soft one, which is
//! kept low for programs that know no better.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tracing::info;

/// What everything but connections may need: the store's files above all, which must never want for one.
const RESERVED: u64 = 256;

/// Raises the soft limit to the hard one, and answers how many of the wanted connections that leaves room for.
pub(crate) fn room_for(connections: usize) -> usize {
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    // Where that is refused, the limit is what it was.
    let _ = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum });
    let limit = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
    let room = usize::try_from(limit.saturating_sub(RESERVED)).unwrap_or(usize::MAX).max(1);
    if room < connections {
        info!(
            open_files = limit,
            connections = room,
            "the system's limit of open files bounds the connections"
        );
    }
    connections.min(room)
}
