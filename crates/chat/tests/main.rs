//! The one integration test of the crate.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "these are tests"
)]

mod domain;
#[path = "../examples/embed.rs"]
#[expect(dead_code, reason = "its main is for those who run it")]
mod embed;
mod embedding;
mod live;
mod served;
mod simulation;
