//! A client of a Parlance server: typed HTTP calls, a typed socket, and a follower that stays up to date.
//!
//! - [`Client`] speaks HTTP. It keeps the tokens of one sign-in, fetches new ones when they are due, and hands out
//!   [`InWorkspace`] for everything that is about one workspace.
//! - [`Socket`] is one WebSocket, frame by frame, and leaves the meaning of frames to its owner.
//! - [`Follower`] keeps to "The rules for a client" of `docs/protocol.md`: it connects, resumes, fetches anew and tells
//!   the application of every entry once and in order. The rules themselves are [`follow::Machine`], which does no I/O.
//!
//! It knows the server by its protocol alone. What it does not know of an answer, it passes over.
//!
//! ```no_run
//! use parlance_client::{Client, Event, FollowOptions, Follower, NewGroup, NewMessage, State};
//!
//! # async fn example() -> Result<(), parlance_client::Error> {
//! let client = Client::new("https://chat.example.com")?;
//! client.login("ann@example.com", "a long password").await?;
//! let acme = client.in_workspace("acme");
//! let group = acme.create_group(&NewGroup::named("General")).await?;
//!
//! let mut follower = Follower::start(acme, State::default(), FollowOptions::default());
//! let sent = follower.commands().send(group.id, NewMessage::text("Hello")).await?;
//! while let Some(event) = follower.next().await {
//!     // What is shown and `follower.state()` are written down together.
//!     if matches!(event, Event::Entry(entry) if entry.stream_id == group.id && entry.seq == sent.seq()) {
//!         break;
//!     }
//! }
//! # Ok(())
//! # }
//! ```

mod backoff;
mod error;
#[cfg(test)]
mod fake;
pub mod follow;
mod http;
mod socket;
mod tls;
mod wire;

pub use backoff::Backoff;
pub use error::{Error, Refusal};
pub use follow::{Commands, Event, FollowOptions, Follower, Snapshot, State, Timeline};
pub use http::{Client, InWorkspace, Listed, Position, Timeouts};
pub use socket::{
    Command, Frame, Presence, PresenceChange, Proof, Ready, ReadyStream, ReadyUser, Receipt, Socket,
    SocketOptions, Status, StreamKind, Typing, Verdict,
};
pub use wire::{
    AddMember, AllChanges, Author, AuthorKind, Changes, DefaultRights, DirectoryFilter, Draft, EmbeddedUser,
    Entry, EntryAuthor, EntryEvent, Folder, FolderChange, Forwarded, Group, GroupChange, GroupHistory,
    GroupKind, GroupMember, GroupsPage, InstalledLicense, Key, KeyKind, KeyLogin, License, LicenseDetails,
    ListedGroup, MadeKey, Member, MemberReceipt, Message, MessagePage, MessageThread, MyGroup, NewDraft,
    NewGroup, NewKey, NewMessage, NewUser, Other, Page, PinnedMessage, Preferences, PreferencesChange,
    Profile, Quote, Reacted, Reaction, ReactionCount, ReadState, Rights, RightsChange, Role, Schedule,
    Scheduled, Sent, SignIn, SignedIn, Suggestion, SystemMessage, Thread, ThreadNews, Ticket, Tokens, Unread,
    UnreadGroup, Unsent, User, Version, Visibility, Whom, Workspace,
};
