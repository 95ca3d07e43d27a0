//! What this installation may do: its plan with the features in it, its seats, and the gate that everyone asks.
//!
//! A new installation has a trial of everything; after it, the community plan, which has all of the chat. Nobody is ever
//! locked out and nothing is ever hidden: what a plan does not cover is refused where it would be added or switched on.

mod gate;
mod http;
mod installation;
mod license;
mod plan;
mod seats;

pub use gate::Gate;
pub use http::router;
pub use license::{COMMUNITY_SEATS, License, TRIAL};
pub use plan::{Feature, Plan};
pub use seats::{Seats, SeatsRead};

/// Every collection of this crate.
pub static COLLECTIONS: [&parlance_store::Collection; 2] = [&installation::INSTALLATION, &seats::SEATS];
