//! What a message said before it was edited.

use parlance_base::{EntryId, Result, StreamId};
use parlance_store::Find;
use serde::Serialize;
use utoipa::ToSchema;

use super::{MESSAGE_ID, REV, Version};
use crate::chat::By;

/// An earlier version of a message.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct VersionView {
    /// The `rev` that the message had.
    pub rev: i64,
    /// Since when it said this.
    #[schema(format = DateTime)]
    pub at: String,
    /// What it said.
    pub content: String,
}

impl By {
    /// The message's earlier versions, the latest first, at most 20.
    ///
    /// # Errors
    /// 404 `group.not_found`, `message.not_found`.
    pub async fn history(&self, group: StreamId, id: EntryId) -> Result<Vec<VersionView>> {
        self.message_entry(group, id).await?;
        let find = Find::new([MESSAGE_ID.is(id.to_string())]).descending(REV);
        let versions = self.scope().find::<Version>(find).await?;
        let view = |version: Version| VersionView {
            rev: version.rev,
            at: version.at.to_rfc3339(),
            content: version.content,
        };
        Ok(versions.into_iter().map(view).collect())
    }
}
