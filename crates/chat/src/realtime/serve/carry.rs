//! Doing what a connection wants: sending, asking, telling the hub.

use std::{
    pin::pin,
    sync::Arc,
    task::{Context, Poll},
};

use parlance_base::{BoxFuture, Caller};

use super::{
    End, Session,
    ask::{self, Done},
};
use crate::realtime::{
    Control, HubInput, Inbox, Input, Output, StreamKey, Text,
    frame::CloseCode,
    node::Node,
    socket::{Outgoing, Unsent},
};

impl Session {
    /// Whether all that the connection wants is to send frames, and they went out at once: nearly always so for what comes out
    /// of the queue.
    pub(super) fn sends(&mut self, context: &mut Context<'_>) -> bool {
        if !self.wanted.iter().all(|output| matches!(output, Output::Send(_))) {
            return false;
        }
        let frames = std::mem::take(&mut self.wanted).into_iter().filter_map(said).collect();
        self.push(frames);
        let is_done = matches!(self.socket.poll_send(context), Poll::Ready(Ok(())));
        is_done && !self.conversation.as_ref().is_some_and(|conversation| conversation.is_waiting())
    }

    /// Does what the connection wants, until it wants nothing more and all is sent.
    pub(super) async fn carry_out(&mut self) -> Result<(), End> {
        loop {
            let (mut frames, mut begun) = (Vec::new(), Ok(()));
            for output in std::mem::take(&mut self.wanted) {
                begun = self.begin(output, &mut frames).await;
                if begun.is_err() {
                    break;
                }
            }
            self.push(frames);
            begun?;
            self.flush().await?;
            self.converse().await?;
            if self.wanted.is_empty() {
                return Ok(());
            }
        }
    }

    async fn begin(&mut self, output: Output, frames: &mut Vec<Outgoing>) -> Result<(), End> {
        match output {
            Output::Send(text) => frames.push(Outgoing::Text(text)),
            Output::Ping => frames.push(Outgoing::Ping),
            Output::Close(code) => return Err(End::Close(code)),
            Output::Listen(streams) => self.tell_hub(HubInput::Listen { connection: self.id, streams }).await,
            Output::Unlisten(stream) => {
                self.tell_hub(HubInput::Unlisten { connection: self.id, stream }).await;
            }
            Output::Authenticate { token, workspace } => {
                let stranger = self.stranger.take();
                self.asked.spawn(ask::who(Arc::clone(&self.node), token, workspace, stranger));
            }
            Output::Look(mut streams) => {
                // Of what else is gained, a conversation tells nothing.
                if let Some(conversation) = &self.conversation {
                    streams.retain(|stream| *stream == conversation.group());
                }
                self.ask(|node, caller| Box::pin(ask::look(node, caller, streams)));
            }
            Output::Read { stream, after } => self.ask(|node, caller| {
                let key = StreamKey { workspace: caller.workspace, stream };
                Box::pin(ask::page(node, key, after))
            }),
            Output::Run(command) => self.ask(|node, caller| Box::pin(ask::run(node, caller, command))),
        }
        Ok(())
    }

    /// Asks what only a caller who was let in can ask.
    fn ask(&mut self, question: impl FnOnce(Arc<Node>, Arc<Caller>) -> BoxFuture<'static, Done>) {
        if let Some(caller) = &self.caller {
            self.asked.spawn(question(Arc::clone(&self.node), Arc::clone(caller)));
        }
    }

    /// Does what a conversation wants, if the socket is for one: it is over, or about others than before.
    async fn converse(&mut self) -> Result<(), End> {
        let Some(conversation) = &mut self.conversation else { return Ok(()) };
        if conversation.is_over() {
            return Err(End::Close(CloseCode::RoleChanged));
        }
        if let Some(wish) = conversation.take_wish() {
            self.tell_hub(HubInput::Wish { connection: self.id, wish }).await;
        }
        Ok(())
    }

    /// The same frames as the client of this socket is told them.
    pub(super) fn in_its_words(&mut self, frames: Vec<Outgoing>) -> Vec<Outgoing> {
        let Some(conversation) = &mut self.conversation else { return frames };
        let mut told = Vec::new();
        for frame in frames {
            match frame.text() {
                Some(text) => {
                    let frames = conversation.told(text.frame());
                    told.extend(frames.into_iter().map(|frame| Outgoing::Text(Text::Own(frame))));
                }
                None => told.push(frame),
            }
        }
        told
    }

    fn push(&mut self, frames: Vec<Outgoing>) {
        let frames = self.in_its_words(frames);
        self.node.measured.sent(frames.iter().filter_map(Outgoing::text));
        self.socket.push(frames);
    }

    /// Sends what is to be sent, unless the hub closes the connection meanwhile or the client takes in too little.
    async fn flush(&mut self) -> Result<(), End> {
        let code = {
            let mut sending = pin!(self.socket.send());
            loop {
                let control = tokio::select! {
                    biased;
                    sent = &mut sending => match sent {
                        Ok(()) => return Ok(()),
                        Err(Unsent::Gone) => return Err(End::Gone),
                        Err(Unsent::TooSlow) => break CloseCode::SlowConsumer,
                    },
                    () = self.node.end.cancelled() => return Err(End::Now),
                    control = beside(&mut self.inbox) => control,
                };
                self.connection.handle(self.node.timeline.now(), Input::Control(control), &mut self.wanted);
                if let Some(Output::Close(code)) = self.wanted.last() {
                    break *code;
                }
            }
        };
        // The hub is not heard any more, and could not say that some of it is no longer for them.
        self.socket.forget();
        Err(End::Close(code))
    }

    pub(super) async fn tell_hub(&mut self, input: HubInput) {
        // A hub that is gone has closed the connection already.
        let _ = self.node.hub.send(input).await;
    }
}

/// The frame, if it says something.
pub(super) fn said(output: Output) -> Option<Outgoing> {
    match output {
        Output::Send(text) => Some(Outgoing::Text(text)),
        _ => None,
    }
}

async fn beside(inbox: &mut Option<Inbox>) -> Control {
    match inbox {
        Some(inbox) => inbox.control().await,
        None => std::future::pending().await,
    }
}
