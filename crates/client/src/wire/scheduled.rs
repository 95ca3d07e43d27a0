//! Messages that are to be sent later.

use parlance_base::{EntryId, ScheduledId, StreamId, Time, UserId};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{NewMessage, Sent, moment};

/// A message of the caller's that is to be sent later.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Scheduled {
    /// Its id; the message that comes of it has another one.
    pub id: ScheduledId,
    /// The group.
    pub group_id: StreamId,
    /// What it says.
    pub content: String,
    /// The name under which it is sent.
    pub client_id: String,
    /// The message that it is to answer.
    pub reply_to: Option<EntryId>,
    /// The message in whose thread it is to be.
    pub thread_id: Option<EntryId>,
    /// Whom it names by their ids.
    #[serde(default)]
    pub mentions: Vec<UserId>,
    /// What the client keeps with it.
    pub metadata: Option<Value>,
    /// When it is to be sent.
    #[serde(deserialize_with = "moment::read")]
    pub send_at: Time,
    /// What has become of it: `waiting`, `sending` or `failed`.
    pub state: String,
    /// Why it was not sent, where it was not.
    pub error: Option<Unsent>,
    /// When it was scheduled.
    #[serde(deserialize_with = "moment::read")]
    pub created_at: Time,
}

/// Why a message was not sent.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Unsent {
    /// As sending it then would have been refused.
    pub code: String,
    /// The same for people.
    pub message: String,
}

/// What who schedules a message is told.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(untagged)]
pub enum Schedule {
    /// It waits for its time.
    Waiting(Box<Scheduled>),
    /// It was sent already, under the same name.
    Sent(Sent),
}

#[derive(Serialize)]
pub(crate) struct Later<'a> {
    #[serde(flatten)]
    pub(crate) message: &'a NewMessage,
    pub(crate) send_at: String,
}
