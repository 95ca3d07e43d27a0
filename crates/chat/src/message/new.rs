//! A message that is to be, as its author asks for it.

use parlance_base::{EntryId, Result, Time, UserId};
use serde::{Deserialize, Deserializer, de::Error as _};
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::mention;
use crate::chat::invalid;

/// How long a message may be, in characters.
pub const MAX_CONTENT: usize = 10_000;
const MAX_CLIENT_ID: usize = 64;
const MAX_METADATA: usize = 4 << 10;

/// A message that is to be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewMessage {
    /// What it says, 1–10,000 characters.
    #[schema(min_length = 1, max_length = 10_000)]
    pub content: String,
    /// The sender's own name for it, 1–64 characters: however often it is sent under this name, it is there once.
    #[schema(min_length = 1, max_length = 64)]
    pub client_id: Option<String>,
    /// The message of the same group that it answers.
    #[schema(value_type = Option<uuid::Uuid>)]
    pub reply_to: Option<EntryId>,
    /// The message of the same group in whose thread it is a reply.
    #[schema(value_type = Option<uuid::Uuid>)]
    pub thread_id: Option<EntryId>,
    /// Members of the group whom it mentions beside those whose `@handle` it says, up to 50 with these.
    #[serde(default)]
    #[schema(value_type = Vec<uuid::Uuid>)]
    pub mentions: Vec<UserId>,
    /// What the client wants to keep with it, up to 4 KiB of JSON.
    #[schema(value_type = Option<serde_json::Value>)]
    pub metadata: Option<Box<RawValue>>,
    /// When it is to be sent, in RFC 3339, within a year; without, now.
    #[serde(default, deserialize_with = "moment")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub send_at: Option<Time>,
}

impl NewMessage {
    /// One that says this and no more.
    pub(crate) fn saying(content: String) -> Self {
        let (client_id, mentions, send_at) = (None, Vec::new(), None);
        Self { content, client_id, reply_to: None, thread_id: None, mentions, metadata: None, send_at }
    }
}

/// Nothing, where the message has no name, or one that it can have.
pub(crate) fn check_name(new: &NewMessage) -> Result<()> {
    match &new.client_id {
        Some(id) if id.is_empty() || id.chars().count() > MAX_CLIENT_ID => {
            let message = format!("a client_id has 1–{MAX_CLIENT_ID} characters");
            Err(invalid("request.client_id", message))
        }
        _ => Ok(()),
    }
}

/// Nothing, where a message can be like this.
///
/// # Errors
/// 422, with what is wrong.
pub(crate) fn check_new(new: &NewMessage) -> Result<()> {
    fault(new).map_or(Ok(()), |(code, message)| Err(invalid(code, message)))
}

/// What is wrong with the message itself: told only where it does not repeat one that is stored.
pub(super) fn fault(new: &NewMessage) -> Option<(&'static str, String)> {
    let length = new.content.chars().count();
    if new.content.trim().is_empty() {
        return Some(("message.empty", "a message says something".to_owned()));
    }
    if length > MAX_CONTENT {
        return Some(("message.too_long", format!("a message has at most {MAX_CONTENT} characters")));
    }
    if let Some(fault) = mention::too_many(&new.mentions) {
        return Some(fault);
    }
    match &new.metadata {
        Some(metadata) if metadata.get().len() > MAX_METADATA => {
            Some(("message.metadata", format!("metadata has at most {MAX_METADATA} bytes")))
        }
        _ => None,
    }
}

/// A moment in RFC 3339, where there is one.
pub(crate) fn moment<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Time>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?;
    let time = text.map(|text| Time::parse_rfc3339(&text)).transpose();
    time.map_err(|_| D::Error::custom("no moment in RFC 3339"))
}
