//! The bounds of live delivery. What happens at each is written where it is enforced and in `docs/protocol.md`.

use std::time::Duration;

/// The largest frame a client may send, in bytes: 10,000 characters, each escaped, and what surrounds them.
pub const FRAME_BYTES: usize = 192 * 1024;
/// The longest `id` of a frame, in bytes.
pub const FRAME_ID_BYTES: usize = 64;
/// How long a socket that was opened without credentials may take to send its `auth` frame.
pub const AUTH_WITHIN: Duration = Duration::from_secs(5);
/// Bad frames that a client may send within [`BAD_FRAMES_WITHIN`]; one more closes the connection.
pub const BAD_FRAMES: usize = 20;
/// See [`BAD_FRAMES`].
pub const BAD_FRAMES_WITHIN: Duration = Duration::from_secs(10);
/// Cursors in one `resume` frame.
pub const CURSORS: usize = 1_000;
/// Streams in one `ready` frame.
pub const READY_STREAMS: usize = 1_000;
/// Frames of a client that may wait for their answer; one more is refused with `rate.limited`.
pub const WAITING_FRAMES: usize = 32;
/// When a client whose frame was refused for that may try again.
pub const FRAMES_RETRY: Duration = Duration::from_secs(1);
/// `resume` frames among them: enough for the 5,000 groups that a member may have.
pub const WAITING_RESUMES: usize = 8;
/// Public groups that one connection may watch without being a member.
pub const WATCHED_GROUPS: usize = 100;
/// Streams whose rights wait to be looked up; a connection that is told of more falls behind and is closed.
pub const DOUBTS: usize = 1_000;

/// How often the server pings; the first ping of a connection comes at a random part of this.
pub const PING_EVERY: Duration = Duration::from_secs(30);
/// A client that sends nothing, not even a pong, for this long is gone.
pub const SILENCE: Duration = Duration::from_secs(75);
/// How long a connection that shuts down waits for the command that it is carrying out.
pub const DRAIN_WITHIN: Duration = Duration::from_secs(5);

/// Entries that wait for one connection; one more closes it.
pub const QUEUE_FRAMES: usize = 256;
/// Bytes of entries that wait for one connection; more closes it.
pub const QUEUE_BYTES: usize = 1024 * 1024;
/// Entries in one page read from the store.
pub const PAGE_ENTRIES: usize = 100;
/// Bytes of entries in one page read from the store; the first entry may be larger.
pub const PAGE_BYTES: usize = 256 * 1024;
/// A cursor that is further behind than this many entries is reset instead of replayed.
pub const REPLAY_ENTRIES: u64 = 1_000;
/// Connections of one user in one workspace on one node.
pub const USER_CONNECTIONS: usize = 16;

/// How often the hub looks for a last entry that the bus lost: a group that somebody lost is found so, within five seconds with
/// what the look takes.
pub const HEADS_EVERY: Duration = Duration::from_secs(4);
/// Streams in one such look.
pub const HEADS_BATCH: usize = 500;
/// How often the hub has its callers checked.
pub const CHECKS_EVERY: Duration = Duration::from_secs(3);
/// Callers in one such check.
pub const CHECKS_BATCH: usize = 500;
/// A connection whose last good check was asked for longer ago than this receives nothing.
pub const TRUST: Duration = Duration::from_secs(5);
/// Batches of heads, and of checks, that the hub has running at once.
pub const BATCHES_AT_ONCE: usize = 4;
/// Ranges that the hub reads at once.
pub const READS_AT_ONCE: usize = 32;
/// Entries of one stream held back because an earlier one is missing.
pub const HELD_ENTRIES: usize = 64;
/// Bytes of them.
pub const HELD_BYTES: usize = 256 * 1024;

/// How long the hub waits before it reads again after a failed read.
pub const HUB_RETRY: Duration = Duration::from_millis(500);
/// How soon the hub looks again after heads or checks could not be read.
pub const ROUND_RETRY: Duration = Duration::from_secs(1);
/// How long a connection waits before its first repeat of a failed read; each further wait doubles.
pub const READ_RETRY: Duration = Duration::from_millis(100);
/// Reads that a connection tries before it gives up and is closed, about six seconds after the first.
pub const READ_TRIES: u32 = 7;
/// How long a read, a look or a check may take before it counts as failed.
pub const ANSWER_WITHIN: Duration = Duration::from_secs(5);

/// Pages that the sockets of a node read at once.
pub const PAGES_AT_ONCE: usize = 32;
/// Deliveries that a socket takes from its queue, sends and flushes together.
pub const BATCH: usize = 64;
/// What is read of a socket at once, in bytes. Each socket keeps room for it; what clients send is seldom longer.
pub const SOCKET_BUFFER: usize = 1024;
/// What is written to a socket at once, in bytes, where more waits for it.
pub const WRITE_BYTES: usize = 64 * 1024;
/// How long a client may take to take that in, before it counts as too slow.
pub const WRITE_WITHIN: Duration = Duration::from_secs(20);
/// How long a client has to take in the close frame and to answer it, before its socket is dropped.
pub const CLOSE_WITHIN: Duration = Duration::from_secs(5);
/// How long a client that cannot answer any more has to take in the close frame.
pub const LINGER: Duration = Duration::from_secs(1);
/// At shutdown clients are told to come back after this and a random part of it again.
pub const RECONNECT_AFTER: Duration = Duration::from_secs(2);
