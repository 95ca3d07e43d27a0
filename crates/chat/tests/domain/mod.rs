//! Groups, members, messages and read state through the router, on both engines.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "these are tests")]

mod audit;
mod changes;
mod clearing;
mod deleting;
mod departures;
mod described;
mod directory;
mod drafts;
mod folders;
mod forgetting;
mod forwarding;
mod groups;
mod large;
mod lifecycle;
mod members;
mod mentions;
mod messages;
mod newcomers;
mod node;
mod pace;
mod pinning;
mod quoting;
mod reactions;
mod reading;
mod reads;
mod records;
mod recount;
mod room;
mod scheduled;
mod scopes;
pub(crate) mod support;
mod system;
mod threads;
