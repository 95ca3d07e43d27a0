//! Workspaces from outside, on both engines.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "these are tests")]

mod client;
mod departures;
mod document;
mod events;
mod host;
mod members;
mod membership;
mod people;
mod permission;
mod races;
mod refusals;
mod roles;
mod seats;
mod support;
mod workspaces;
