//! The store from outside, on both engines.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "these are tests"
)]

mod announcements;
mod contract;
mod differential;
mod explain;
mod failover;
mod faulty_vfs;
mod jobs;
mod leases;
mod lost_answers;
mod nodes;
mod schema;
mod snapshot;
mod sqlite_disk;
mod support;
