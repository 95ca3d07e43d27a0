//! The program's commands, run as anybody runs them.
#![expect(clippy::unwrap_used, reason = "these are tests")]

mod license;
