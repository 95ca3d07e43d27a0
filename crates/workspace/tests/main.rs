//! Workspaces from outside, on both engines.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "these are tests")]

mod audit;
mod client;
mod deleting;
mod departures;
mod directory;
mod document;
mod embedded;
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
mod settings;
mod support;
mod transfers;
mod workspaces;
