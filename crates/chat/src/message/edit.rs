//! Edits a message; what it said before is kept.

use parlance_base::{Caller, EntryId, Result, StreamId};
use parlance_stream::{Draft, Entry, Head, Page, Plan, Read, Step, View};
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use super::{
    Message, VERSIONS, Version, not_found,
    send::{MAX_CONTENT, preview},
    view::{body_of, message_of},
};
use crate::{
    chat::{By, invalid},
    event, group,
    member::Member,
    permission::{self, Act},
    thread::shown_by,
};

/// What a message is to say from now on.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Edit {
    /// The new text, 1–10,000 characters.
    pub content: String,
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
        self.chat.shared.pace.send(self.user())?;
        let plan = EditMessage { caller: self.caller.clone(), group, id, content: edit.content };
        self.submit(group, plan, None).await?;
        self.shown_message(&self.known_entry(group, id).await?).await
    }

    /// The message.
    ///
    /// # Errors
    /// 404 `group.not_found`, `message.not_found`.
    pub async fn message(&self, group: StreamId, id: EntryId) -> Result<Message> {
        self.shown_message(&self.message_entry(group, id).await?).await
    }

    /// The message, with what the caller reacted to it with.
    pub(crate) async fn shown_message(&self, entry: &Entry) -> Result<Message> {
        let mut message = message_of(entry)?;
        self.add_own_reactions([&mut message]).await?;
        Ok(message)
    }

    pub(super) async fn message_entry(&self, group: StreamId, id: EntryId) -> Result<Entry> {
        let (head, member) = self.readable(group).await?;
        self.entry(&head, member.as_ref(), id).await
    }

    /// The message, for who has just changed it.
    pub(super) async fn known_entry(&self, group: StreamId, id: EntryId) -> Result<Entry> {
        let (head, member) = self.known(group).await?;
        self.entry(&head, member.as_ref(), id).await
    }

    pub(crate) async fn entry(&self, head: &Head, member: Option<&Member>, id: EntryId) -> Result<Entry> {
        let visible_from = group::visible_from(head, member);
        let entry = self.scope().get::<Entry>(id).await?;
        let is_seen = |entry: &Entry| entry.stream_id == head.id && shown_by(entry) >= visible_from;
        entry.filter(is_seen).ok_or_else(not_found)
    }
}

struct EditMessage {
    caller: Caller,
    group: StreamId,
    id: EntryId,
    content: String,
}

impl Plan for EditMessage {
    fn reads(&self) -> Vec<Read> {
        let versions = (0..VERSIONS).map(|place| Read::of::<Version>(Version::place(self.id, place)));
        let member = Read::of::<Member>(Member::id_of(self.group, self.caller.user));
        [member, Read::of::<Entry>(self.id)].into_iter().chain(versions).collect()
    }

    fn plan(&mut self, view: &mut View<'_>) -> Result<Step> {
        let (mut head, member) = permission::check_member(view, self.group, &self.caller, Act::GroupPost)?;
        let mut entry =
            permission::message(view, &head, Some(&member), &self.caller, self.id, Act::MessageEdit)?;
        let mut body = body_of(&entry)?;
        if body.deleted_at.is_some() {
            return Err(not_found());
        }
        if body.content == self.content {
            return Ok(Step::Nothing);
        }
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
        let data = json!({ "message_id": self.id });
        Ok(Step::Append(Draft { page: Page::Event, kind: event::MESSAGE_EDITED, counts: false, data }))
    }
}
