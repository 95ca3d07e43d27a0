//! Changes what a group is called, what it is about and who may find it.

use parlance_base::{Caller, Result, StreamId};
use parlance_stream::{Draft, Head, Page, Plan, Read, Step, View};
use parlance_workspace::visible;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::{DefaultRights, Group, GroupHistory, GroupKind, Visibility, details, newcomers, visibility};
use crate::{
    chat::{By, invalid},
    event,
    member::Member,
    permission::{self, Act},
};

/// What is to change; what is left out stays.
#[derive(Clone, Debug, Default, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GroupChange {
    /// A new name, 1–80 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// A new description, up to 1,000 characters; empty for none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Who may find and read it from now on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub visibility: Option<Visibility>,
    /// What those may who become members from now on; what is left out of it is as the kind has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_rights: Option<DefaultRights>,
    /// How much those see who become members from now on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub history: Option<GroupHistory>,
}

impl By {
    /// Changes the group.
    ///
    /// # Errors
    /// 403 `group.not_admin`, `workspace.insufficient_role`; 404 `group.not_found`; 422 `group.is_direct`, and for what no group can be; 429
    /// `rate.limited`.
    pub async fn update_group(&self, id: StreamId, change: GroupChange) -> Result<Group> {
        if let Some(name) = &change.name {
            check_name(name, 80)?;
        }
        check_description(change.description.as_deref().unwrap_or_default(), 1_000)?;
        self.chat.shared.pace.change_group(self.user())?;
        self.submit(id, Update { caller: self.caller.clone(), id, change }, None).await?;
        self.known_group(id).await
    }
}

/// A name that people can tell apart from nothing.
pub(super) fn check_name(name: &str, most: usize) -> Result<()> {
    if name.trim().is_empty() || name.chars().count() > most || visible(name) != name {
        let message = format!("a name has 1–{most} characters that can be seen, and not only spaces");
        return Err(invalid("group.name", message));
    }
    Ok(())
}

pub(super) fn check_description(description: &str, most: usize) -> Result<()> {
    if description.chars().count() > most {
        return Err(invalid("group.description", format!("a description has up to {most} characters")));
    }
    Ok(())
}

struct Update {
    caller: Caller,
    id: StreamId,
    change: GroupChange,
}

impl Plan for Update {
    fn reads(&self) -> Vec<Read> {
        vec![Read::of::<Member>(Member::id_of(self.id, self.caller.user))]
    }

    fn plan(&mut self, view: &mut View<'_>) -> Result<Step> {
        let (mut head, _) = permission::check(view, self.id, &self.caller, Act::GroupManage)?;
        if super::kind(&head)? == GroupKind::Direct {
            return Err(invalid("group.is_direct", "a direct group has no name and stays private"));
        }
        let before = head.clone();
        if let Some(name) = &self.change.name {
            head.name = Some(name.clone());
        }
        if let Some(visibility) = self.change.visibility {
            permission::check_make(&self.caller, visibility)?;
            head.visibility = visibility.as_str().to_owned();
        }
        let mut details = details(&head);
        if let Some(description) = &self.change.description {
            details.description = Some(description.clone()).filter(|description| !description.is_empty());
        }
        details.default_rights = self.change.default_rights.unwrap_or(details.default_rights);
        details.history = self.change.history.unwrap_or(details.history);
        newcomers::check(visibility(&head), details.history)?;
        head.details = json!(details);
        if head == before {
            return Ok(Step::Nothing);
        }
        let is_noticed = shown(&head) != shown(&before);
        let page = if is_noticed { event::noticed(view) } else { Page::Event };
        view.put_head(head);
        let data = json!({ "group": self.change });
        Ok(Step::Append(Draft { page, kind: event::GROUP_UPDATED, counts: false, data }))
    }
}

/// What of a group people notice when it changes.
fn shown(head: &Head) -> (Option<String>, String, Option<String>) {
    (head.name.clone(), head.visibility.clone(), details(head).description)
}
