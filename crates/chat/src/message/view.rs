//! A message as its readers see it.

use parlance_base::{AuthorKind, EntryId, Result, StreamId, UserId};
use parlance_stream::Entry;
use serde::{Deserialize as _, Serialize};
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::{Body, Broadcast, Forwarded, Quote, ReactionCount, SystemMessage, not_found, system};
use crate::{event, thread::Replies};

/// A message. `rev` counts up with each change of it: what has a lower one is older.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Message {
    /// Its id.
    #[schema(value_type = uuid::Uuid)]
    pub id: EntryId,
    /// The group it is in.
    #[schema(value_type = uuid::Uuid)]
    pub group_id: StreamId,
    /// Its place in the group's stream.
    pub seq: i64,
    /// The `seq` of its last change.
    pub rev: i64,
    /// Who wrote it.
    pub author: AuthorView,
    /// What its author's client called it.
    pub client_id: String,
    /// When it was written.
    #[schema(format = DateTime)]
    pub at: String,
    /// What it says; absent once it was deleted, and where nobody wrote it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content: Option<String>,
    /// What it tells, where nobody wrote it: then it has no content, and nothing can be done with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub system: Option<SystemMessage>,
    /// The message that it answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<uuid::Uuid>)]
    pub reply_to: Option<EntryId>,
    /// That message in short, for who may see it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quote: Option<Quote>,
    /// The message whose thread it is in, if it is a reply in one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<uuid::Uuid>)]
    pub thread_id: Option<EntryId>,
    /// What became of its own thread, once there is a reply.
    #[serde(flatten)]
    pub replies: Option<Replies>,
    /// Whom it mentions, where it does.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<uuid::Uuid>)]
    pub mentions: Vec<UserId>,
    /// The word by which it mentions everybody, where it does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub broadcast: Option<Broadcast>,
    /// Where it is from, if it was forwarded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub forwarded: Option<Forwarded>,
    /// What the client keeps with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<serde_json::Value>)]
    pub metadata: Option<Box<RawValue>>,
    /// Whether it is pinned.
    pub pinned: bool,
    /// How many reacted to it, with what, in the order in which that came up.
    pub reactions: Vec<ReactionCount>,
    /// What the caller reacted to it with, where anybody did: in answers to the caller, never in entries.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reacted: Option<Vec<String>>,
    /// When it was last edited.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    pub edited_at: Option<String>,
    /// When it was deleted.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    pub deleted_at: Option<String>,
    /// Who deleted it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<uuid::Uuid>)]
    pub deleted_by: Option<UserId>,
}

/// Who wrote something.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AuthorView {
    /// What they are.
    #[schema(value_type = String)]
    pub kind: AuthorKind,
    /// Their id.
    pub id: String,
    /// What they were called when they wrote it; where nobody wrote it, what they are called.
    pub name: String,
}

/// The message that this entry is, without what it answers.
///
/// # Errors
/// 404 `message.not_found` for an entry that is none.
pub(crate) fn message_of(entry: &Entry) -> Result<Message> {
    let system = system::told_by(entry);
    if system.is_none() && entry.kind != event::MESSAGE_NEW {
        return Err(not_found());
    }
    let body = if system.is_some() { Body::default() } else { body_of(entry)? };
    let author = AuthorView { kind: entry.author_kind, id: entry.author_id.clone(), name: body.author_name };
    let is_said = system.is_none() && body.deleted_at.is_none();
    Ok(Message {
        id: entry.id,
        group_id: entry.stream_id,
        seq: entry.seq,
        rev: entry.rev,
        author,
        client_id: entry.client_id.clone(),
        at: entry.at.to_rfc3339(),
        content: is_said.then_some(body.content),
        system,
        reply_to: body.reply_to,
        quote: None,
        thread_id: body.thread.map(|thread| thread.id),
        replies: body.replies.map(Replies::from),
        mentions: body.mentions,
        broadcast: body.broadcast,
        forwarded: body.forwarded.map(Forwarded::from),
        metadata: body.metadata.and_then(|text| RawValue::from_string(text).ok()),
        pinned: body.pinned,
        reactions: body.reactions,
        reacted: None,
        edited_at: body.edited_at.map(|at| at.to_rfc3339()),
        deleted_at: body.deleted_at.map(|at| at.to_rfc3339()),
        deleted_by: body.deleted_by,
    })
}

/// What a message's entry says of it.
///
/// # Errors
/// 404 `message.not_found` for an entry that is no message.
pub(crate) fn body_of(entry: &Entry) -> Result<Body> {
    Body::deserialize(&entry.data).map_err(|error| not_found().because(error))
}
