//! Who is meant by what a message says, before it is sent or edited.

use std::collections::HashMap;

use parlance_base::{Result, StreamId, UserId};
use parlance_store::Find;
use parlance_stream::Page;

use super::{GROUP_ID, Mention, PAGE, SEQ, USER_ID, Whom, text};
use crate::chat::By;

impl By {
    /// Whom a message mentions that says this, beside these people, whom its author named by their ids.
    ///
    /// # Errors
    /// `store.unavailable`.
    pub(in crate::message) async fn mentioned(&self, content: &str, named: Vec<UserId>) -> Result<Whom> {
        let text::Named { handles, broadcast } = text::named(content);
        let mut users = named.clone();
        if !handles.is_empty() {
            let asked = handles.iter().flat_map(|(whole, bare)| [whole, bare]).map(String::as_str);
            let known = self.chat.workspaces().by_handles(self.workspace(), asked).await?;
            let known: HashMap<String, UserId> = known.into_iter().collect();
            users.extend(
                handles.iter().filter_map(|(whole, bare)| known.get(whole).or_else(|| known.get(bare))),
            );
        }
        Ok(Whom::new(users, named, broadcast))
    }

    /// Which of the mentions of the caller on this page was the last one up to `seq`.
    pub(crate) async fn mention_at(&self, group: StreamId, page: &Page, seq: i64) -> Result<i64> {
        let of = [
            USER_ID.is(self.user().to_string()),
            GROUP_ID.is(group.to_string()),
            PAGE.is(page.to_string()),
            SEQ.below(seq.saturating_add(1)),
        ];
        let last = self.scope().find::<Mention>(Find::new(of).descending(SEQ).limit(1)).await?;
        Ok(last.first().map_or(0, |mention| mention.ordinal))
    }
}
