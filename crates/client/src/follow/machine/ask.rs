//! Frames and their answers: rule 11, and the application's commands.

use parlance_base::StreamId;
use serde_json::Value;

use super::{COMMANDS, Due, IN_FLIGHT, Machine, Outcome, Output, Pause};
use crate::{Refusal, follow::Event, socket::Command};

/// What waits for an answer.
#[derive(Debug)]
pub(super) enum Asked {
    Resume(Vec<StreamId>),
    /// Watching again what was watched before.
    Watch(StreamId),
    /// The first message of this group that waits.
    Message(StreamId),
    Command {
        ticket: u64,
        effect: Option<Effect>,
    },
}

/// What a command that was carried out changes here.
#[derive(Clone, Copy, Debug)]
pub(super) enum Effect {
    Watch(StreamId),
    Unwatch(StreamId),
}

impl Machine {
    pub(super) fn command(&mut self, ticket: u64, command: Command) {
        let refusal = match command {
            Command::Auth { .. } | Command::Resume { .. } => Outcome::NotYours,
            Command::Send { group_id, message } => return self.post(ticket, group_id, message),
            _ if !self.is_ready => Outcome::NotConnected,
            _ if self.commands.len() >= COMMANDS => Outcome::Full,
            command => {
                self.commands.push_back((ticket, command));
                return self.send_commands();
            }
        };
        self.settle(ticket, refusal);
    }

    fn send_commands(&mut self) {
        while self.waiting(|asked| matches!(asked, Asked::Command { .. })) < IN_FLIGHT {
            let Some((ticket, command)) = self.commands.pop_front() else { return };
            let effect = match command {
                Command::Watch { group_id } => Some(Effect::Watch(group_id)),
                Command::Unwatch { group_id } => Some(Effect::Unwatch(group_id)),
                _ => None,
            };
            self.ask(Asked::Command { ticket, effect }, command);
        }
    }

    pub(super) fn send_watches(&mut self) {
        while self.waiting(|asked| matches!(asked, Asked::Watch(_))) < IN_FLIGHT {
            let Some(group_id) = self.unwatched_yet.pop_first() else { return };
            self.ask(Asked::Watch(group_id), Command::Watch { group_id });
        }
    }

    pub(super) fn answered(&mut self, id: &str, answer: Result<Value, Refusal>) {
        let Some(asked) = self.asked.remove(id) else { return };
        match asked {
            Asked::Resume(streams) => self.resumed(id, streams, answer.err().as_ref()),
            Asked::Watch(group) => self.watched_again(group, answer.err()),
            Asked::Message(group) => self.posted(group, answer),
            Asked::Command { ticket, effect } => {
                if let (Ok(_), Some(effect)) = (&answer, effect) {
                    self.carried_out(effect);
                }
                let outcome = answer.map_or_else(Outcome::Refused, Outcome::Done);
                self.settle(ticket, outcome);
                self.send_commands();
            }
        }
    }

    fn carried_out(&mut self, effect: Effect) {
        match effect {
            Effect::Watch(group_id) => {
                self.watched.insert(group_id);
                self.tell(Event::Watched { group_id });
            }
            Effect::Unwatch(group_id) => {
                self.watched.remove(&group_id);
                self.unwatched_yet.remove(&group_id);
                self.tell(Event::Unwatched { group_id });
            }
        }
    }

    /// What may not be watched any more is gone, unless it came back otherwise.
    fn watched_again(&mut self, group: StreamId, refusal: Option<Refusal>) {
        match refusal {
            Some(refusal) if refusal.will_pass() => {
                self.wait(Pause::asked(refusal.retry_after), Due::Watch(group));
            }
            Some(_) if !self.held.contains_key(&group) => self.forget(group),
            Some(_) | None => {}
        }
        self.send_watches();
    }

    pub(super) fn watch_again(&mut self, group: StreamId) {
        if self.is_ready && self.watched.contains(&group) && !self.held.contains_key(&group) {
            self.unwatched_yet.insert(group);
            self.send_watches();
        }
    }

    pub(super) fn ask(&mut self, asked: Asked, command: Command) {
        let id = self.new_id();
        self.ask_as(id, asked, command);
    }

    pub(super) fn ask_as(&mut self, id: String, asked: Asked, command: Command) {
        self.asked.insert(id.clone(), asked);
        self.out.push(Output::Send { id, command });
    }

    pub(super) fn new_id(&mut self) -> String {
        self.frames += 1;
        self.frames.to_string()
    }

    pub(super) fn waiting(&self, of: impl Fn(&Asked) -> bool) -> usize {
        self.asked.values().filter(|asked| of(asked)).count()
    }

    pub(super) fn settle(&mut self, ticket: u64, outcome: Outcome) {
        self.out.push(Output::Settled { ticket, outcome });
    }
}
