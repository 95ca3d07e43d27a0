//! Messages that are to be sent later. Each is kept for its author, changes through its author's own stream, and is sent once by a job
//! that is made with it: it claims the message first, so that what is taken back is never sent, and what is sent cannot be taken back.

mod change;
mod forget;
mod schedule;
mod send;

use parlance_base::{Credential, EntryId, Error, Kind, Result, ScheduledId, StreamId, Time, UserId};
use parlance_edge::Listing;
use parlance_store::{Collection, Field, Find, Findings, Home, Index, Scope, Stored};
use parlance_stream::Head;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::ToSchema;

use crate::{chat::By, own, permission};

pub(crate) use send::{SCHEDULED, Sending};

/// How many messages of a user may wait in a workspace, or be kept because they could not be sent.
const MOST: usize = 100;

/// How many that were taken back are remembered until their time would have come.
const MOST_CANCELLED: usize = 1_000;

/// A message that is to be sent later, as it is stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Scheduled {
    id: ScheduledId,
    user_id: UserId,
    group_id: StreamId,
    content: String,
    /// Under which name it is sent.
    client_id: String,
    reply_to: Option<EntryId>,
    thread_id: Option<EntryId>,
    #[serde(default)]
    mentions: Vec<UserId>,
    /// What the client keeps with it: JSON text, opaque here.
    metadata: Option<String>,
    send_at: Time,
    created_at: Time,
    /// The `seq` in its author's own stream at which it was scheduled: a name may be used again once it was taken back.
    made_seq: i64,
    /// What its author proved themselves with.
    credential: Credential,
    /// Since when its author is of the workspace: what they were to say before they went is not theirs when they come again.
    #[serde(default)]
    joined_seq: i64,
    /// Since when it is being sent.
    claimed_at: Option<Time>,
    state: ScheduledState,
    /// Why it was not sent.
    error: Option<Unsent>,
}

/// What has become of a message that is to be sent later.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ScheduledState {
    /// Its time has not come.
    Waiting,
    /// It is being sent, and is not taken back any more.
    Sending,
    /// It could not be sent.
    Failed,
    /// It was taken back. It is remembered without what it said, so that a late repetition does not schedule it again.
    Cancelled,
}

/// Why a message was not sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Unsent {
    /// As sending it then would have been refused.
    pub code: String,
    /// The same for people.
    pub message: String,
}

/// A message of the caller's that is to be sent later.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ScheduledMessage {
    /// Its id; the message that comes of it has another one.
    #[schema(value_type = uuid::Uuid)]
    pub id: ScheduledId,
    /// The group.
    #[schema(value_type = uuid::Uuid)]
    pub group_id: StreamId,
    /// What it says.
    pub content: String,
    /// The name under which it is sent.
    pub client_id: String,
    /// The message that it is to answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<uuid::Uuid>)]
    pub reply_to: Option<EntryId>,
    /// The message in whose thread it is to be.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<uuid::Uuid>)]
    pub thread_id: Option<EntryId>,
    /// Whom it names by their ids.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<uuid::Uuid>)]
    pub mentions: Vec<UserId>,
    /// What the client keeps with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<serde_json::Value>)]
    pub metadata: Option<Box<RawValue>>,
    /// When it is to be sent.
    #[schema(format = DateTime)]
    pub send_at: String,
    /// What has become of it.
    pub state: ScheduledState,
    /// Why it was not sent, where it was not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<Unsent>,
    /// When it was scheduled.
    #[schema(format = DateTime)]
    pub created_at: String,
}

const USER_ID: Field = Field::text("user_id");
const GROUP_ID: Field = Field::text("group_id");
const SEND_AT: Field = Field::int("send_at");

