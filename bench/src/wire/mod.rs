//! The light side of the load: sockets that are read as bytes, frames that were encoded before.

mod field;
mod frame;
mod sockets;

pub(crate) use field::Field;
pub(crate) use frame::{masked, split, unmasked};
pub(crate) use sockets::{Sockets, Spin, upgrade};
