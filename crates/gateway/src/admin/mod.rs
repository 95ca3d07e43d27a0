//! What the administrator of the machine can do without signing in: whoever owns the data folder, or may reach the database,
//! owns the installation anyway.
//!
//! A running server on the embedded store does it for the command line, over a Unix socket in the data folder ([`socket`]);
//! where none runs, and on MongoDB, the command line opens the store itself ([`reach`]). Either way it is [`Office`] that
//! does it.

mod office;
mod reach;
mod request;
mod socket;
mod step;

pub(crate) use office::Office;
pub(crate) use reach::ask;
pub(crate) use request::{Answer, DeadJobLine, Request, UserLine, WorkspaceLine};
pub(crate) use socket::AdminSocket;
pub(crate) use step::{Step, Steps};

/// The socket's name in the data folder.
const SOCKET: &str = "admin.sock";
