//! `/api/chat/groups/{id}/draft`.

use http::Method;
use parlance_base::StreamId;

use super::{InWorkspace, call::Call, groups::of};
use crate::{
    Error,
    wire::{Draft, NewDraft},
};

impl InWorkspace {
    /// What the caller has begun to say in the group.
    ///
    /// # Errors
    /// 404 `group.not_found`, `draft.not_found`.
    pub async fn draft(&self, group: StreamId) -> Result<Draft, Error> {
        self.get(of(group, "/draft")).await
    }

    /// Keeps what the caller has begun to say in the group, in the place of what was kept before.
    ///
    /// # Errors
    /// 404 `group.not_found`; 422 `message.empty`, `message.too_long`.
    pub async fn keep_draft(&self, group: StreamId, draft: &NewDraft) -> Result<Draft, Error> {
        self.call(Call::new(Method::PUT, of(group, "/draft")).json(draft)?).await
    }

    /// Throws away what the caller has begun to say in the group.
    ///
    /// # Errors
    /// 404 `group.not_found`.
    pub async fn drop_draft(&self, group: StreamId) -> Result<(), Error> {
        self.delete(of(group, "/draft")).await
    }
}
