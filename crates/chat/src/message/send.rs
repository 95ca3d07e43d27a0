//! Sends a message.

use parlance_base::{Caller, EntryId, Kind, Result, StreamId, UserId};
use parlance_stream::{Draft, Entry, Head, Page, Plan, Read, Receipt, Step, View};
use serde_json::json;
use utoipa::ToSchema;

use super::{
    Body, Broadcast, Message, Origin,
    mention::{self, Mentioning, Whom},
    new::{NewMessage, check_name, fault},
    not_found,
};
use crate::{
    chat::{By, invalid},
    event, group,
    member::Member,
    permission::{self, Act},
    read_state::{self, Pointer},
    scheduled::ScheduledMessage,
    thread::{InThread, Reply, shown_by},
};

const PREVIEW: usize = 140;

/// What makes a message be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Occasion {
    /// Its author says it.
    Said,
    /// Its author forwards one that is there.
    Forwarded(Origin),
    /// The time has come for which its author scheduled it, whether they are there or not: it moves no read pointer.
    Due,
}

impl By {
    /// Sends the message, or has it sent later where it says so; false where this sender had sent it under the same name before: it
    /// then answers what is stored, or only where it is, if the sender may not read it any more.
    ///
    /// # Errors
    /// 403 `group.read_only`, `group.archived`, `thread.closed`; 404 `group.not_found`; 422 for what no message can be; 429
    /// `rate.limited`.
    pub async fn send(&self, group: StreamId, new: NewMessage) -> Result<(Sent, bool)> {
        match new.send_at {
            Some(at) => {
                self.chat.shared.pace.send(self.user())?;
                self.schedule(group, new, at).await
            }
            None => self.deliver(group, new, Occasion::Said).await,
        }
    }

    /// Sends a message that the caller has scheduled, now that its time has come.
    ///
    /// # Errors
    /// As [`send`](Self::send), but for `rate.limited`.
    pub(crate) async fn send_scheduled(&self, group: StreamId, new: NewMessage) -> Result<Sent> {
        Ok(self.deliver(group, new, Occasion::Due).await?.0)
    }

    /// As [`send`](Self::send), on this occasion.
    pub(super) async fn deliver(
        &self,
        group: StreamId,
        new: NewMessage,
        occasion: Occasion,
    ) -> Result<(Sent, bool)> {
        let outcome = self.try_send(group, new, occasion).await;
        self.chat.shared.sends.count(&outcome);
        outcome
    }

    async fn try_send(&self, group: StreamId, new: NewMessage, occasion: Occasion) -> Result<(Sent, bool)> {
        if occasion != Occasion::Due {
            self.chat.shared.pace.send(self.user())?;
        }
        check_name(&new)?;
        let client_id = new.client_id.clone();
        let reply = match new.thread_id {
            Some(thread) => Some(self.reply(thread).await?.of(occasion != Occasion::Due)),
            None => None,
        };
        let faults = fault(&new);
        let whom = match faults {
            None if !matches!(occasion, Occasion::Forwarded(_)) => {
                self.mentioned(&new.content, new.mentions.clone()).await?
            }
            _ => Whom::default(),
        };
        let plan = Send { caller: self.caller.clone(), group, faults, reply, whom, occasion, new };
        match self.submit(group, plan, client_id).await? {
            // Who answers a message has seen it.
            Receipt::Appended(entry) => Ok((self.sent(1, &entry).await?, true)),
            Receipt::Repeated(entry) => Ok((self.repeated(group, &entry).await?, false)),
            Receipt::Unchanged => Err(not_found()),
        }
    }

    pub(crate) async fn repeated(&self, group: StreamId, entry: &Entry) -> Result<Sent> {
        let place = Ok(Sent::Place { id: entry.id, seq: entry.seq });
        match self.known(group).await {
            Ok((head, member)) => {
                let visible_from = group::visible_from(&head, member.as_ref());
                if shown_by(entry) >= visible_from { self.sent(visible_from, entry).await } else { place }
            }
            Err(error) if error.kind() == Kind::NotFound => place,
            Err(error) => Err(error),
        }
    }

    async fn sent(&self, visible_from: i64, entry: &Entry) -> Result<Sent> {
        Ok(Sent::Message(Box::new(self.shown_message(visible_from, entry).await?)))
    }
}

/// What a sender is told.
#[derive(Debug, serde::Serialize, ToSchema)]
#[serde(untagged)]
pub enum Sent {
    /// The message as it is stored.
    Message(Box<Message>),
    /// Where it is, for a sender who may not read it any more.
    Place {
        /// Its id.
        #[schema(value_type = uuid::Uuid)]
        id: EntryId,
        /// Its place in the group's stream.
        seq: i64,
    },
    /// The message that is to be sent later.
    Scheduled(Box<ScheduledMessage>),
}

