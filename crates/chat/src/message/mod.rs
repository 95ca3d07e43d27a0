//! Messages: entries of a group's stream that can change.

mod changes;
mod delete;
mod edit;
mod forward;
mod get;
mod history;
mod mention;
mod new;
mod page;
mod pin;
mod quote;
mod reaction;
mod send;
mod system;
mod view;
mod wait;

use parlance_base::{EntryId, Error, Kind, Time, UserId};
use parlance_store::{Collection, Home, Index, Stored};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::thread::{InThread, Summary};

pub(crate) use changes::MAX_CHANGES;
pub use changes::{AllChanges, Changes, Cursors};
pub(crate) use delete::{MOST_CHANGES, belongings, empty, has_reactions};
pub use edit::Edit;
pub(crate) use forward::Origin;
pub use forward::{Forward, Forwarded};
pub use history::VersionView;
pub use mention::{Broadcast, Suggested, Suggestion};
pub(crate) use mention::{MENTIONS, Mentioned, remove_mentions};
pub use new::{MAX_CONTENT, NewMessage};
pub(crate) use new::{check_name, check_new, moment};
pub use page::{MessagePage, Position};
pub use pin::PinnedMessage;
pub(crate) use pin::{GROUP_ID as PIN_GROUP_ID, PINS, Pin, SEQ as PIN_SEQ};
pub use quote::Quote;
pub(crate) use quote::{answered, quoted};
pub(crate) use reaction::{
    MESSAGE_ID as REACTION_MESSAGE_ID, REACTIONS, Reaction, UNREACTED, Unreacting, remove_reactions,
};
pub use reaction::{React, Reacted, ReactionCount, ReactionView};
pub use send::Sent;
pub use system::SystemMessage;
pub use view::{AuthorView, Message};
pub(crate) use view::{body_of, message_of};

/// How many earlier versions of a message are kept.
pub(crate) const VERSIONS: i64 = 20;

/// What a message's entry says of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Body {
    /// The text; empty once it was deleted.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) content: String,
    /// What the author was called when they wrote it.
    pub(crate) author_name: String,
    /// The message that it answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reply_to: Option<EntryId>,
    /// Where it is, if it is a reply in a thread.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) thread: Option<InThread>,
    /// What became of its own thread, once there is a reply.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) replies: Option<Summary>,
    /// Whom it mentions.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) mentions: Vec<UserId>,
    /// Those of whom its author said so by their ids, whether they are mentioned or not.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) named: Vec<UserId>,
    /// The word by which it mentions everybody.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) broadcast: Option<Broadcast>,
    /// Where it is from, if it was forwarded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) forwarded: Option<Origin>,
    /// What the client keeps with it: JSON text, opaque here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) metadata: Option<String>,
    /// Whether it is pinned.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(crate) pinned: bool,
    /// How many reacted to it, with what.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) reactions: Vec<ReactionCount>,
    /// How often it was edited.
    pub(crate) edits: i64,
    /// The `seq` of the entry that last changed what it says; none while it says what it said first.
    #[serde(skip_serializing_if = "is_zero")]
    pub(crate) text_rev: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) edited_at: Option<Time>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) deleted_at: Option<Time>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) deleted_by: Option<UserId>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for it like this")]
const fn is_zero(count: &i64) -> bool {
    *count == 0
}

/// What a message said before an edit. There are [`VERSIONS`] places for each message, used in turn.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Version {
    pub(crate) id: Uuid,
    pub(crate) message_id: EntryId,
    /// The `rev` that the message had.
    pub(crate) rev: i64,
    /// Since when it had said this.
    pub(crate) at: Time,
    pub(crate) content: String,
}

/// Earlier versions of the messages of a workspace.
pub(crate) static VERSIONS_OF_MESSAGES: Collection = Collection {
    name: "message_versions",
    home: Home::Workspace,
    indexes: &[Index { name: "by_message", fields: &[MESSAGE_ID, REV], unique: true }],
    fields: &[parlance_store::Field::int("at"), parlance_store::Field::text("content")],
};

pub(crate) const MESSAGE_ID: parlance_store::Field = parlance_store::Field::text("message_id");
const REV: parlance_store::Field = parlance_store::Field::int("rev");

impl Stored for Version {
    const COLLECTION: &'static Collection = &VERSIONS_OF_MESSAGES;
}

impl Version {
    /// The id of the place that the version before edit number `edit` takes.
    pub(crate) fn place(message: EntryId, edit: i64) -> Uuid {
        EntryId::derived(&["version", &message.to_string(), &(edit % VERSIONS).to_string()]).uuid()
    }
}

pub(crate) fn not_found() -> Error {
    Error::new(Kind::NotFound, "message.not_found", "there is no such message")
}
