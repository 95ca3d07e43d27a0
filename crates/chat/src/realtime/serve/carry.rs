//! Doing what a connection wants: sending, asking, telling the hub.

use std::{pin::pin, sync::Arc};

use parlance_base::{BoxFuture, Caller};

use super::{
    End, Session, WANTED,
    ask::{self, Done},
};
use crate::realtime::{
    Control, HubInput, Inbox, Input, Output, StreamKey,
    frame::CloseCode,
    node::Node,
    socket::{Outgoing, Unsent},
};

impl Session {
    /// Does what the connection wants, until it wants nothing more.
    pub(super) async fn carry_out(&mut self) -> Result<(), End> {
        while !self.wanted.is_empty() {
            let mut wanted = std::mem::take(&mut self.wanted);
            for output in wanted.drain(..) {
                self.begin(output).await?;
            }
            wanted.shrink_to(WANTED);
            self.wanted = wanted;
            if !self.frames.is_empty() {
                self.flush().await?;
            }
        }
        Ok(())
    }

    async fn begin(&mut self, output: Output) -> Result<(), End> {
        match output {
            Output::Send(text) => self.frames.push(Outgoing::Text(text)),
            Output::Ping => self.frames.push(Outgoing::Ping),
            Output::Listen(streams) => self.tell_hub(HubInput::Listen { connection: self.id, streams }).await,
            Output::Unlisten(stream) => {
                self.tell_hub(HubInput::Unlisten { connection: self.id, stream }).await
            }
            Output::Close(code) => return Err(End::Close(code)),
            Output::Authenticate { token, workspace } => {
                let stranger = self.stranger.take();
                self.asked.spawn(ask::who(Arc::clone(&self.node), token, workspace, stranger));
            }
            Output::Look(streams) => self.ask(|node, caller| Box::pin(ask::look(node, caller, streams))),
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

    async fn flush(&mut self) -> Result<(), End> {
        self.node.measured.sent(self.frames.iter().filter_map(Outgoing::text));
        let frames = std::mem::take(&mut self.frames);
        let mut sending = pin!(self.socket.send(&frames));
        loop {
            let control = tokio::select! {
                biased;
                sent = &mut sending => return sent.map_err(End::from),
                control = beside(&mut self.inbox) => control,
            };
            self.connection.handle(self.node.timeline.now(), Input::Control(control), &mut self.wanted);
            if let Some(Output::Close(code)) = self.wanted.last() {
                return Err(End::Close(*code));
            }
        }
    }

    pub(super) async fn tell_hub(&mut self, input: HubInput) {
        // A hub that is gone has closed the connection already.
        let _ = self.node.hub.send(input).await;
    }
}

async fn beside(inbox: &mut Option<Inbox>) -> Control {
    match inbox {
        Some(inbox) => inbox.control().await,
        None => std::future::pending().await,
    }
}

impl From<Unsent> for End {
    fn from(unsent: Unsent) -> Self {
        match unsent {
            Unsent::Gone => Self::Gone,
            Unsent::TooSlow => Self::Close(CloseCode::SlowConsumer),
        }
    }
}
