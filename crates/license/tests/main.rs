//! Licenses from outside, on both engines.
#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "these are tests")]

mod beginning;
mod seats;
mod status;
mod support;
