//! Streams from outside, on both engines.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "these are tests")]

mod appending;
mod bounds;
mod chat;
mod faults;
mod history;
mod reading;
mod repeating;
mod support;
mod two_writers;
