//! Live delivery over real sockets, on real stores, between real nodes.

pub(crate) mod client;
mod domain;
mod door;
mod ending;
mod flow;
mod frames;
mod host;
mod node;
mod nodes;
mod opening;
mod plans;
mod slow;