/// The messages of a workspace's members that are to be sent later.
pub(crate) static SCHEDULED_MESSAGES: Collection = Collection {
    name: "scheduled_messages",
    home: Home::Workspace,
    indexes: &[Index { name: "by_user", fields: &[USER_ID, GROUP_ID, SEND_AT], unique: false }],
    fields: &[
        Field::text("state"),
        Field::any("error"),
        Field::int("claimed_at"),
        Field::text("content"),
        Field::text("reply_to"),
        Field::text("thread_id"),
        Field::any("mentions"),
        Field::text("metadata"),
    ],
};

impl Stored for Scheduled {
    const COLLECTION: &'static Collection = &SCHEDULED_MESSAGES;
}

impl Scheduled {
    fn is_claimed(&self) -> bool {
        self.state == ScheduledState::Sending
    }

    /// Whether a late repetition of what scheduled it could schedule it again.
    fn may_come_again(&self, now: Time) -> bool {
        let is_named = self.client_id != self.id.to_string();
        self.state == ScheduledState::Waiting && self.send_at > now && is_named
    }

    /// The same, taken back: without anything that it was to say.
    fn emptied(self) -> Self {
        Self {
            content: String::new(),
            reply_to: None,
            thread_id: None,
            mentions: Vec::new(),
            metadata: None,
            state: ScheduledState::Cancelled,
            ..self
        }
    }
}

impl From<Scheduled> for ScheduledMessage {
    fn from(it: Scheduled) -> Self {
        Self {
            id: it.id,
            group_id: it.group_id,
            content: it.content,
            client_id: it.client_id,
            reply_to: it.reply_to,
            thread_id: it.thread_id,
            mentions: it.mentions,
            metadata: it.metadata.and_then(|text| RawValue::from_string(text).ok()),
            send_at: it.send_at.to_rfc3339(),
            state: it.state,
            error: it.error,
            created_at: it.created_at.to_rfc3339(),
        }
    }
}

impl By {
    /// The caller's messages to the group that are to be sent later, or could not be, the next one first: all there are, also where the
    /// caller is no member of the group any more.
    ///
    /// # Errors
    /// 404 `group.not_found` where there are none and the caller is no member; 403 `key.missing_scope`.
    pub async fn scheduled(&self, group: StreamId) -> Result<Listing<ScheduledMessage>> {
        self.noted(Some(group), permission::check_own(&self.caller))?;
        let theirs = [USER_ID.is(self.user().to_string()), GROUP_ID.is(group.to_string())];
        let find = Find::new(theirs).ascending(SEND_AT).limit(MOST + MOST_CANCELLED);
        let mut found = self.scope().find::<Scheduled>(find).await?;
        found.retain(|it| it.state != ScheduledState::Cancelled);
        if found.is_empty() {
            let (_, member) = self.known(group).await?;
            member.filter(|member| member.active).ok_or_else(crate::group::not_found)?;
        }
        Ok(Listing { items: found.into_iter().map(ScheduledMessage::from).collect(), next: None })
    }
}

/// Notes that the head of somebody's own stream counts other messages to be sent later than there are.
///
/// # Errors
/// `store.unavailable` while the store is out of reach.
pub(crate) async fn check(scope: &Scope, head: &Head, findings: &mut Findings) -> Result<()> {
    let (user, counted) = (head.id, own::details(head));
    let theirs = Find::new([USER_ID.is(user.to_string())]).limit(MOST + MOST_CANCELLED + 1);
    let all = scope.find::<Scheduled>(theirs).await?;
    let cancelled = all.iter().filter(|it| it.state == ScheduledState::Cancelled).count();
    for (what, counted, there) in [
        ("are to be sent later", counted.scheduled, all.len() - cancelled),
        ("were taken back", counted.cancelled, cancelled),
    ] {
        let there = i64::try_from(there).unwrap_or(i64::MAX);
        let wrong = || format!("user {user}: {counted} messages that {what} are counted, of {there}");
        findings.expect(counted == there, wrong);
    }
    Ok(())
}

fn not_found() -> Error {
    Error::new(Kind::NotFound, "scheduled.not_found", "you have no such message that is to be sent later")
}
