//! Reactions: what members say to a message without words. The message counts them; who they are of is kept beside it.

use std::collections::HashMap;

use parlance_base::{Caller, EntryId, JobId, Result, StreamId, Time, UserId, WorkspaceId};
use parlance_edge::Listing;
use parlance_store::{
    Batch, Collection, Field, Find, Home, Index, Scope, Stored,
    job::{Failure, Handler, Job},
};
use parlance_stream::{Draft, Entry, Page, Plan, Read, Step, View};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{Message, not_found, view::body_of};
use crate::{
    chat::{By, Chat, invalid},
    event,
    member::Member,
    permission::{self, Act},
};

/// How many different emoji a message has at most.
const MAX_EMOJI: usize = 50;

/// How long an emoji may be, in bytes.
const MAX_BYTES: usize = 32;

/// How many reactions are read, or taken out, at once.
const AT_ONCE: usize = 500;

/// The kind of job that takes the reactions to a deleted message out of the store.
pub(crate) const UNREACTED: &str = "chat.unreacted";

/// That somebody reacted to a message. Its id follows from all three, so that nobody does so twice.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Reaction {
    pub(crate) id: Uuid,
    pub(crate) message_id: EntryId,
    user_id: UserId,
    pub(crate) emoji: String,
    /// The `seq` of the entry that tells of it.
    seq: i64,
    at: Time,
}

const USER_ID: Field = Field::text("user_id");
pub(crate) const MESSAGE_ID: Field = Field::text("message_id");
const EMOJI: Field = Field::text("emoji");
const SEQ: Field = Field::int("seq");

/// The reactions of a workspace.
pub(crate) static REACTIONS: Collection = Collection {
    name: "reactions",
    home: Home::Workspace,
    indexes: &[
        Index { name: "by_user", fields: &[USER_ID, MESSAGE_ID, EMOJI], unique: true },
        Index { name: "by_message", fields: &[MESSAGE_ID, SEQ], unique: true },
    ],
    fields: &[Field::int("at")],
};

impl Stored for Reaction {
    const COLLECTION: &'static Collection = &REACTIONS;
}

/// How many reacted to a message with one emoji.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReactionCount {
    /// The emoji.
    pub emoji: String,
    /// How many.
    pub count: i64,
}

/// A reaction that is to be, or to be taken back.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct React {
    /// An emoji, or what stands for one, 1–32 bytes.
    pub emoji: String,
    /// Whether it is to be there; without, it is taken back where it is there.
    pub on: Option<bool>,
}

/// What a message is reacted to with.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Reacted {
    /// Whether the caller's reaction is there now.
    pub on: bool,
    /// All reactions to the message, in the order in which they came up.
    pub reactions: Vec<ReactionCount>,
    /// The `rev` of the message that these are of, or a later one's.
    pub rev: i64,
}

/// Who reacted to a message, and how.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ReactionView {
    /// With what.
    pub emoji: String,
    /// Who.
    #[schema(value_type = String)]
    pub user_id: UserId,
    /// What they are called.
    pub name: String,
    /// When.
    pub at: String,
}

impl By {
    /// Reacts to the message, or takes that back. Where it is so already, nothing changes.
    ///
    /// # Errors
    /// 403 `group.archived`, `group.missing_right`; 404 `group.not_found`, `message.not_found`; 422 `message.emoji`,
    /// `message.too_many_reactions`; 429 `rate.limited`.
    pub async fn react(&self, group: StreamId, id: EntryId, React { emoji, on }: React) -> Result<Reacted> {
        let is_text = !emoji.chars().any(|char| char.is_whitespace() || char.is_control());
        if emoji.is_empty() || emoji.len() > MAX_BYTES || !is_text {
            return Err(invalid("message.emoji", format!("an emoji has 1–{MAX_BYTES} bytes, and no spaces")));
        }
        self.chat.shared.pace.send(self.user())?;
        let reaction = Reaction::id_of(id, self.user(), &emoji);
        let plan = ReactTo { caller: self.caller.clone(), group, message: id, reaction, emoji, on };
        self.submit(group, plan, None).await?;
        let entry = self.known_entry(group, id).await?;
        let on = self.scope().get::<Reaction>(reaction).await?.is_some();
        Ok(Reacted { on, reactions: body_of(&entry)?.reactions, rev: entry.rev })
    }

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
        if body_of(&entry)?.deleted_at.is_some() {
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
    pub(super) async fn add_own_reactions(
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
        for reaction in self.scope().find::<Reaction>(Find::new(own).limit(AT_ONCE * 10)).await? {
            by_message.entry(reaction.message_id).or_default().push(reaction.emoji);
        }
        for message in reacted_to {
            message.reacted = Some(by_message.remove(&message.id).unwrap_or_default());
        }
        Ok(())
    }
}

impl Reaction {
    fn id_of(message: EntryId, user: UserId, emoji: &str) -> Uuid {
        EntryId::derived(&["reaction", &message.to_string(), &user.to_string(), emoji]).uuid()
    }
}

struct ReactTo {
    caller: Caller,
    group: StreamId,
    message: EntryId,
    reaction: Uuid,
    emoji: String,
    on: Option<bool>,
}

impl Plan for ReactTo {
    fn reads(&self) -> Vec<Read> {
        let member = Read::of::<Member>(Member::id_of(self.group, self.caller.user));
        vec![member, Read::of::<Entry>(self.message), Read::of::<Reaction>(self.reaction)]
    }

