//! The documents of the tests: a small copy of what the product keeps, with an index of every shape.

use parlance_store::{Collection, Document, Field, Home, Index, Schema, Stored};
use serde::{Deserialize, Serialize};

pub(crate) const STREAM: Field = Field::text("stream_id");
pub(crate) const SEQ: Field = Field::int("seq");
pub(crate) const AUTHOR: Field = Field::text("author_id");
pub(crate) const CLIENT: Field = Field::text("client_id");
pub(crate) const PAGE: Field = Field::text("page");
pub(crate) const PINNED: Field = Field::bool("pinned");
pub(crate) const TAGS: Field = Field::set_of("tags");
pub(crate) const DATA: Field = Field::any("data");

/// In workspaces, with natural keys, and indexes over text, integers, booleans and ids.
pub(crate) static ENTRIES: Collection = Collection {
    name: "entries",
    home: Home::Workspace,
    indexes: &[
        Index { name: "position", fields: &[STREAM, SEQ], unique: true },
        Index { name: "client", fields: &[STREAM, AUTHOR, CLIENT], unique: true },
        Index { name: "page", fields: &[STREAM, PAGE, SEQ], unique: false },
        Index { name: "pinned", fields: &[PINNED, SEQ], unique: false },
        Index { name: "author", fields: &[AUTHOR, parlance_store::ID], unique: false },
    ],
    fields: &[TAGS, DATA],
};

/// In workspaces, without an index of its own.
pub(crate) static HEADS: Collection =
    Collection { name: "heads", home: Home::Workspace, indexes: &[], fields: &[SEQ, TAGS, DATA] };

/// Of the installation.
pub(crate) static USERS: Collection = Collection {
    name: "users",
    home: Home::System,
    indexes: &[Index { name: "author", fields: &[AUTHOR], unique: true }],
    fields: &[SEQ],
};

/// Of the installation, written with workspaces' batches.
pub(crate) static SEATS: Collection =
    Collection { name: "seats", home: Home::Riding, indexes: &[], fields: &[SEQ] };

pub(crate) fn schema() -> Schema {
    Schema { version: 1, collections: vec![&ENTRIES, &HEADS, &USERS, &SEATS], migrations: vec![] }
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Entry {
    pub(crate) id: String,
    pub(crate) stream_id: String,
    pub(crate) seq: i64,
    pub(crate) author_id: String,
    pub(crate) client_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) page: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) pinned: Option<bool>,
    #[serde(default)]
    pub(crate) tags: Vec<String>,
    #[serde(default)]
    pub(crate) data: Document,
}

impl Stored for Entry {
    const COLLECTION: &'static Collection = &ENTRIES;
}

impl Entry {
    /// The entry at `seq` of the stream; its id and its keys follow from that.
    pub(crate) fn new(stream: &str, seq: i64) -> Self {
        let id = format!("{stream}.{seq:04}");
        Self {
            id: id.clone(),
            stream_id: stream.to_owned(),
            seq,
            author_id: "ada".to_owned(),
            client_id: id,
            page: Some("main".to_owned()),
            ..Self::default()
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Head {
    pub(crate) id: String,
    pub(crate) seq: i64,
    #[serde(default)]
    pub(crate) tags: Vec<String>,
}

impl Stored for Head {
    const COLLECTION: &'static Collection = &HEADS;
}

impl Head {
    pub(crate) fn new(id: &str) -> Self {
        Self { id: id.to_owned(), seq: 0, tags: vec![] }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct User {
    pub(crate) id: String,
    pub(crate) author_id: String,
}

impl Stored for User {
    const COLLECTION: &'static Collection = &USERS;
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Seat {
    pub(crate) id: String,
    pub(crate) seq: i64,
}

impl Stored for Seat {
    const COLLECTION: &'static Collection = &SEATS;
}
