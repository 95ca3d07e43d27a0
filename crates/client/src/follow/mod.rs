//! Staying up to date: "The rules for a client" of `docs/protocol.md`.
//!
//! The rules are [`Machine`], which is told what happens and says what is to be done: no I/O, no clock, no randomness.
//! [`Follower`] does it over a real socket. [`Timeline`] keeps what a group's messages say (rule 12), for applications
//! that want that.

mod driver;
mod event;
mod machine;
mod state;
mod timeline;

pub use driver::{Commands, FollowOptions, Follower};
pub use event::{Event, Snapshot};
pub use machine::{Due, Fetch, Fetched, Input, Machine, Outcome, Output, Pause};
pub use state::{Cursor, State};
pub use timeline::Timeline;
