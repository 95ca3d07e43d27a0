//! Who reacted to messages.

use std::collections::HashMap;

use parlance_base::{EntryId, Result, StreamId, UserId};
use parlance_edge::Listing;
use parlance_store::Find;
use serde::Serialize;
use utoipa::ToSchema;

use super::{MESSAGE_ID, Reaction, SEQ, USER_ID};
use crate::{
    chat::By,
    member::Member,
    message::{Message, not_found, view::message_of},
};

/// How many reactions of one person are read for a page of messages: as many as there can be.
const MOST: usize = 5_000;

/// Who reacted to a message, and how.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ReactionView {
    /// With what.
    pub emoji: String,
    /// Who.
    #[schema(value_type = uuid::Uuid)]
    pub user_id: UserId,
    /// What they are called.
    pub name: String,
    /// When.
    #[schema(format = DateTime)]
    pub at: String,
}

impl By {
    /// Who reacted to the message, the first one first, after the `seq` that the page before ended with.
    ///
    /// # Errors
    /// 404 `group.not_found`, `message.not_found`; 403 `key.missing_scope`.
    pub async fn reactions(
        &self,
        group: StreamId,
        id: EntryId,
        after: Option<i64>,
        limit: usize,
    ) -> Result<Listing<ReactionView>> {
        let entry = self.message_entry(group, id).await?;
        if message_of(&entry)?.deleted_at.is_some() {
            return Err(not_found());
        }
        let of = [MESSAGE_ID.is(id.to_string())].into_iter().chain(after.map(|after| SEQ.above(after)));
        let find = Find::new(of).ascending(SEQ).limit(limit + 1);
        let page = Listing::cut(self.scope().find::<Reaction>(find).await?, limit, |it| it.seq.to_string());
        let members = page.items.iter().map(|reaction| Member::id_of(group, reaction.user_id));
        let members = self.scope().get_many::<Member>(members.collect::<Vec<_>>()).await?;
        let names: HashMap<UserId, String> =
            members.into_iter().map(|member| (member.user_id, member.name)).collect();
        let view = |Reaction { emoji, user_id, at, .. }: Reaction| ReactionView {
            name: names.get(&user_id).cloned().unwrap_or_default(),
            at: at.to_rfc3339(),
            emoji,
            user_id,
        };
        Ok(Listing { items: page.items.into_iter().map(view).collect(), next: page.next })
    }

    /// Says of each of these messages what the caller reacted to it with.
    pub(crate) async fn add_own_reactions(
        &self,
        messages: impl IntoIterator<Item = &mut Message>,
    ) -> Result<()> {
        let reacted_to = messages.into_iter().filter(|message| !message.reactions.is_empty());
        let reacted_to: Vec<&mut Message> = reacted_to.collect();
        let ids: Vec<String> = reacted_to.iter().map(|message| message.id.to_string()).collect();
        if ids.is_empty() {
            return Ok(());
        }
        let own = [USER_ID.is(self.user().to_string()), MESSAGE_ID.among(ids)];
        let mut by_message: HashMap<EntryId, Vec<String>> = HashMap::new();
        for reaction in self.scope().find::<Reaction>(Find::new(own).limit(MOST)).await? {
            by_message.entry(reaction.message_id).or_default().push(reaction.emoji);
        }
        for message in reacted_to {
            message.reacted = Some(by_message.remove(&message.id).unwrap_or_default());
        }
        Ok(())
    }
}
