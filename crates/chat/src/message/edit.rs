//! Edits a message; what it said before is kept.

use parlance_base::{Caller, EntryId, Result, StreamId, UserId};
use parlance_stream::{Draft, Entry, Page, Plan, Read, Step, View};
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use super::{
    Message, VERSIONS, Version,
    mention::{self, Addressed, Mentioning, TRIES, Whom, is_changed, keeps_changing},
    new::MAX_CONTENT,
    not_found,
    send::preview,
    view::body_of,
};
use crate::{
    chat::{By, invalid},
    event,
    member::Member,
    permission::{self, Act},
};

/// What a message is to say from now on.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Edit {
    /// The new text, 1–10,000 characters.
    pub content: String,
    /// Members of the group whom it mentions beside those whose `@handle` it says; without, those it had before.
    #[serde(default)]
    #[schema(value_type = Option<Vec<uuid::Uuid>>)]
    pub mentions: Option<Vec<UserId>>,
}

impl By {
    /// Edits the message. Saying the same again changes nothing.
    ///
    /// # Errors
    /// 403 `message.not_author`, `group.read_only`, `group.archived`; 404 `group.not_found`, `message.not_found`; 422 for what no
    /// message can say; 429 `rate.limited`.
    pub async fn edit(&self, group: StreamId, id: EntryId, edit: Edit) -> Result<Message> {
        if edit.content.trim().is_empty() {
            return Err(invalid("message.empty", "a message says something"));
        }
        if edit.content.chars().count() > MAX_CONTENT {
            return Err(invalid(
                "message.too_long",
                format!("a message has at most {MAX_CONTENT} characters"),
            ));
        }
        if let Some((code, message)) = edit.mentions.as_deref().and_then(mention::too_many) {
            return Err(invalid(code, message));
        }
        self.chat.shared.pace.send(self.user())?;
        for _ in 0..TRIES {
            let outcome = self.try_edit(group, id, &edit).await;
            if !is_changed(&outcome) {
                outcome?;
                return self.changed_message(group, id).await;
            }
        }
        Err(keeps_changing())
    }

    async fn try_edit(&self, group: StreamId, id: EntryId, edit: &Edit) -> Result<()> {
        let before = self.addressed(id).await?;
        let whom = match edit.mentions.clone() {
            Some(named) => self.mentioned(&edit.content, named).await?,
            None => self.mentioned(&edit.content, before.named.clone()).await?.named_before(),
        };
        let plan = EditMessage {
            caller: self.caller.clone(),
            group,
            id,
            content: edit.content.clone(),
            before,
            whom,
        };
        self.submit(group, plan, None).await.map(drop)
    }
}

struct EditMessage {
    caller: Caller,
    group: StreamId,
    id: EntryId,
    content: String,
    before: Addressed,
    whom: Whom,
}

impl Plan for EditMessage {
    fn reads(&self) -> Vec<Read> {
        let versions = (0..VERSIONS).map(|place| Read::of::<Version>(Version::place(self.id, place)));
        let member = Read::of::<Member>(Member::id_of(self.group, self.caller.user));
        let users: Vec<UserId> = self.before.mentions.iter().chain(self.whom.users()).copied().collect();
        let mentions = mention::reads(self.id, self.group, self.before.thread, &users);
        let answered = self.before.answered.map(Read::of::<Entry>);
        let own = [member, Read::of::<Entry>(self.id)].into_iter();
        own.chain(answered).chain(versions).chain(mentions).collect()
    }

    fn plan(&mut self, view: &mut View<'_>) -> Result<Step> {
        let (mut head, member) = permission::check_member(view, self.group, &self.caller, Act::GroupPost)?;
        let mut entry =
            permission::message(view, &head, Some(&member), &self.caller, self.id, Act::MessageEdit)?;
        let mut body = body_of(&entry)?;
        if body.deleted_at.is_some() {
            return Err(not_found());
        }
        if body.content == self.content && body.named == self.whom.named() {
            return Ok(Step::Nothing);
        }
        self.before.check(&entry)?;
        let (thread, author) = (body.thread.as_ref(), self.caller.user);
        let said = Mentioning { message: self.id, seq: entry.seq, author, group: self.group, thread };
        body.mentions = said.turn(view, &head, &self.before.mentions, &self.whom)?;
        body.named = self.whom.named().to_vec();
        body.broadcast = self.whom.broadcast(&head, &member);
        view.put(&Version {
            id: Version::place(self.id, body.edits),
            message_id: self.id,
            rev: entry.rev,
            at: body.edited_at.unwrap_or(entry.at),
            content: std::mem::replace(&mut body.content, self.content.clone()),
        })?;
        if entry.ordinal == Some(head.ordinal) {
            head.preview = Some(preview(&self.content));
            view.put_head(head);
        }
        body.edits += 1;
        body.text_rev = view.next_seq();
        body.edited_at = Some(view.now());
        entry.data = json!(body);
        entry.rev = view.next_seq();
        view.put(&entry)?;
        if let Some(answered) = self.before.answered.map(|id| view.get::<Entry>(id)).transpose()?.flatten() {
            view.tell(&answered)?;
        }
        let data = json!({ "message_id": self.id });
        Ok(Step::Append(Draft { page: Page::Event, kind: event::MESSAGE_EDITED, counts: false, data }))
    }
}
