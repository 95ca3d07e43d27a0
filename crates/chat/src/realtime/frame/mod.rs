//! The frames of the socket, as `docs/protocol.md` describes them: what clients send, what the server sends besides
//! the entries of streams, and why it closes.

mod client;
mod close;
mod server;

pub use client::{AuthToken, Command, CommandKind, TYPES};
pub use close::CloseCode;

pub(super) use client::{BadFrame, ClientFrame, Request, Resume, parse};
pub(super) use server::{Ready, ReadyStream, ServerFrame};
