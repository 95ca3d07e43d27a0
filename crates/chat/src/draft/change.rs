//! Keeps drafts, and throws them away.

use parlance_base::{Author, EntryId, Result, StreamId, UserId};
use parlance_stream::{Plan, Read, Step, Submission, View};
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{Draft, DraftView};
use crate::{
    chat::{By, invalid},
    event, group,
    member::{ACTIVE, Member, READ_SEQ},
    message::MAX_CONTENT,
    own,
};

/// What the caller has begun to say.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewDraft {
    /// What it says so far, 1–10,000 characters.
    pub content: String,
    /// The message that it is to answer.
    #[schema(value_type = Option<uuid::Uuid>)]
    pub reply_to: Option<EntryId>,
    /// The message in whose thread it is to be.
    #[schema(value_type = Option<uuid::Uuid>)]
    pub thread_id: Option<EntryId>,
}

impl By {
    /// Keeps what the caller has begun to say in the group, in the place of what was kept before, and tells their devices.
    ///
    /// # Errors
    /// 404 `group.not_found`, also for a public group that the caller is no member of; 422 `message.empty`, `message.too_long`; 429
    /// `rate.limited`.
    pub async fn keep_draft(&self, group: StreamId, new: NewDraft) -> Result<DraftView> {
        if new.content.trim().is_empty() {
            return Err(invalid("message.empty", "a draft says something"));
        }
        if new.content.chars().count() > MAX_CONTENT {
            let message = format!("a draft has at most {MAX_CONTENT} characters");
            return Err(invalid("message.too_long", message));
        }
        self.change_draft(group, Some(new)).await?;
        self.own_draft(group).await
    }

    /// Throws away what the caller has begun to say in the group, if there is something, and tells their devices.
    ///
    /// # Errors
    /// 404 `group.not_found`, also for a public group that the caller is no member of; 429 `rate.limited`.
    pub async fn drop_draft(&self, group: StreamId) -> Result<()> {
        self.change_draft(group, None).await
    }

    async fn change_draft(&self, group: StreamId, new: Option<NewDraft>) -> Result<()> {
        self.chat.shared.pace.change_group(self.user())?;
        let (_, member) = self.own_part(group).await?;
        let plan = Change { user: self.user(), group, member: member.id, new };
        let told = Submission::new(Author::from(self.user()), plan);
        let told = self.streams().submit(self.workspace(), own::stream(self.user()), told).await;
        told.map_err(|error| if error.code() == "store.conflict" { group::not_found() } else { error })?;
        Ok(())
    }
}

struct Change {
    user: UserId,
    group: StreamId,
    member: Uuid,
    new: Option<NewDraft>,
}

impl Plan for Change {
    fn reads(&self) -> Vec<Read> {
        vec![Read::of::<Draft>(Draft::id_of(self.group, self.user))]
    }

    fn plan(&mut self, view: &mut View<'_>) -> Result<Step> {
        let id = Draft::id_of(self.group, self.user);
        let before = view.get::<Draft>(id)?;
        match &self.new {
            None if before.is_none() => return Ok(Step::Nothing),
            None => view.remove::<Draft>(id)?,
            Some(NewDraft { content, reply_to, thread_id }) => {
                let is_same = before.is_some_and(|before| {
                    before.content == *content
                        && before.reply_to == *reply_to
                        && before.thread_id == *thread_id
                });
                if is_same {
                    return Ok(Step::Nothing);
                }
                view.put(&Draft {
                    id,
                    user_id: self.user,
                    group_id: self.group,
                    content: content.clone(),
                    reply_to: *reply_to,
                    thread_id: *thread_id,
                    updated_at: view.now(),
                })?;
            }
        }
        // Only while they are a member.
        view.update_if::<Member>(self.member, [ACTIVE.is(true)], [READ_SEQ.raise_to(0)]);
        let data = json!({ "group_id": self.group, "draft": self.new.is_some() });
        Ok(own::tell(view, self.user, event::SETTINGS_UPDATED, data))
    }
}
