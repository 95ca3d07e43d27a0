//! The program's commands, run as anybody runs them.
#![expect(clippy::unwrap_used, reason = "these are tests")]

mod admin_socket;
mod config;
mod cors;
mod keeping;
mod license;
mod log;
mod run;
mod tls;
mod user;
