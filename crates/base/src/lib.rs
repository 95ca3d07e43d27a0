//! The words that every Parlance crate shares: ids, time, errors, callers.
//!
//! No I/O happens here, and nothing here knows HTTP, a database or a socket. Time, ids and randomness enter the
//! product through [`Clock`] and [`Ids`] only, so a test can hold all three in its hand.

mod authenticate;
mod author;
mod caller;
mod clock;
mod error;
mod grant;
mod id;
mod time;
mod trace;

pub use authenticate::{Authenticate, BoxFuture, Credentials, Identify};
pub use author::{Author, AuthorKind};
pub use caller::{Backer, Caller, CallerRef, Check, Credential, Identity, Revocation, Role};
pub use clock::{Clock, ManualClock, SystemClock};
pub use error::{Error, Kind, Result};
pub use grant::{Grant, Scope, Scopes};
pub use id::{
    AgentId, ConnectionId, EntryId, Epoch, FolderId, Ids, JobId, KeyId, NodeId, ParseIdError, ScheduledId,
    SignInId, StreamId, UserId, WorkspaceId,
};
pub use time::{ParseTimeError, Time};
pub use trace::SPANS;
