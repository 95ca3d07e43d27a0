//! What the server tells and stores nowhere.

use parlance_base::{StreamId, UserId};
use serde::{Deserialize, Serialize};

/// Somebody types, or no longer; to be forgotten after 5 s.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct Typing {
    /// Where.
    pub group_id: StreamId,
    /// Who.
    pub user_id: UserId,
    /// Whether they type.
    pub active: bool,
}

/// Somebody else has read up to here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct Receipt {
    /// Where.
    pub group_id: StreamId,
    /// Who.
    pub user_id: UserId,
    /// The `seq` that they have read up to.
    pub seq: u64,
    /// How often they took back that they have read something: what has a lower one is older.
    #[serde(default)]
    pub read_rev: u64,
}

/// What has become of somebody whom one watches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct PresenceChange {
    /// Who.
    pub user_id: UserId,
    /// Whether they are there.
    pub status: Presence,
}

/// Whether somebody is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Presence {
    /// They are not.
    Offline,
    /// They are, and do something else.
    Away,
    /// They are.
    Online,
    /// They are, and not to be disturbed.
    Dnd,
    /// Something that this client does not know.
    #[serde(other)]
    Unknown,
}

#[derive(Deserialize)]
pub(super) struct Presences {
    pub(super) changes: Vec<PresenceChange>,
}
