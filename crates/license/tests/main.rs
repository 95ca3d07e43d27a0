//! Licenses from outside, on both engines.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "these are tests"
)]

mod beginning;
mod clocks;
mod forgery;
mod gated;
mod installing;
mod keys;
mod license;
mod nodes;
mod seats;
mod status;
mod support;
