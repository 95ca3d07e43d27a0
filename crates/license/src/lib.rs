//! What this installation may do: its plan with the features in it, its seats, and the gate that everyone asks.
//!
//! A new installation has a trial of everything; after it, the community plan, which has all of the chat; with a key, what
//! the key says. Nobody is ever locked out and nothing is ever hidden: what is not licensed is refused where it would be
//! added or switched on.

mod gate;
mod http;
mod install;
mod installation;
mod keep;
mod key;
mod license;
mod moment;
mod nodes;
mod plan;
mod seats;

pub use gate::Gate;
pub use http::{Gated, GatedService, router};
pub use install::{Installed, Installer, Outcome};
pub use key::{Issuer, Key, KeyError, MAX_KEY, NoPrivateKey, Trust};
pub use license::{COMMUNITY_SEATS, GRACE, Known, License, State, TRIAL, Warning};
pub use nodes::{JoinError, Membership};
pub use plan::{Feature, Features, Plan};
pub use seats::{Seats, SeatsRead};

/// Every collection of this crate.
pub static COLLECTIONS: [&parlance_store::Collection; 3] =
    [&installation::INSTALLATION, &seats::SEATS, &nodes::NODES];
