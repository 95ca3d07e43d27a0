//! Auth from outside, through its router, on both engines.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "these are tests")]

mod administering;
mod authenticator;
mod avatars;
mod bodies;
mod cookies;
mod deactivating;
mod description;
mod erasing;
mod faults;
mod key;
mod limits;
mod logging_in;
mod membership;
mod node;
mod one_time;
mod passwords;
mod profile;
mod refreshing;
mod registering;
mod resetting;
mod revoking;
mod second_factor;
mod secrecy;
mod sign_ins;
mod support;
mod tickets;
mod tokens;
mod verifying;
