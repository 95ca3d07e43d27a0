//! What a socket's task waits for, and in what order it looks: what the hub says of the caller, the queue, and all else once it has
//! stirred.

use std::{
    future::poll_fn,
    pin::{Pin, pin},
    task::{Context, Poll, ready},
};

use futures::FutureExt as _;
use parlance_base::Time;
use smallvec::SmallVec;
use tokio::time::{Instant, Sleep, sleep_until};

use super::{End, Session, event::Event};
use crate::realtime::{Control, Delivery, Inbox, Input, Text, limits::BATCH, socket::Outgoing};

/// Deliveries that are taken from the queue without asking the allocator for room.
const FEW: usize = 4;

impl Session {
    /// Does what happens until the socket ends.
    pub(super) async fn follow(&mut self) -> End {
        let mut stopping = pin!(self.node.stopping.clone().cancelled_owned().fuse());
        let mut ended = pin!(self.node.end.clone().cancelled_owned());
        let mut tick = pin!(sleep_until(self.due()));
        let mut queue_waits = false;
        loop {
            if self.set(tick.as_mut()) || !self.asked.is_empty() {
                self.inbox.iter_mut().for_each(Inbox::stir);
            }
            let event = poll_fn(|context| {
                self.poll_or_rest(context, &mut queue_waits, |session, context| {
                    if ended.as_mut().poll(context).is_ready() {
                        return Poll::Ready(Event::Ended);
                    }
                    if stopping.as_mut().poll(context).is_ready() {
                        return Poll::Ready(Event::Stopping);
                    }
                    if tick.as_mut().poll(context).is_ready() {
                        return Poll::Ready(Event::Tick);
                    }
                    session.poll_beside(context)
                })
            });
            let event = event.await;
            queue_waits = matches!(event, Event::Delivered);
            if let Err(end) = self.take(event).await {
                return end;
            }
        }
    }

    fn poll_or_rest(
        &mut self,
        context: &mut Context<'_>,
        queue_waits: &mut bool,
        look: impl FnMut(&mut Self, &mut Context<'_>) -> Poll<Event>,
    ) -> Poll<Event> {
        self.take_over();
        let event = self.poll_event(context, queue_waits, look);
        if event.is_pending() {
            self.rest();
        }
        event
    }

    /// What happens next; what is in the queue is sent until then. Neither of it and what is beside it holds up the other: where
    /// both have something, they take turns, or go together.
    fn poll_event(
        &mut self,
        context: &mut Context<'_>,
        queue_waits: &mut bool,
        mut look: impl FnMut(&mut Self, &mut Context<'_>) -> Poll<Event>,
    ) -> Poll<Event> {
        let now = self.node.timeline.now();
        loop {
            // What the hub says of the caller comes first in any case: nothing is done for who may no longer be here.
            let taken = self.poll_queue(context, now, !*queue_waits && self.socket.is_quiet());
            if let Poll::Ready(Some(control)) = taken {
                return Poll::Ready(Event::Said(control));
            }
            if !self.socket.is_quiet() {
                return Poll::Ready(Event::Delivered);
            }
            // What was taken goes out with what comes of this, in one write.
            let looked = self.poll_stirred(context, &mut look);
            if looked.is_ready() || taken.is_pending() && !*queue_waits {
                return looked;
            }
            if taken.is_ready() && !self.sends(context) {
                return Poll::Ready(Event::Delivered);
            }
            *queue_waits = false;
        }
    }

    /// Looks at what is waited for beside the queue, if anything of it has stirred.
    fn poll_stirred(
        &mut self,
        context: &mut Context<'_>,
        look: impl FnOnce(&mut Self, &mut Context<'_>) -> Poll<Event>,
    ) -> Poll<Event> {
        let Some(inbox) = &mut self.inbox else { return look(self, context) };
        // First this, and then the look: whatever stirs from now on is looked at the next time.
        if !inbox.take_stirred() {
            return Poll::Pending;
        }
        let waker = inbox.waker();
        let looked = look(self, &mut Context::from_waker(&waker));
        if looked.is_ready() {
            self.inbox.iter_mut().for_each(Inbox::stir);
        }
        looked
    }

    fn poll_beside(&mut self, context: &mut Context<'_>) -> Poll<Event> {
        if let Poll::Ready(Some(done)) = self.asked.poll_join_next(context) {
            return Poll::Ready(Event::of(done));
        }
        // A widget speaks as soon as its socket is open: that waits there until it has been let in.
        if self.conversation.is_some() && self.connection.is_checking() {
            return Poll::Pending;
        }
        self.socket.poll_recv(context).map(Event::Came)
    }

    /// Takes in what is in the queue, if that has its turn, or hears what the hub says beside it.
    fn poll_queue(&mut self, context: &mut Context<'_>, now: Time, has_turn: bool) -> Poll<Option<Control>> {
        let Some(inbox) = &mut self.inbox else { return Poll::Pending };
        let mut delivered: SmallVec<[Delivery; FEW]> = SmallVec::new();
        let live = has_turn && self.connection.wants_live(now);
        let control = ready!(inbox.poll_next(context, live, &mut delivered, BATCH));
        for delivery in delivered {
            self.connection.handle(now, Input::Live(delivery), &mut self.wanted);
        }
        Poll::Ready(control)
    }

    /// Waits for what happens next, and lets be sent past it what can be.
    fn rest(&mut self) {
        if let (Some(inbox), Some(wire)) = (&mut self.inbox, &self.wire)
            && let Some(grant) = self.connection.grant(self.node.timeline.now())
        {
            inbox.open_lane(grant, wire.clone());
        }
    }

    /// Takes in what was sent past it.
    fn take_over(&mut self) {
        let Some(passed) = self.inbox.as_mut().and_then(Inbox::close_lane) else { return };
        self.connection.passed(passed.stream, passed.at);
        if let Some((live, written)) = passed.begun {
            self.socket.begun(Outgoing::Text(Text::Entry(live)), written);
        }
    }

    fn due(&self) -> Instant {
        let timeline = self.node.timeline;
        timeline.instant(self.connection.deadline(timeline.now()))
    }

    /// Whether the tick had to be set anew.
    fn set(&self, tick: Pin<&mut Sleep>) -> bool {
        let due = self.due();
        let is_other = tick.deadline() != due;
        if is_other {
            tick.reset(due);
        }
        is_other
    }
}
