//! Rule 13: each message is sent again under the same name, on whichever connection, until it is acknowledged or refused
//! for a reason that will not pass.
//!
//! Of each group one message is on its way at a time, so that none overtakes another that was refused for a while.

use std::collections::{BTreeMap, VecDeque};

use parlance_base::StreamId;
use serde_json::Value;

use super::{Due, IN_FLIGHT, MESSAGES, Machine, Outcome, Pause, ask::Asked};
use crate::{Refusal, socket::Command, wire::NewMessage};

#[derive(Debug, Default)]
pub(super) struct Outbox {
    groups: BTreeMap<StreamId, Queue>,
    messages: usize,
}

#[derive(Debug, Default)]
struct Queue {
    messages: VecDeque<(u64, NewMessage)>,
    /// The first is on its way, or waits to be sent again.
    is_busy: bool,
}

impl Outbox {
    /// The connection has ended: nothing is on its way.
    pub(super) fn interrupt(&mut self) {
        self.groups.values_mut().for_each(|queue| queue.is_busy = false);
    }

    fn next(&mut self) -> Option<(StreamId, NewMessage)> {
        let (group, queue) = self.groups.iter_mut().find(|(_, queue)| !queue.is_busy)?;
        let (_, message) = queue.messages.front()?;
        queue.is_busy = true;
        Some((*group, message.clone()))
    }

    /// The first message of the group is settled.
    fn pop(&mut self, group: StreamId) -> Option<u64> {
        let queue = self.groups.get_mut(&group)?;
        let (ticket, _) = queue.messages.pop_front()?;
        queue.is_busy = false;
        self.messages -= 1;
        if queue.messages.is_empty() {
            self.groups.remove(&group);
        }
        Some(ticket)
    }
}

impl Machine {
    /// The message has its name already: it is what makes sending it again harmless.
    pub(super) fn post(&mut self, ticket: u64, group: StreamId, message: NewMessage) {
        if self.outbox.messages >= MESSAGES {
            return self.settle(ticket, Outcome::Full);
        }
        self.outbox.messages += 1;
        self.outbox.groups.entry(group).or_default().messages.push_back((ticket, message));
        self.send_messages();
    }

    pub(super) fn send_messages(&mut self) {
        while self.is_ready && self.waiting(|asked| matches!(asked, Asked::Message(_))) < IN_FLIGHT {
            let Some((group_id, message)) = self.outbox.next() else { return };
            self.ask(Asked::Message(group_id), Command::Send { group_id, message });
        }
    }

    pub(super) fn posted(&mut self, group: StreamId, answer: Result<Value, Refusal>) {
        match answer {
            Err(refusal) if refusal.will_pass() => {
                self.wait(Pause::asked(refusal.retry_after), Due::Message(group));
            }
            answer => {
                if let Some(ticket) = self.outbox.pop(group) {
                    self.settle(ticket, answer.map_or_else(Outcome::Refused, Outcome::Done));
                }
            }
        }
        self.send_messages();
    }

    pub(super) fn message_again(&mut self, group: StreamId) {
        let on_its_way = self.waiting(|asked| matches!(asked, Asked::Message(of) if *of == group)) > 0;
        if let Some(queue) = self.outbox.groups.get_mut(&group).filter(|_| !on_its_way) {
            queue.is_busy = false;
        }
        self.send_messages();
    }
}