    fn plan(&mut self, view: &mut View<'_>) -> Result<Step> {
        let act = Act::GroupReact;
        let (head, member) = permission::check_member(view, self.group, &self.caller, act)?;
        let mut entry = permission::message(view, &head, Some(&member), &self.caller, self.message, act)?;
        let mut body = body_of(&entry)?;
        if body.deleted_at.is_some() {
            return Err(not_found());
        }
        let is_on = view.get::<Reaction>(self.reaction)?.is_some();
        // Which way it goes is decided once: planned again, it must not turn back.
        let on = *self.on.get_or_insert(!is_on);
        if on == is_on {
            return Ok(Step::Nothing);
        }
        if on {
            count_up(&mut body.reactions, &self.emoji)?;
            view.put(&Reaction {
                id: self.reaction,
                message_id: self.message,
                user_id: self.caller.user,
                emoji: self.emoji.clone(),
                seq: view.next_seq(),
                at: view.now(),
            })?;
        } else {
            count_down(&mut body.reactions, &self.emoji);
            view.remove::<Reaction>(self.reaction)?;
        }
        let data = json!({
            "message_id": self.message, "user_id": self.caller.user, "emoji": self.emoji, "on": on,
            "reactions": body.reactions,
        });
        entry.data = json!(body);
        entry.rev = view.next_seq();
        view.put(&entry)?;
        Ok(Step::Append(Draft { page: Page::Event, kind: event::MESSAGE_REACTION, counts: false, data }))
    }
}

fn count_up(reactions: &mut Vec<ReactionCount>, emoji: &str) -> Result<()> {
    if let Some(counted) = reactions.iter_mut().find(|counted| counted.emoji == emoji) {
        counted.count += 1;
    } else if reactions.len() < MAX_EMOJI {
        reactions.push(ReactionCount { emoji: emoji.to_owned(), count: 1 });
    } else {
        let message = format!("a message has at most {MAX_EMOJI} different reactions");
        return Err(invalid("message.too_many_reactions", message));
    }
    Ok(())
}

fn count_down(reactions: &mut Vec<ReactionCount>, emoji: &str) {
    if let Some(counted) = reactions.iter_mut().find(|counted| counted.emoji == emoji) {
        counted.count -= 1;
    }
    reactions.retain(|counted| counted.count > 0);
}

/// The job that takes the reactions to this message, which is deleted, out of the store.
pub(super) fn unreacted(workspace: WorkspaceId, message: EntryId, now: Time) -> Job {
    let id = JobId::derived(&[UNREACTED, &message.to_string()]);
    Job::new(id, workspace, UNREACTED, json!({ "message_id": message }).to_string(), now)
}

/// Takes the reactions to deleted messages out of the store.
#[derive(Debug)]
pub(crate) struct Unreacting(pub(crate) Chat);

#[derive(Debug, Deserialize)]
struct Of {
    message_id: EntryId,
}

impl Handler for Unreacting {
    fn run<'a>(&'a self, job: &'a Job) -> parlance_base::BoxFuture<'a, Result<Batch, Failure>> {
        Box::pin(async move {
            let Of { message_id } =
                serde_json::from_str(&job.payload).map_err(|error| Failure::Final(error.to_string()))?;
            remove_reactions(&self.0.shared.store.workspace(job.workspace_id), message_id).await?;
            Ok(Batch::new())
        })
    }
}

/// Takes the reactions to a message that is deleted out of the store.
pub(crate) async fn remove_reactions(scope: &Scope, message: EntryId) -> Result<()> {
    loop {
        let some = Find::new([MESSAGE_ID.is(message.to_string())]).ascending(SEQ).limit(AT_ONCE);
        let some = scope.find::<Reaction>(some).await?;
        if some.is_empty() {
            return Ok(());
        }
        let mut batch = Batch::new();
        for reaction in &some {
            batch.delete::<Reaction>(reaction.id, []);
        }
        scope.commit(batch).await?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_keep_the_order_in_which_they_came_up() {
        let mut reactions = Vec::new();
        for emoji in ["a", "b", "a", "c"] {
            count_up(&mut reactions, emoji).unwrap();
        }
        count_down(&mut reactions, "b");
        count_down(&mut reactions, "unknown");
        let counted: Vec<_> = reactions.iter().map(|it| (it.emoji.as_str(), it.count)).collect();
        assert_eq!(counted, [("a", 2), ("c", 1)]);
        for at in 0..MAX_EMOJI - 2 {
            count_up(&mut reactions, &at.to_string()).unwrap();
        }
        assert_eq!(count_up(&mut reactions, "one more").unwrap_err().code(), "message.too_many_reactions");
        count_up(&mut reactions, "a").unwrap();
    }
}
