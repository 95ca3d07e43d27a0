//! Tests of a real server from outside: typed clients and raw ones, over loopback, on both engines.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "these are tests"
)]

mod bounds;
mod conversation;
mod door;
mod erasing;
mod keys;
mod license;
mod losing;
mod malformed;
mod mongod;
mod nodes;
mod permission;
mod presence;
mod raw;
mod ready;
mod starting;
mod story;
mod waiting;
mod walk;
mod world;
