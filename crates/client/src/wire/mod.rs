//! What goes over the wire, as this client has it: lenient to fields and words that it does not know.

mod auth;
mod changes;
mod draft;
mod entry;
mod folder;
mod group;
mod key;
mod license;
mod member;
mod message;
mod moment;
mod new_group;
mod reaction;
mod scheduled;
mod thread;
mod workspace;

use serde::Deserialize;

pub use auth::{NewUser, Profile, SignIn, SignedIn, Ticket, Tokens, User};
pub use changes::{AllChanges, Changes, MemberReceipt, ReadState, Unread, UnreadGroup};
pub use draft::{Draft, NewDraft};
pub use entry::{Entry, EntryAuthor, EntryEvent};
pub use folder::{Folder, FolderChange};
pub use group::{
    DefaultRights, DirectoryFilter, Group, GroupHistory, GroupKind, GroupsPage, ListedGroup, MyGroup, Other,
    Preferences, PreferencesChange, Visibility,
};
pub use key::{EmbeddedUser, Key, KeyKind, KeyLogin, MadeKey, NewKey};
pub use license::{InstalledLicense, License, LicenseDetails};
pub use member::{GroupMember, Rights, RightsChange};
pub use message::{
    Author, AuthorKind, Forwarded, Message, MessagePage, NewMessage, PinnedMessage, Quote, Sent, Suggestion,
    SystemMessage, Version,
};
pub use new_group::{GroupChange, NewGroup};
pub use reaction::{Reacted, Reaction, ReactionCount};
pub use scheduled::{Schedule, Scheduled, Unsent};
pub use thread::{MessageThread, Thread, ThreadNews};
pub use workspace::{AddMember, Member, Role, Whom, Workspace};

pub(crate) use auth::{Forgot, Login, PasswordChange, Refresh, Reset, Verify};
pub(crate) use changes::{Cursors, ReadUpTo, Receipts, TypingNow};
pub(crate) use folder::NewFolder;
pub(crate) use key::{LogIn, LogOut};
pub(crate) use license::InstallKey;
pub(crate) use member::NewMembers;
pub(crate) use message::{Edit, Forward, History, Pinned, Suggested};
pub(crate) use new_group::NewOwner;
pub(crate) use reaction::React;
pub(crate) use scheduled::Later;
pub(crate) use thread::Closed;
pub(crate) use workspace::{MemberNames, RoleChange, Transfer, WorkspaceChange, WorkspaceNew};

/// A page of a list.
#[derive(Clone, Debug, Deserialize)]
pub struct Page<T> {
    /// The items, in the list's order.
    pub items: Vec<T>,
    /// What to ask the next page with; none on the last page.
    pub next: Option<String>,
}
