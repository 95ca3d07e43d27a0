//! What is said and asked of who is there.

use parlance_base::{UserId, WorkspaceId};
use serde::{Deserialize, Serialize};

/// What somebody does on a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Activity {
    /// They have something else before them.
    Away,
    /// They look.
    Online,
}

/// Whether somebody is there, as others see it. Of several, the last one counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// They are not.
    #[default]
    Offline,
    /// They are, and do something else.
    Away,
    /// They are.
    Online,
    /// They are, and not to be disturbed.
    Dnd,
}

/// What a connection wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wish {
    /// That its user is seen to be there like this.
    Is(Activity),
    /// To be told of these users, and of no others.
    Watch(Vec<UserId>),
}

/// Which users of a workspace are there, as one node says it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sightings {
    /// The workspace.
    pub workspace: WorkspaceId,
    /// The users, each with what they are there.
    pub users: Vec<(UserId, Status)>,
}
