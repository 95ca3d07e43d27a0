//! Closes a group for posting, or opens it again.

use parlance_base::{Caller, Result, StreamId};
use parlance_stream::{Draft, Plan, Read, Step, View};
use parlance_workspace::audit;
use serde_json::json;

use super::{ACTIVE, ARCHIVED, Group};
use crate::{
    chat::By,
    event,
    member::Member,
    permission::{self, Act},
};

impl By {
    /// Closes the group for posting, or opens it again.
    ///
    /// # Errors
    /// 403 `group.not_admin`; 404 `group.not_found`; 429 `rate.limited`.
    pub async fn archive_group(&self, id: StreamId, archived: bool) -> Result<Group> {
        self.chat.shared.pace.change_group(self.user())?;
        let state = if archived { ARCHIVED } else { ACTIVE };
        self.submit(id, Become { caller: self.caller.clone(), id, state }, None).await?;
        self.known_group(id).await
    }
}

struct Become {
    caller: Caller,
    id: StreamId,
    state: &'static str,
}

impl Plan for Become {
    fn reads(&self) -> Vec<Read> {
        vec![Read::of::<Member>(Member::id_of(self.id, self.caller.user))]
    }

    fn plan(&mut self, view: &mut View<'_>) -> Result<Step> {
        let (mut head, _) = permission::check(view, self.id, &self.caller, Act::GroupManage)?;
        if head.state == self.state {
            return Ok(Step::Nothing);
        }
        self.state.clone_into(&mut head.state);
        if self.state == ACTIVE {
            head.touch(view.now());
        }
        view.put_head(head);
        let kind = if self.state == ARCHIVED { event::GROUP_ARCHIVED } else { event::GROUP_RESTORED };
        audit::record(view, &self.caller, kind, Some(self.id.to_string()))?;
        Ok(Step::Append(Draft { page: event::noticed(view), kind, counts: false, data: json!({}) }))
    }
}
