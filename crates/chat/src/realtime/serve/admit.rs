//! Letting in a caller who is known: a place with the hub first, then what they begin with.

use std::sync::Arc;

use parlance_base::{Caller, Time};

use super::{Session, ask};
use crate::realtime::{HubInput, Input, queue::queue};

impl Session {
    /// Asks the hub for a place, and only then gathers what the caller begins with: what is committed meanwhile is heard.
    pub(super) async fn admit(&mut self, caller: Box<Caller>, checked: Time) {
        let (outlet, mut inbox) = queue(checked);
        let reference = caller.reference();
        self.tell_hub(HubInput::Open { connection: self.id, caller: reference, outlet }).await;
        let place = inbox.control().await;
        self.inbox = Some(inbox);
        self.feed(Input::Control(place));
        if place.close.is_some() {
            return;
        }
        let caller: Arc<Caller> = Arc::from(caller);
        self.caller = Some(Arc::clone(&caller));
        let node = Arc::clone(&self.node);
        match &self.conversation {
            Some(conversation) => {
                self.asked.spawn(ask::conversing(node, caller, self.id, checked, conversation.group()));
            }
            None => drop(self.asked.spawn(ask::ready(node, caller, self.id, checked))),
        }
    }

    /// Takes in what was found out; whoever is let in is there from then on.
    pub(super) async fn answered(&mut self, input: Input<'_>) {
        if let Input::Authenticated(ready) = &input {
            self.tell_hub(HubInput::Arrived { connection: self.id, dnd: ready.dnd }).await;
        }
        self.feed(input);
    }
}
