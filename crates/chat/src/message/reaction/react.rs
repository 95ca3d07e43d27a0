//! Reacts to messages.

use parlance_base::{Caller, EntryId, Result, StreamId};
use parlance_stream::{Draft, Entry, Page, Plan, Read, Step, View};
use parlance_workspace::visible;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{Reaction, ReactionCount};
use crate::{
    chat::{By, invalid},
    event,
    member::Member,
    message::{Body, not_found, view::body_of},
    permission::{self, Act},
};

/// How many different emoji a message has at most.
const MAX_EMOJI: usize = 50;

/// How long an emoji may be, in bytes.
const MAX_BYTES: usize = 32;

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

impl By {
    /// Reacts to the message, or takes that back. Where it is so already, nothing changes.
    ///
    /// # Errors
    /// 403 `group.archived`, `group.missing_right`; 404 `group.not_found`, `message.not_found`; 422 `message.emoji`,
    /// `message.too_many_reactions`; 429 `rate.limited`.
    pub async fn react(&self, group: StreamId, id: EntryId, React { emoji, on }: React) -> Result<Reacted> {
        let has_spaces = emoji.chars().any(|char| char.is_whitespace() || char.is_control());
        if emoji.is_empty() || emoji.len() > MAX_BYTES || has_spaces || visible(&emoji) != emoji {
            return Err(invalid("message.emoji", format!("an emoji has 1–{MAX_BYTES} bytes that are seen")));
        }
        self.chat.shared.pace.send(self.user())?;
        let reaction = Reaction::id_of(id, self.user(), &emoji);
        let plan = ReactTo { caller: self.caller.clone(), group, message: id, reaction, emoji, on };
        self.submit(group, plan, None).await?;
        let (head, member) = self.known(group).await?;
        let entry = self.entry(&head, member.as_ref(), id).await?;
        let on = self.scope().get::<Reaction>(reaction).await?.is_some();
        Ok(Reacted { on, reactions: body_of(&entry)?.reactions, rev: entry.rev })
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
        // Planned again, it goes by what is there then: a try that was committed is found by its entry, and not planned again.
        let on = self.on.unwrap_or(!is_on);
        if on == is_on {
            return Ok(Step::Nothing);
        }
        self.turn(view, &mut body, on)?;
        let data =
            json!({ "message_id": self.message, "user_id": self.caller.user, "emoji": self.emoji, "on": on });
        entry.data = json!(body);
        entry.rev = view.next_seq();
        view.put(&entry)?;
        Ok(Step::Append(Draft { page: Page::Event, kind: event::MESSAGE_REACTION, counts: false, data }))
    }
}

impl ReactTo {
    fn turn(&self, view: &mut View<'_>, body: &mut Body, on: bool) -> Result<()> {
        if !on {
            count_down(&mut body.reactions, &self.emoji);
            return view.remove::<Reaction>(self.reaction);
        }
        count_up(&mut body.reactions, &self.emoji)?;
        view.put(&Reaction {
            id: self.reaction,
            message_id: self.message,
            user_id: self.caller.user,
            emoji: self.emoji.clone(),
            seq: view.next_seq(),
            at: view.now(),
        })
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
