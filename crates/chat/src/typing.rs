//! Who is typing: told to those who listen now, and never stored.

use parlance_base::{Result, StreamId};
use serde_json::json;

use crate::{
    chat::By,
    group,
    permission::{self, Act},
    realtime::StreamKey,
};

impl By {
    /// Tells the group that the caller types, or no longer. Clients forget it after five seconds; a large group is not
    /// told at all.
    ///
    /// # Errors
    /// 404 `group.not_found`; 403 `group.read_only`, `group.archived`; 429 `rate.limited`.
    pub async fn typing(&self, group: StreamId, active: bool) -> Result<()> {
        self.chat.shared.pace.typing(self.user())?;
        let (head, member) = self.known(group).await?;
        let checked = permission::check_now(&head, member.as_ref(), &self.caller, Act::GroupPost);
        self.noted(Some(group), checked)?;
        if !group::is_large(&head) {
            let data = json!({ "group_id": group, "user_id": self.user(), "active": active });
            let frame = json!({ "type": "typing", "data": data }).to_string();
            let key = StreamKey { workspace: self.workspace(), stream: group };
            self.chat.shared.signals.pass_on(key, Some(self.user()), frame.into());
        }
        Ok(())
    }
}
