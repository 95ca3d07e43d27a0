//! Who may be meant by what somebody has typed after an `@`.

use parlance_base::{Result, StreamId, UserId};
use parlance_store::Find;
use parlance_stream::Head;
use serde::Serialize;
use utoipa::ToSchema;

use super::{Broadcast, plan::reaches_all};
use crate::{
    chat::{By, invalid},
    group,
    member::{ACTIVE, GROUP_ID, Member},
};

/// How many people are suggested at most.
const MOST: usize = 10;

/// How many people whose names begin so are looked at, to find members of a large group among them.
const LOOKED_AT: usize = 100;

/// How much somebody may have typed, in characters.
const MAX_TYPED: usize = 80;

/// Somebody who may be meant, or everybody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Suggestion {
    /// What to write after the `@`.
    pub handle: String,
    /// Who that is; none for a word that means everybody.
    #[schema(value_type = Option<uuid::Uuid>)]
    pub user_id: Option<UserId>,
    /// What they are called.
    pub name: Option<String>,
}

/// Who may be meant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Suggested {
    /// People first, up to ten, and then words for everybody.
    pub items: Vec<Suggestion>,
}

impl By {
    /// Who in the group may be meant by somebody who has typed this after an `@`.
    ///
    /// # Errors
    /// 404 `group.not_found`, also for a public group that the caller is no member of; 403 `key.missing_scope`; 422 for too long a
    /// text.
    pub async fn suggest_mentions(&self, group: StreamId, typed: &str) -> Result<Suggested> {
        if typed.chars().count() > MAX_TYPED {
            return Err(invalid("request.invalid", format!("q has at most {MAX_TYPED} characters")));
        }
        let (head, member) = self.readable(group).await?;
        let people = self.people_in(&head, typed).await?;
        let may_reach_all = member.is_some_and(|member| reaches_all(&head, &member));
        let typed = typed.to_lowercase();
        let words = Broadcast::ALL.into_iter().map(Broadcast::as_str);
        let words = words.filter(|word| may_reach_all && word.starts_with(&typed));
        let words = words.map(|word| Suggestion { handle: word.to_owned(), user_id: None, name: None });
        Ok(Suggested { items: people.into_iter().chain(words).collect() })
    }

    /// Members of the group, beside the caller, whose names begin so. Those of a large group are looked for among the first of the
    /// workspace whose names do.
    async fn people_in(&self, head: &Head, typed: &str) -> Result<Vec<Suggestion>> {
        let (group, workspaces) = (head.id, self.chat.workspaces());
        let members = if group::is_large(head) {
            let found = workspaces.beginning_with(self.workspace(), typed, LOOKED_AT).await?;
            let ids = found.iter().map(|name| Member::id_of(group, name.user)).collect::<Vec<_>>();
            self.scope().get_many::<Member>(ids).await?
        } else {
            let all = Find::new([GROUP_ID.is(group.to_string()), ACTIVE.is(true)]).limit(group::SMALL);
            self.scope().find::<Member>(all).await?
        };
        let there = members.into_iter().filter(|member| member.active && member.rights.can_read);
        let there = there.map(|member| member.user_id).filter(|user| *user != self.user());
        let mut names = workspaces.names(self.workspace(), there).await?;
        names.retain(|name| name.begins(typed));
        names.sort_by(|one, other| one.display_name.cmp(&other.display_name));
        let people = names.into_iter().filter_map(|name| {
            Some(Suggestion { handle: name.handle?, user_id: Some(name.user), name: Some(name.display_name) })
        });
        Ok(people.take(MOST).collect())
    }
}
