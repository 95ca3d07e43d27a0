//! What a message shows of the one that it answers: joined whenever it is read, so that it says what that says now, and nothing once
//! that was deleted.

use parlance_base::{EntryId, Result};
use parlance_stream::Entry;
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    AuthorView, Message,
    send::preview,
    view::{body_of, message_of},
};
use crate::{chat::By, thread::shown_by};

/// The message that another one answers, in short.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Quote {
    /// Its place in the group's stream.
    pub seq: i64,
    /// The `seq` of its last change.
    pub rev: i64,
    /// Who wrote it.
    pub author: AuthorView,
    /// How it begins, up to 140 characters; absent once it was deleted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content: Option<String>,
}

impl By {
    /// These messages of one group, for the caller, who may see what is from `visible_from` on: each with what it answers and with what
    /// the caller reacted to it with.
    pub(crate) async fn shown_messages(&self, visible_from: i64, entries: &[Entry]) -> Result<Vec<Message>> {
        let there = |id: &EntryId| entries.iter().any(|entry| entry.id == *id);
        let elsewhere = entries.iter().filter_map(answered).filter(|id| !there(id));
        let elsewhere = self.scope().get_many::<Entry>(elsewhere.collect::<Vec<_>>()).await?;
        let shown = |entry: &Entry| {
            let quoted = quoted(entry, elsewhere.iter().chain(entries));
            let quoted = quoted.filter(|quoted| shown_by(quoted) >= visible_from);
            Ok(Message { quote: quoted.map(Quote::of).transpose()?, ..message_of(entry)? })
        };
        let mut messages = entries.iter().map(shown).collect::<Result<Vec<_>>>()?;
        self.add_own_reactions(&mut messages).await?;
        if let Some(group) = entries.first().map(|entry| entry.stream_id) {
            self.name_who_did(group, &mut messages).await?;
        }
        Ok(messages)
    }

    /// As [`shown_messages`](Self::shown_messages), of one.
    pub(crate) async fn shown_message(&self, visible_from: i64, entry: &Entry) -> Result<Message> {
        let shown = self.shown_messages(visible_from, std::slice::from_ref(entry)).await?;
        shown.into_iter().next().ok_or_else(super::not_found)
    }
}

impl Quote {
    /// What is shown of this message by one that answers it.
    ///
    /// # Errors
    /// 404 `message.not_found` for an entry that is no message.
    pub(crate) fn of(entry: &Entry) -> Result<Self> {
        let body = body_of(entry)?;
        let author =
            AuthorView { kind: entry.author_kind, id: entry.author_id.clone(), name: body.author_name };
        let content = body.deleted_at.is_none().then(|| preview(&body.content));
        Ok(Self { seq: entry.seq, rev: entry.rev, author, content })
    }
}

/// The message that this one answers, if it does.
pub(crate) fn answered(message: &Entry) -> Option<EntryId> {
    message.data.get("reply_to")?.as_str()?.parse().ok()
}

/// The one of these messages that this one answers.
pub(crate) fn quoted<'a>(message: &Entry, among: impl IntoIterator<Item = &'a Entry>) -> Option<&'a Entry> {
    let id = answered(message)?;
    among.into_iter().find(|entry| entry.id == id)
}
