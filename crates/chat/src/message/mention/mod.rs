//! Mentions: whom a message speaks to. Each person who is mentioned has a row of it, at the place from which they have not read it; how
//! many there are is counted where they are known, in their membership or by their part in a thread.

mod addressed;
mod count;
mod find;
mod plan;
mod remove;
mod suggest;
mod text;

use parlance_base::{EntryId, StreamId, UserId};
use parlance_store::{Collection, Field, Home, Index, Stored};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

pub(in crate::message) use addressed::{Addressed, TRIES, is_changed, keeps_changing};
pub(crate) use count::Mentioned;
pub(in crate::message) use plan::{Mentioning, Whom, reads, reads_of_new};
pub(crate) use remove::remove_mentions;
pub use suggest::{Suggested, Suggestion};

/// How many people a message may mention.
pub(crate) const MAX_MENTIONS: usize = 50;

/// Everybody in a group, as one word in a message mentions them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Broadcast {
    /// Those who are connected: it does not count as a mention of those who are not.
    Here,
    /// All members, as with `everyone`.
    Channel,
    /// All members.
    Everyone,
}

/// That a message mentions somebody. Its id follows from both.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Mention {
    id: Uuid,
    user_id: UserId,
    group_id: StreamId,
    /// The page of the group's stream that the message is on.
    page: String,
    /// Where it came to be mentioned: the message, or an edit of it.
    seq: i64,
    /// Which mention of this person it is on that page.
    ordinal: i64,
}

/// What is wrong with naming these people, if anything is.
pub(in crate::message) fn too_many(named: &[UserId]) -> Option<(&'static str, String)> {
    let message = || format!("a message mentions at most {MAX_MENTIONS} people");
    (named.len() > MAX_MENTIONS).then(|| ("message.too_many_mentions", message()))
}

const USER_ID: Field = Field::text("user_id");
const GROUP_ID: Field = Field::text("group_id");
const PAGE: Field = Field::text("page");
const SEQ: Field = Field::int("seq");

/// The mentions of a workspace.
pub(crate) static MENTIONS: Collection = Collection {
    name: "mentions",
    home: Home::Workspace,
    indexes: &[Index { name: "by_user", fields: &[USER_ID, GROUP_ID, PAGE, SEQ], unique: true }],
    fields: &[Field::int("ordinal")],
};

impl Stored for Mention {
    const COLLECTION: &'static Collection = &MENTIONS;
}

impl Mention {
    pub(crate) fn id_of(message: EntryId, user: UserId) -> Uuid {
        EntryId::derived(&["mention", &message.to_string(), &user.to_string()]).uuid()
    }
}

impl Broadcast {
    const ALL: [Self; 3] = [Self::Here, Self::Channel, Self::Everyone];

    /// The word that stands for it, after an `@`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Here => "here",
            Self::Channel => "channel",
            Self::Everyone => "everyone",
        }
    }

    /// Whether it counts as a mention of every member.
    pub(crate) const fn reaches_all(self) -> bool {
        matches!(self, Self::Channel | Self::Everyone)
    }
}
