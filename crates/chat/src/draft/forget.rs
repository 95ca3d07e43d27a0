//! Throws away what somebody had begun to say who is known no more.

use parlance_base::{Author, Result, StreamId, UserId, WorkspaceId};
use parlance_store::Find;
use parlance_stream::{Plan, Read, Step, Submission, View};
use serde_json::json;

use super::{Draft, USER_ID};
use crate::{chat::Chat, event, own};

/// How many are thrown away at once.
const AT_ONCE: usize = 100;

impl Chat {
    /// Throws away the drafts of somebody who is known no more.
    ///
    /// # Errors
    /// `store.unavailable`.
    pub(crate) async fn forget_drafts(&self, workspace: WorkspaceId, user: UserId) -> Result<()> {
        let theirs = || Find::new([USER_ID.is(user.to_string())]).limit(AT_ONCE);
        loop {
            let drafts = self.shared.store.workspace(workspace).find::<Draft>(theirs()).await?;
            if drafts.is_empty() {
                return Ok(());
            }
            for draft in drafts {
                let gone = Submission::new(Author::system(), Forget { user, group: draft.group_id });
                self.streams().submit(workspace, own::stream(user), gone).await?;
            }
        }
    }
}

struct Forget {
    user: UserId,
    group: StreamId,
}

impl Plan for Forget {
    fn reads(&self) -> Vec<Read> {
        vec![Read::of::<Draft>(Draft::id_of(self.group, self.user))]
    }

    fn plan(&mut self, view: &mut View<'_>) -> Result<Step> {
        let id = Draft::id_of(self.group, self.user);
        if view.get::<Draft>(id)?.is_none() {
            return Ok(Step::Nothing);
        }
        view.remove::<Draft>(id)?;
        let data = json!({ "group_id": self.group, "draft": false });
        Ok(own::tell(view, self.user, event::SETTINGS_UPDATED, data))
    }
}
