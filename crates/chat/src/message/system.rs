//! Messages that nobody wrote: changes of the group that its readers are shown among what was said. What such a message says is its
//! kind and its parameters, which clients put into words.

use std::collections::HashMap;

use parlance_base::{Result, StreamId};
use parlance_stream::{Entry, Page};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::Message;
use crate::{chat::By, member::Member};

/// What a message tells that nobody wrote.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SystemMessage {
    /// What happened: the type of the entry, as `member.added`.
    pub kind: String,
    /// What the entry tells of it.
    #[schema(value_type = Object)]
    pub params: Value,
}

/// What the entry tells as a message that nobody wrote; none where it is something else.
pub(crate) fn told_by(entry: &Entry) -> Option<SystemMessage> {
    let is_system = entry.page == Page::System;
    is_system.then(|| SystemMessage { kind: entry.kind.clone(), params: entry.data.clone() })
}

impl By {
    /// Says of those of these messages of the group that nobody wrote what who brought them about is called.
    pub(super) async fn name_who_did(&self, group: StreamId, messages: &mut [Message]) -> Result<()> {
        let nameless = messages.iter_mut().filter(|message| message.system.is_some());
        let mut nameless: Vec<&mut Message> = nameless.collect();
        let users = nameless.iter().filter_map(|message| message.author.id.parse().ok());
        let members: Vec<_> = users.map(|user| Member::id_of(group, user)).collect();
        if members.is_empty() {
            return Ok(());
        }
        let members = self.scope().get_many::<Member>(members).await?;
        let names = members.into_iter().map(|member| (member.user_id.to_string(), member.name));
        let names: HashMap<String, String> = names.collect();
        for message in &mut nameless {
            message.author.name = names.get(&message.author.id).cloned().unwrap_or_default();
        }
        Ok(())
    }
}
