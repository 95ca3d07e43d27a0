//! The task of one socket: it feeds the connection and does what comes out.
//!
//! It reads, listens to the hub and waits for answers all at once, and then sends whatever is to be sent, flushed once.
//! While a client does not take that in, nothing else is done but to listen beside the queue, so that the hub can end the
//! connection; the queue has its bound meanwhile.

mod admit;
mod ask;
mod carry;
mod event;
mod follow;
mod log;
mod trace;

use std::{borrow::Cow, sync::Arc};

use http::request::Parts;
use parlance_base::{Caller, ConnectionId, StreamId};
use parlance_store::measure::OneMore;
use tokio::task::JoinSet;

use super::{
    Connection, HubInput, Inbox, Input, Opening, Output, Wire,
    conversation::Conversation,
    door::Guest,
    frame::CloseCode,
    limits::{PING_EVERY, RECONNECT_AFTER},
    node::Node,
    socket::{Came, Socket},
};
use crate::measure::Sockets;
use {ask::Done, event::Event};

struct Session {
    node: Arc<Node>,
    id: ConnectionId,
    socket: Socket,
    connection: Connection,
    /// What is said of one group alone, if the socket is for that.
    conversation: Option<Box<Conversation>>,
    /// The request of somebody who has not said yet who they are.
    stranger: Option<Box<Parts>>,
    caller: Option<Arc<Caller>>,
    inbox: Option<Inbox>,
    /// What the connection waits for: it asks for one of a kind at a time. They are tasks, which go on while a client does not
    /// take in what is sent to it: what they hold of the store others wait for.
    asked: JoinSet<Done>,
    wanted: Vec<Output>,
    /// Where entries can be sent past the connection.
    wire: Option<Wire>,
    _open: OneMore,
}

/// How a socket ends.
enum End {
    Gone,
    Close(CloseCode),
    /// Everything ends, whatever it is doing.
    Now,
}

/// Serves the socket until it is closed.
///
/// Most sockets are idle, and what they wait with is what they cost. A future that is handed to another lies in that one as
/// often as it is moved on, so what is seldom done is boxed. The session lies in the task itself: an entry that goes out to many
/// finds nothing of their connections in the processor's cache, and what lies together is fetched together.
pub(super) fn serve(
    node: Arc<Node>,
    socket: Socket,
    guest: Guest,
    group: Option<StreamId>,
    wire: Option<Wire>,
) -> impl Future<Output = ()> + Send + 'static {
    let mut session = Session::new(node, socket, &guest, group, wire);
    async move {
        let end = session.run(guest).await;
        Box::pin(session.finish(end)).await;
    }
}

impl Session {
    fn new(
        node: Arc<Node>,
        socket: Socket,
        guest: &Guest,
        group: Option<StreamId>,
        wire: Option<Wire>,
    ) -> Self {
        let opening =
            if matches!(guest, Guest::Stranger(_)) { Opening::FirstFrame } else { Opening::Request };
        // A conversation tells what it hears in words of its own.
        let wire = wire.filter(|_| node.is_one_thread && group.is_none());
        let connection = Connection::new(node.timeline.now(), opening, node.part_of(PING_EVERY));
        Self {
            id: node.ids.next(),
            _open: node.measured.open(),
            node,
            socket,
            connection,
            conversation: group.map(|group| Box::new(Conversation::new(group))),
            stranger: None,
            caller: None,
            inbox: None,
            asked: JoinSet::new(),
            wanted: Vec::new(),
            wire,
        }
    }

    async fn run(&mut self, guest: Guest) -> End {
        let ends = self.node.end.clone();
        match Box::pin(ends.run_until_cancelled(self.receive(guest))).await {
            Some(Ok(())) => self.follow().await,
            Some(Err(end)) => end,
            None => End::Now,
        }
    }

    async fn receive(&mut self, guest: Guest) -> Result<(), End> {
        match guest {
            Guest::Known(caller, checked) => self.admit(caller, checked).await,
            Guest::Refused(error) => self.feed(Input::Refused(error)),
            Guest::Stranger(parts) => self.stranger = Some(parts),
        }
        self.carry_out().await
    }

    /// Ends the socket, with what is left to say.
    async fn finish(self, end: End) {
        let ends = self.node.end.clone();
        ends.run_until_cancelled(self.part(end)).await;
    }

    async fn part(mut self, end: End) {
        self.tell_hub(HubInput::Closed(self.id)).await;
        // A client that takes its time to hang up keeps nothing waiting here meanwhile.
        self.inbox = None;
        self.asked.abort_all();
        let last = std::mem::take(&mut self.wanted).into_iter().filter_map(carry::said).collect();
        let last = self.in_its_words(last);
        let Self { mut socket, .. } = self;
        match end {
            End::Now => {}
            End::Gone => {
                Sockets::closed(None);
                socket.end().await;
            }
            End::Close(code) => {
                Sockets::closed(Some(code));
                socket.push(last);
                socket.close(code).await;
            }
        }
    }

    async fn take(&mut self, event: Event) -> Result<(), End> {
        match event {
            Event::Came(Came::Text(text)) => {
                let text = match &self.conversation {
                    Some(conversation) => conversation.heard(&text),
                    None => Cow::Borrowed(text.as_str()),
                };
                self.feed(Input::Text(&text));
            }
            Event::Came(Came::Binary) => self.feed(Input::Binary),
            Event::Came(Came::Oversize) => self.feed(Input::Oversize),
            Event::Came(Came::Alive) => self.feed(Input::Alive),
            Event::Came(Came::Gone) => return Err(End::Gone),
            Event::Said(control) => self.feed(Input::Control(control)),
            Event::Delivered => {}
            Event::Done(Done::Known(caller, checked)) => self.admit(caller, checked).await,
            Event::Done(Done::Input(input)) => self.answered(input).await,
            Event::Done(Done::Conversing(ready, people)) => {
                if let Some(conversation) = &mut self.conversation {
                    conversation.begin(people);
                }
                self.answered(Input::Authenticated(ready)).await;
            }
            Event::Done(Done::Wished(wish, data)) => {
                self.feed(Input::Reply(Ok(data)));
                self.carry_out().await?;
                self.tell_hub(HubInput::Wish { connection: self.id, wish }).await;
            }
            Event::Lost => return Err(End::Close(CloseCode::Unavailable)),
            Event::Stopping => {
                let reconnect_after = RECONNECT_AFTER + self.node.part_of(RECONNECT_AFTER);
                self.feed(Input::Shutdown { reconnect_after });
            }
            Event::Ended => return Err(End::Now),
            Event::Tick => self.feed(Input::Tick),
        }
        self.carry_out().await
    }

    fn feed(&mut self, input: Input<'_>) {
        log::failure(&input);
        self.connection.handle(self.node.timeline.now(), input, &mut self.wanted);
    }
}
