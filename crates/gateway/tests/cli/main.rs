//! The program's commands, run as anybody runs them.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "these are tests")]

mod admin_socket;
mod config;
mod cors;
mod keeping;
mod license;
mod log;
mod log_level;
mod metrics;
mod run;
mod starting;
mod tls;
mod traces;
mod user;
