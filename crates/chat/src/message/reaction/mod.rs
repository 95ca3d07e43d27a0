//! Reactions: what members say to a message without words. The message counts them; who they are of is kept beside it.

mod list;
mod react;
mod remove;

use parlance_base::{EntryId, Time, UserId};
use parlance_store::{Collection, Field, Home, Index, Stored};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

pub use list::ReactionView;
pub use react::{React, Reacted};
pub(super) use remove::unreacted;
pub(crate) use remove::{UNREACTED, Unreacting, remove_reactions};

/// That somebody reacted to a message. Its id follows from all three, so that nobody does so twice.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Reaction {
    pub(crate) id: Uuid,
    pub(crate) message_id: EntryId,
    user_id: UserId,
    pub(crate) emoji: String,
    /// The `seq` of the entry that tells of it.
    seq: i64,
    at: Time,
}

const USER_ID: Field = Field::text("user_id");
pub(crate) const MESSAGE_ID: Field = Field::text("message_id");
const EMOJI: Field = Field::text("emoji");
const SEQ: Field = Field::int("seq");

/// The reactions of a workspace.
pub(crate) static REACTIONS: Collection = Collection {
    name: "reactions",
    home: Home::Workspace,
    indexes: &[
        Index { name: "by_user", fields: &[USER_ID, MESSAGE_ID, EMOJI], unique: true },
        Index { name: "by_message", fields: &[MESSAGE_ID, SEQ], unique: true },
    ],
    fields: &[Field::int("at")],
};

impl Stored for Reaction {
    const COLLECTION: &'static Collection = &REACTIONS;
}

/// How many reacted to a message with one emoji.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReactionCount {
    /// The emoji.
    pub emoji: String,
    /// How many.
    pub count: i64,
}

impl Reaction {
    fn id_of(message: EntryId, user: UserId, emoji: &str) -> Uuid {
        EntryId::derived(&["reaction", &message.to_string(), &user.to_string(), emoji]).uuid()
    }
}
