//! Closes a group for posting, opens it again, or ends it.

use parlance_base::{Caller, Result, StreamId};
use parlance_stream::{Draft, Page, Plan, Read, Step, View};
use parlance_workspace::audit;
use serde_json::json;

use super::{ACTIVE, ARCHIVED, DELETED, Group};
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

    /// Ends the group: from now on there is no such group for anybody.
    ///
    /// # Errors
    /// 403 `group.not_owner`; 404 `group.not_found`; 429 `rate.limited`.
    pub async fn delete_group(&self, id: StreamId) -> Result<()> {
        self.chat.shared.pace.change_group(self.user())?;
        self.submit(id, Become { caller: self.caller.clone(), id, state: DELETED }, None).await.map(drop)
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
        let act = if self.state == DELETED { Act::GroupDelete } else { Act::GroupManage };
        let (mut head, _) = permission::check(view, self.id, &self.caller, act)?;
        if head.state == self.state {
            return Ok(Step::Nothing);
        }
        self.state.clone_into(&mut head.state);
        if self.state == ACTIVE {
            head.touch(view.now());
        }
        view.put_head(head);
        let kind = match self.state {
            ARCHIVED => event::GROUP_ARCHIVED,
            DELETED => event::GROUP_DELETED,
            _ => event::GROUP_RESTORED,
        };
        audit::record(view, &self.caller, kind, Some(self.id.to_string()))?;
        let page = if self.state == DELETED { Page::Event } else { event::noticed(view) };
        Ok(Step::Append(Draft { page, kind, counts: false, data: json!({}) }))
    }
}