impl Sent {
    /// The id of the message that there is; none where it is to be sent later.
    pub(crate) fn id(&self) -> Option<EntryId> {
        match self {
            Self::Message(message) => Some(message.id),
            Self::Place { id, .. } => Some(*id),
            Self::Scheduled(_) => None,
        }
    }
}

impl Occasion {
    fn origin(&self) -> Option<Origin> {
        match self {
            Self::Forwarded(origin) => Some(origin.clone()),
            Self::Said | Self::Due => None,
        }
    }
}

struct Send {
    caller: Caller,
    group: StreamId,
    faults: Option<(&'static str, String)>,
    reply: Option<Reply>,
    whom: Whom,
    occasion: Occasion,
    new: NewMessage,
}

impl Plan for Send {
    fn reads(&self) -> Vec<Read> {
        let reply_to = self.new.reply_to.map(Read::of::<Entry>);
        [Read::of::<Member>(Member::id_of(self.group, self.caller.user))]
            .into_iter()
            .chain(reply_to)
            .chain(self.reply.map(|reply| reply.reads(self.caller.user)).unwrap_or_default())
            .chain(mention::reads_of_new(self.group, self.new.thread_id, self.whom.users()))
            .collect()
    }

    fn plan(&mut self, view: &mut View<'_>) -> Result<Step> {
        let (mut head, member) = permission::check_member(view, self.group, &self.caller, Act::GroupPost)?;
        if let Some((code, message)) = &self.faults {
            return Err(invalid(code, message.clone()));
        }
        let visible_from = group::visible_from(&head, Some(&member));
        self.check_reply(view, visible_from)?;
        let user = self.caller.user;
        let thread = self.reply.map(|reply| reply.count(view, self.group, visible_from, user)).transpose()?;
        let mentions = self.mention(view, &head, thread.as_ref())?;
        let broadcast = self.whom.broadcast(&head, &member);
        group::lifecycle::wake(&mut head, view.now());
        if thread.is_none() {
            self.lead(view, &mut head, &member, broadcast);
        }
        view.put_head(head);
        let body = Body {
            content: self.new.content.clone(),
            author_name: member.name,
            reply_to: self.new.reply_to,
            thread,
            mentions,
            named: self.new.mentions.clone(),
            broadcast,
            forwarded: self.occasion.origin(),
            metadata: self.new.metadata.as_ref().map(|metadata| metadata.get().to_owned()),
            ..Body::default()
        };
        Ok(Step::Append(Draft {
            page: thread.map_or(Page::Main, |thread| Page::Thread(thread.id)),
            kind: event::MESSAGE_NEW,
            counts: thread.is_none(),
            data: json!(body),
        }))
    }
}

impl Send {
    fn mention(&self, view: &mut View<'_>, head: &Head, thread: Option<&InThread>) -> Result<Vec<UserId>> {
        let (message, seq, author) = (view.entry_id(), view.next_seq(), self.caller.user);
        Mentioning { message, seq, author, group: self.group, thread }.begin(view, head, &self.whom)
    }

    /// Has the group begin with this message in lists of groups, and its sender have read up to here.
    fn lead(&self, view: &mut View<'_>, head: &mut Head, sender: &Member, broadcast: Option<Broadcast>) {
        head.preview = Some(preview(&self.new.content));
        if broadcast.is_some_and(Broadcast::reaches_all) {
            head.broadcast_ordinal = head.ordinal + 1;
        }
        if self.occasion == Occasion::Due {
            return;
        }
        let mentions = sender.mentioned.count();
        let sent = Pointer { seq: view.next_seq(), ordinal: head.ordinal + 1, mentions };
        if let Some((user, pointer)) = read_state::sends(head, self.caller.user, sent) {
            view.update::<Member>(Member::id_of(self.group, user), pointer.sent());
        }
    }

    fn check_reply(&self, view: &mut View<'_>, visible_from: i64) -> Result<()> {
        let Some(id) = self.new.reply_to else { return Ok(()) };
        let is_here = |entry: &Entry| {
            let is_message = entry.stream_id == self.group && entry.kind == event::MESSAGE_NEW;
            is_message && shown_by(entry) >= visible_from
        };
        match view.get::<Entry>(id)?.filter(is_here) {
            Some(answered) => view.tell(&answered),
            None => Err(invalid("message.reply_to", "reply_to is no message of this group")),
        }
    }
}

/// The beginning of a message, as lists show it.
pub(super) fn preview(content: &str) -> String {
    content.chars().take(PREVIEW).collect()
}
