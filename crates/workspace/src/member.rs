//! Members: what a user is in a workspace. A row stays when its member leaves, so that what they said keeps its name.

use parlance_base::{Role, Time, UserId};
use parlance_store::{Collection, Field, Home, Index, Stored};
use serde::{Deserialize, Serialize};

/// A member of a workspace, present or past. Changes only through the workspace's stream.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// The user.
    pub id: UserId,
    /// What they are; what they were last, where they left.
    pub role: Role,
    /// What they are mentioned by; no other member's. Something that nobody can be called, where they left.
    pub handle: String,
    /// What they are called here.
    pub display_name: String,
    /// The words that they are found by: of their names and their address, as those were when they were written here.
    pub words: Vec<String>,
    /// Whether they are a member.
    pub state: State,
    /// Whether an application brought them along: they have no e-mail address and no password, take no seat, and are never
    /// more than a member.
    pub embedded: bool,
    /// When they joined last.
    pub joined_at: Time,
    /// The `seq`, in the workspace's stream, of the entry by which they joined last: it tells one membership of the same
    /// person from the next, and who has been here longer.
    pub joined_seq: i64,
    /// The `seq`, in the workspace's stream, of the last change of this row.
    pub changed_seq: i64,
}

/// Whether somebody is a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// They are.
    Active,
    /// They were.
    Left,
}

pub(crate) const HANDLE: Field = Field::text("handle");
pub(crate) const STATE: Field = Field::text("state");
pub(crate) const EMBEDDED: Field = Field::bool("embedded");
pub(crate) const ROLE: Field = Field::text("role");
pub(crate) const JOINED_SEQ: Field = Field::int("joined_seq");

pub(crate) static MEMBERS: Collection = Collection {
    name: "members",
    home: Home::Workspace,
    indexes: &[
        Index { name: "by_handle", fields: &[HANDLE], unique: true },
        Index { name: "by_state", fields: &[STATE, parlance_store::ID], unique: false },
        Index { name: "by_role", fields: &[STATE, EMBEDDED, ROLE, JOINED_SEQ], unique: false },
    ],
    fields: &[
        Field::text("display_name"),
        Field::any("words"),
        Field::int("joined_at"),
        Field::int("changed_seq"),
    ],
};

impl Stored for Member {
    const COLLECTION: &'static Collection = &MEMBERS;
}

impl Member {
    /// Whether they are a member.
    #[must_use]
    pub fn is_active(&self) -> bool {
        self.state == State::Active
    }

    /// Ends the membership; the handle is free for others, and nobody finds them.
    pub(crate) fn leave(&mut self) {
        self.state = State::Left;
        self.handle = Self::no_handle(self.id);
        self.words.clear();
    }

    /// What stands for a handle where there is none: no handle begins so.
    pub(crate) fn no_handle(user: UserId) -> String {
        format!("~{user}")
    }
}

/// The stored form of [`State::Active`], for finds.
pub(crate) const ACTIVE: &str = "active";
