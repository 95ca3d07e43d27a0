//! Throws away what somebody was to say later who is known no more.

use parlance_base::{Author, Result, UserId, WorkspaceId};
use parlance_store::Find;

use super::{
    MOST, MOST_CANCELLED, Scheduled, USER_ID,
    change::{Change, Turn},
};
use crate::chat::Chat;

impl Chat {
    /// Throws away the messages that somebody who is known no more was to send later: at most as many as there can be.
    ///
    /// # Errors
    /// `store.unavailable`.
    pub(crate) async fn forget_scheduled(&self, workspace: WorkspaceId, user: UserId) -> Result<()> {
        let theirs = Find::new([USER_ID.is(user.to_string())]).limit(MOST + MOST_CANCELLED);
        for scheduled in self.shared.store.workspace(workspace).find::<Scheduled>(theirs).await? {
            let (group, id, turn) = (scheduled.group_id, scheduled.id, Turn::Forget);
            let change = Change { user, group, id, made_seq: None, turn };
            self.change_scheduled(workspace, Author::system(), change).await?;
        }
        Ok(())
    }
}
