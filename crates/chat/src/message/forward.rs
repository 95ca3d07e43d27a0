//! Forwards messages: a copy in another group, which says where it is from and goes its own way.

use parlance_base::{AuthorKind, EntryId, Result, StreamId, Time};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{NewMessage, Sent, not_found, send::Occasion, view::body_of};
use crate::{
    chat::By,
    permission::{self, Act},
};

/// Where a message is to be forwarded to.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Forward {
    /// The group.
    #[schema(value_type = uuid::Uuid)]
    pub group_id: StreamId,
    /// The sender's own name for the copy, 1–64 characters: however often it is sent under this name, it is there once.
    pub client_id: Option<String>,
}

/// Where a copy is from, as it keeps it. What its author was called is not kept, since it would be with whoever forwards it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Origin {
    group_id: StreamId,
    message_id: EntryId,
    author_kind: AuthorKind,
    author_id: String,
    at: Time,
}

/// Where a forwarded message is from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Forwarded {
    /// The group, which its readers may know of or not.
    #[schema(value_type = uuid::Uuid)]
    pub group_id: StreamId,
    /// The message there.
    #[schema(value_type = uuid::Uuid)]
    pub message_id: EntryId,
    /// What its author is.
    #[schema(value_type = String)]
    pub author_kind: AuthorKind,
    /// Its author.
    pub author_id: String,
    /// When it was written.
    #[schema(format = DateTime)]
    pub at: String,
}

impl From<Origin> for Forwarded {
    fn from(Origin { group_id, message_id, author_kind, author_id, at }: Origin) -> Self {
        Self { group_id, message_id, author_kind, author_id, at: at.to_rfc3339() }
    }
}

impl By {
    /// Sends a copy of the message to another group, or the same; false where it was sent under the same name before. It mentions
    /// nobody.
    ///
    /// # Errors
    /// 404 `group.not_found`, `message.not_found`, also for one that was deleted; 403 `key.missing_scope`; else as
    /// [`send`](Self::send) for the group that it goes to.
    pub async fn forward(&self, from: StreamId, id: EntryId, to: Forward) -> Result<(Sent, bool)> {
        self.noted(Some(from), permission::check_scope(&self.caller, Act::GroupPost))?;
        let entry = self.message_entry(from, id).await?;
        let body = body_of(&entry)?;
        if body.deleted_at.is_some() {
            return Err(not_found());
        }
        // A copy of a copy is from where the first one is.
        let origin = body.forwarded.unwrap_or(Origin {
            group_id: from,
            message_id: id,
            author_kind: entry.author_kind,
            author_id: entry.author_id,
            at: entry.at,
        });
        let new = NewMessage { client_id: to.client_id, ..NewMessage::saying(body.content) };
        self.deliver(to.group_id, new, Occasion::Forwarded(origin)).await
    }
}
