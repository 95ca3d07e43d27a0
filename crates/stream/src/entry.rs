//! Entries: the elements of streams.

use std::{fmt, str::FromStr};

use parlance_base::{Author, AuthorKind, EntryId, StreamId, Time};
use parlance_store::{Collection, Field, Home, Index, Stored};
use serde::{Deserialize, Serialize, de::Error as _};
use serde_json::Value;

/// One element of a stream. All but `data` and `rev` stays as it was written.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// Its id; a message's id is its entry's.
    pub id: EntryId,
    /// The stream it is in.
    pub stream_id: StreamId,
    /// Its place in the stream, from 1.
    pub seq: i64,
    /// Where readers page through it.
    pub page: Page,
    /// What happened, in the domain's words (`message.new`, `member.added`, …).
    #[serde(rename = "type")]
    pub kind: String,
    /// What its author is.
    pub author_kind: AuthorKind,
    /// Its author's id.
    pub author_id: String,
    /// What its author called it, unique among the author's entries in the stream; its id where the author did not.
    pub client_id: String,
    /// When it was written.
    pub at: Time,
    /// The `seq` of the entry that changed it last; its own while nothing did.
    pub rev: i64,
    /// How many counted entries there are up to and including this one; only a counted entry has it.
    pub ordinal: Option<i64>,
    /// What the domain says of it: content where it is a message, ids and small deltas where it is an event.
    #[serde(default)]
    pub data: Value,
}

/// Where readers page through an entry.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Page {
    /// Among the messages of the group.
    Main,
    /// Among the replies to this message.
    Thread(EntryId),
    /// Beside the messages of the group: it tells of a change that their readers are shown there.
    System,
    /// Nowhere: it tells of a change.
    Event,
}

/// The stream an entry is in.
pub(crate) const STREAM_ID: Field = Field::text("stream_id");
/// An entry's place.
pub(crate) const SEQ: Field = Field::int("seq");
/// An entry's page.
pub(crate) const PAGE: Field = Field::text("page");
/// An entry's author.
pub(crate) const AUTHOR_ID: Field = Field::text("author_id");
/// What the author called an entry.
pub(crate) const CLIENT_ID: Field = Field::text("client_id");

/// The index by which a repeated submission is known.
pub(crate) const BY_CLIENT: &str = "by_client";

/// The entries of all streams of a workspace.
pub static ENTRIES: Collection = Collection {
    name: "entries",
    home: Home::Workspace,
    indexes: &[
        Index { name: "by_seq", fields: &[STREAM_ID, SEQ], unique: true },
        Index { name: BY_CLIENT, fields: &[STREAM_ID, AUTHOR_ID, CLIENT_ID], unique: true },
        Index { name: "by_page", fields: &[STREAM_ID, PAGE, SEQ], unique: false },
    ],
    fields: &[Field::int("rev"), Field::any("data")],
};

impl Stored for Entry {
    const COLLECTION: &'static Collection = &ENTRIES;
}

impl Entry {
    /// Who made it.
    #[must_use]
    pub fn author(&self) -> Author {
        Author { kind: self.author_kind, id: self.author_id.clone() }
    }
}

impl fmt::Display for Page {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Main => f.write_str("main"),
            Self::Thread(id) => write!(f, "thread:{id}"),
            Self::System => f.write_str("system"),
            Self::Event => f.write_str("event"),
        }
    }
}

impl FromStr for Page {
    type Err = parlance_base::ParseIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "main" => Ok(Self::Main),
            "system" => Ok(Self::System),
            "event" => Ok(Self::Event),
            _ => text.strip_prefix("thread:").ok_or(parlance_base::ParseIdError)?.parse().map(Self::Thread),
        }
    }
}

impl Serialize for Page {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Page {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(|_| D::Error::custom("no page of a stream"))
    }
}
