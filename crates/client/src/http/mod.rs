//! The HTTP side: one client for a sign-in, one handle for each workspace, one method for each route.

mod auth;
mod call;
mod changes;
mod client;
mod drafts;
mod folders;
mod groups;
mod inside;
mod keys;
mod license;
mod members;
mod messages;
mod scheduled;
mod send;
mod session;
mod threads;
mod workspaces;

pub use client::{Client, Timeouts};
pub use groups::Listed;
pub use inside::InWorkspace;
pub use messages::Position;

pub(crate) use call::{refused, url};
pub(crate) use client::bearer;

#[cfg(test)]
mod tests;
