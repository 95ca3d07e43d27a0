//! The one integration test of the crate.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "these are tests"
)]

mod domain;
mod live;
mod served;
mod simulation;
