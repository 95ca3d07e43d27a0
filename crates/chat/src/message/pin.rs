//! Pins messages: what a group wants at hand, for all of its readers.

use std::collections::HashMap;

use parlance_base::{Caller, EntryId, Result, StreamId, Time, UserId};
use parlance_edge::Listing;
use parlance_store::{Collection, Field, Find, Home, Index, Stored};
use parlance_stream::{Draft, Entry, Page, Plan, Read, Step, View};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::{Message, not_found, view::body_of};
use crate::{
    chat::{By, invalid},
    event, group,
    member::Member,
    permission::{self, Act},
    thread::shown_by,
};

/// How many messages of a group are pinned at most.
pub(crate) const MAX_PINS: i64 = 100;

/// That a message is pinned; its id is the message's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Pin {
    pub(crate) id: EntryId,
    pub(crate) group_id: StreamId,
    /// The message's place in the group's stream.
    pub(crate) seq: i64,
    pinned_by: UserId,
    pinned_at: Time,
}

pub(crate) const GROUP_ID: Field = Field::text("group_id");
pub(crate) const SEQ: Field = Field::int("seq");

/// The pins of a workspace.
pub(crate) static PINS: Collection = Collection {
    name: "pins",
    home: Home::Workspace,
    indexes: &[Index { name: "by_group", fields: &[GROUP_ID, SEQ], unique: true }],
    fields: &[Field::text("pinned_by"), Field::int("pinned_at")],
};

impl Stored for Pin {
    const COLLECTION: &'static Collection = &PINS;
}

/// A message that is pinned.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PinnedMessage {
    /// The message.
    pub message: Message,
    /// Who has pinned it.
    #[schema(value_type = uuid::Uuid)]
    pub pinned_by: UserId,
    /// When they did.
    #[schema(format = DateTime)]
    pub pinned_at: String,
}

impl By {
    /// Pins the message, or takes its pin away. Where it is so already, nothing changes.
    ///
    /// # Errors
    /// 403 `group.missing_right`; 404 `group.not_found`, `message.not_found`; 422 `group.too_many_pins`; 429 `rate.limited`.
    pub async fn pin(&self, group: StreamId, id: EntryId, pinned: bool) -> Result<Message> {
        self.chat.shared.pace.change_group(self.user())?;
        let plan = PinMessage { caller: self.caller.clone(), group, id, pinned };
        self.submit(group, plan, None).await?;
        self.changed_message(group, id).await
    }

    /// The group's pinned messages, the newest message first, below the `seq` that the page before ended with.
    ///
    /// # Errors
    /// 404 `group.not_found`; 403 `key.missing_scope`.
    pub async fn pins(
        &self,
        group: StreamId,
        below: Option<i64>,
        limit: usize,
    ) -> Result<Listing<PinnedMessage>> {
        let (head, member) = self.readable(group).await?;
        let hidden = group::visible_from(&head, member.as_ref()).saturating_sub(1);
        let conds = [GROUP_ID.is(group.to_string()), SEQ.above(hidden)];
        let conds = conds.into_iter().chain(below.map(|below| SEQ.below(below)));
        let pins = self.scope().find::<Pin>(Find::new(conds).descending(SEQ).limit(limit + 1)).await?;
        let pins = Listing::cut(pins, limit, |pin| pin.seq.to_string());
        let messages = self.scope().get_many::<Entry>(pins.items.iter().map(|pin| pin.id)).await?;
        let shown: Vec<Entry> = messages.into_iter().filter(|message| shown_by(message) > hidden).collect();
        let messages = self.shown_messages(hidden + 1, &shown).await?;
        let mut messages: HashMap<EntryId, Message> =
            messages.into_iter().map(|message| (message.id, message)).collect();
        // One whose pin was taken away since, or that was deleted, is not pinned.
        let pinned = pins.items.iter().filter_map(|pin| {
            let message = messages.remove(&pin.id).filter(|message| message.pinned)?;
            Some(PinnedMessage { message, pinned_by: pin.pinned_by, pinned_at: pin.pinned_at.to_rfc3339() })
        });
        Ok(Listing { items: pinned.collect(), next: pins.next })
    }
}

struct PinMessage {
    caller: Caller,
    group: StreamId,
    id: EntryId,
    pinned: bool,
}

impl Plan for PinMessage {
    fn reads(&self) -> Vec<Read> {
        let member = Read::of::<Member>(Member::id_of(self.group, self.caller.user));
        vec![member, Read::of::<Entry>(self.id), Read::of::<Pin>(self.id)]
    }

    fn plan(&mut self, view: &mut View<'_>) -> Result<Step> {
        let (mut head, member) = permission::check_member(view, self.group, &self.caller, Act::GroupPin)?;
        let mut entry =
            permission::message(view, &head, Some(&member), &self.caller, self.id, Act::GroupPin)?;
        let mut body = body_of(&entry)?;
        if body.deleted_at.is_some() {
            return Err(not_found());
        }
        if body.pinned == self.pinned {
            return Ok(Step::Nothing);
        }
        if self.pinned {
            if group::details(&head).pins >= MAX_PINS {
                let message = format!("a group has at most {MAX_PINS} pinned messages");
                return Err(invalid("group.too_many_pins", message));
            }
            let (group_id, seq, pinned_at) = (self.group, entry.seq, view.now());
            view.put(&Pin { id: self.id, group_id, seq, pinned_by: self.caller.user, pinned_at })?;
        } else {
            view.remove::<Pin>(self.id)?;
        }
        group::count_pins(&mut head, if self.pinned { 1 } else { -1 });
        view.put_head(head);
        body.pinned = self.pinned;
        entry.data = json!(body);
        entry.rev = view.next_seq();
        view.put(&entry)?;
        let data = json!({ "message_id": self.id, "pinned": self.pinned });
        Ok(Step::Append(Draft { page: Page::Event, kind: event::MESSAGE_PINNED, counts: false, data }))
    }
}
