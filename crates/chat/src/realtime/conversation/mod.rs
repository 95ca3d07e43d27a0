//! A socket for one group whose frames are flat, as widgets have them: what a client says is put into frames of the socket for all
//! groups, and of what that sends only what happens in the group is told. Pure.

mod frame;
mod heard;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use parlance_base::{StreamId, UserId};

use super::{Frame, Wish};
use frame::{Active, Change, Flat, Member, Message, Refusal, Stream, Told};

/// Of how many members it is told whether they are there.
pub(crate) const WATCHED: usize = 500;

/// What a socket for one group has told its client, and knows of the group.
#[derive(Debug)]
pub(super) struct Conversation {
    group: StreamId,
    /// Who is in the group, and was since the socket was opened, as they are called.
    names: BTreeMap<UserId, String>,
    /// Who is in the group now: those whom the socket is told of.
    members: BTreeSet<UserId>,
    /// Who of them is there.
    active: BTreeSet<UserId>,
    has_begun: bool,
    wish: Option<Wish>,
    is_over: bool,
}

/// Who is in a group, as they are called.
pub type People = Vec<(UserId, String)>;

impl Conversation {
    pub(super) const fn new(group: StreamId) -> Self {
        Self {
            group,
            names: BTreeMap::new(),
            members: BTreeSet::new(),
            active: BTreeSet::new(),
            has_begun: false,
            wish: None,
            is_over: false,
        }
    }

    pub(super) const fn group(&self) -> StreamId {
        self.group
    }

    /// Begins with those who are in the group.
    pub(super) fn begin(&mut self, people: People) {
        self.members = people.iter().map(|(user, _)| *user).collect();
        self.names = people.into_iter().collect();
        self.watch();
    }

    /// Whom the socket is to be told of from now on, if that is others than before.
    pub(super) const fn take_wish(&mut self) -> Option<Wish> {
        self.wish.take()
    }

    /// Whether there is something to be done before anything else is sent.
    pub(super) const fn is_waiting(&self) -> bool {
        self.wish.is_some() || self.is_over
    }

    /// Whether the client lost the group, at least for a moment: whether they may still read it is found out when they come again.
    pub(super) const fn is_over(&self) -> bool {
        self.is_over
    }

    /// What the client is told where the socket for all groups would be sent this frame.
    pub(super) fn told(&mut self, frame: &Frame) -> Vec<Frame> {
        // What cannot be read is of a kind that is none of a conversation's.
        let Ok(told) = serde_json::from_str::<Told>(frame.text()) else { return Vec::new() };
        let (is_of_group, data) = (told.group() == Some(self.group), &told.data);
        match told.r#type.as_str() {
            "error" => told.error.iter().map(refused).collect(),
            "presence" => self.seen(&data.changes),
            "resumed" => {
                self.judge(&data.streams);
                Vec::new()
            }
            "server.shutdown" => vec![self.notice("The server is restarting")],
            "message.new" | "message.edited" if is_of_group => data.message.iter().filter_map(said).collect(),
            "message.deleted" if is_of_group && data.thread_id.is_none() => {
                data.message_id.iter().map(|message_id| text(&Flat::MessageDeleted { message_id })).collect()
            }
            "typing" if is_of_group => {
                data.user_id.filter(|_| data.active).map(|user| self.typing(user)).into_iter().collect()
            }
            kind @ ("member.added" | "member.removed") if is_of_group => {
                self.change_members(kind == "member.added", &data.members)
            }
            _ => Vec::new(),
        }
    }

    fn typing(&self, sender_id: UserId) -> Frame {
        text(&Flat::Typing { sender_id, sender_username: self.name(sender_id) })
    }

    /// Who of the group came and went.
    fn seen(&mut self, changes: &[Change]) -> Vec<Frame> {
        let mut changed = Vec::new();
        for Change { user_id, status } in changes {
            let is_there = status != "offline" && self.members.contains(user_id);
            let is_new = if is_there { self.active.insert(*user_id) } else { self.active.remove(user_id) };
            if is_new {
                changed.push((*user_id, if is_there { "joined" } else { "left" }));
            }
        }
        if !self.has_begun {
            self.has_begun = true;
            return vec![self.notice("You joined")];
        }
        let told =
            changed.into_iter().map(|(user, what)| self.notice(&format!("{} {what}", self.name(user))));
        told.collect()
    }

    fn judge(&mut self, verdicts: &[Stream]) {
        let is_gone = |it: &Stream| it.id == self.group && it.status.as_deref() == Some("gone");
        self.is_over |= verdicts.iter().any(is_gone);
    }

    /// Takes in who came into the group or left it; tells of those who leave while they are there.
    fn change_members(&mut self, come: bool, members: &[Member]) -> Vec<Frame> {
        let mut left = Vec::new();
        for Member { user_id, name } in members {
            if come {
                self.members.insert(*user_id);
            } else if self.members.remove(user_id) && self.active.remove(user_id) {
                left.push(name);
            }
            self.names.insert(*user_id, name.clone());
        }
        self.watch();
        left.into_iter().map(|name| self.notice(&format!("{name} left"))).collect()
    }

    fn watch(&mut self) {
        let watched: BTreeSet<UserId> = self.members.iter().copied().take(WATCHED).collect();
        self.active.retain(|user| watched.contains(user));
        self.wish = Some(Wish::Watch(watched.into_iter().collect()));
    }

    fn name(&self, user: UserId) -> &str {
        self.names.get(&user).map_or("", String::as_str)
    }

    fn notice(&self, content: &str) -> Frame {
        let active = self.active.iter().map(|user| Active { user_id: *user, username: self.name(*user) });
        text(&Flat::System { content, active_users: active.collect() })
    }
}

/// A message among those of the group: replies in threads are no part of the conversation.
fn said(message: &Message) -> Option<Frame> {
    (message.thread_id.is_none() && message.deleted_at.is_none()).then(|| {
        text(&Flat::Message {
            content: &message.content,
            sender_id: &message.author.id,
            sender_username: &message.author.name,
            message_id: &message.id,
            client_id: &message.client_id,
            timestamp: &message.at,
            is_edited: message.edited_at.is_some(),
        })
    })
}

fn refused(Refusal { code, message }: &Refusal) -> Frame {
    text(&Flat::Error { content: message, code })
}

fn text(frame: &Flat<'_>) -> Frame {
    // Nothing here can fail to encode: every key is text.
    serde_json::to_string(frame).unwrap_or_default().into()
}
