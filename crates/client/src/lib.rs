//! A client of a Parlance server: typed HTTP calls, a typed socket.
//!
//! - [`Client`] speaks HTTP. It keeps the tokens of one sign-in, fetches new ones when they are due, and hands out
//!   [`InWorkspace`] for everything that is about one workspace.
//! - [`Socket`] is one WebSocket, frame by frame, and leaves the meaning of frames to its owner.
//!
//! It knows the server by its protocol alone. What it does not know of an answer, it passes over.

mod backoff;
mod error;
mod http;
mod socket;
mod tls;
mod wire;

pub use backoff::Backoff;
pub use error::{Error, Refusal};
pub use http::{Client, InWorkspace, Listed, Position, Timeouts};
pub use socket::{
    Command, Frame, Proof, Ready, ReadyStream, ReadyUser, Socket, SocketOptions, Status, StreamKind, Typing,
    Verdict,
};
pub use wire::{
    AddMember, AllChanges, Author, AuthorKind, Changes, Entry, EntryAuthor, EntryEvent, Group, GroupChange,
    GroupKind, GroupMember, GroupsPage, Member, Message, MessagePage, MyGroup, NewGroup, NewMessage, NewUser,
    Other, Page, Profile, ReadState, Rights, RightsChange, Role, Sent, SignedIn, Tokens, Unread, UnreadGroup,
    User, Version, Visibility, Whom, Workspace,
};
