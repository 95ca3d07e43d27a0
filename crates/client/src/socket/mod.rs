//! One WebSocket, frame by frame, as `docs/protocol.md` describes it. What frames mean is for whoever reads them.
//!
//! A socket has one owner, who reads and writes it; [`Socket::next`] may be dropped half-way, as in a `select!`.

mod command;
mod connect;
mod frame;
mod live;
mod ready;

use std::{collections::VecDeque, time::Duration};

use futures::{SinkExt as _, StreamExt as _};
use serde_json::Value;
use tokio::{
    net::TcpStream,
    time::{Instant, timeout, timeout_at},
};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, tungstenite::Message};

use crate::Error;

pub use command::Command;
pub use connect::{Proof, SocketOptions};
pub use frame::{Frame, Ready, ReadyStream, ReadyUser, Status, StreamKind, Verdict};
pub use live::{Presence, PresenceChange, Receipt, Typing};

/// What is kept of what comes while an answer is waited for.
const MOST_KEPT: usize = 4_096;
/// How long a frame may take to be written.
const WRITE_WITHIN: Duration = Duration::from_secs(30);
/// How long the other side is waited for when a socket is closed.
const CLOSE_WITHIN: Duration = Duration::from_secs(5);

/// An open socket.
#[derive(Debug)]
pub struct Socket {
    web: WebSocketStream<MaybeTlsStream<TcpStream>>,
    silence: Duration,
    heard: Instant,
    frames: u64,
    kept: VecDeque<Frame>,
    /// Why it ended, once it has.
    ended: Option<(Option<u16>, String)>,
}

impl Socket {
    fn new(web: WebSocketStream<MaybeTlsStream<TcpStream>>, silence: Duration) -> Self {
        Self { web, silence, heard: Instant::now(), frames: 0, kept: VecDeque::new(), ended: None }
    }

    /// The next frame. Nothing is lost if the wait is dropped.
    ///
    /// # Errors
    /// [`Error::Closed`] once the socket has ended, and from then on: also when nothing came for too long (75 s), not even
    /// a ping. [`Error::Unreadable`] for what is no frame; the next may be one.
    pub async fn next(&mut self) -> Result<Frame, Error> {
        match self.kept.pop_front() {
            Some(frame) => Ok(frame),
            None => self.receive().await,
        }
    }

    /// Sends a frame with an id, and answers that id.
    ///
    /// # Errors
    /// [`Error::Closed`]; [`Error::Unsendable`] for what no frame can say.
    pub async fn send(&mut self, command: &Command) -> Result<String, Error> {
        self.frames += 1;
        let id = self.frames.to_string();
        self.send_as(Some(&id), command).await?;
        Ok(id)
    }

    /// Sends a frame with this id, or with none: then it is not answered.
    ///
    /// # Errors
    /// As [`Socket::send`].
    pub async fn send_as(&mut self, id: Option<&str>, command: &Command) -> Result<(), Error> {
        self.write(Message::text(command.encode(id)?)).await
    }

    /// Sends this text as it is, frame or not: for tests of the server.
    ///
    /// # Errors
    /// [`Error::Closed`].
    pub async fn send_text(&mut self, text: impl Into<String>) -> Result<(), Error> {
        self.write(Message::text(text.into())).await
    }

    /// Sends a binary message, which the server does not take: for tests of it.
    ///
    /// # Errors
    /// [`Error::Closed`].
    pub async fn send_binary(&mut self, bytes: Vec<u8>) -> Result<(), Error> {
        self.write(Message::binary(bytes)).await
    }

    /// Sends a frame and waits for its answer, no longer than `within`. What else comes meanwhile, at most 4,096 frames,
    /// is kept for [`Socket::next`].
    ///
    /// # Errors
    /// [`Error::Refused`]; [`Error::TimedOut`]; [`Error::Full`] when more comes meanwhile; [`Error::Closed`].
    pub async fn ask(&mut self, command: &Command, within: Duration) -> Result<Value, Error> {
        let until = Instant::now() + within;
        let asked = self.send(command).await?;
        loop {
            let frame = timeout_at(until, self.receive()).await.map_err(|_| Error::TimedOut)??;
            match frame {
                Frame::Ok { id, data } if id == asked => return Ok(data),
                Frame::Error { id: Some(id), refusal } if id == asked => return Err(refusal.into()),
                other if self.kept.len() < MOST_KEPT => self.kept.push_back(other),
                _ => return Err(Error::Full),
            }
        }
    }

    /// The close code, once the socket has ended with one.
    #[must_use]
    pub fn close_code(&self) -> Option<u16> {
        self.ended.as_ref().and_then(|(code, _)| *code)
    }

    /// Closes the socket, and waits a little for the server to have heard it.
    pub async fn close(mut self) {
        let closing = async {
            // Whether it is heard is no matter: the connection ends in any case.
            let _ = self.web.close(None).await;
            while let Some(Ok(_)) = self.web.next().await {}
        };
        let _ = timeout(CLOSE_WITHIN, closing).await;
    }

    async fn receive(&mut self) -> Result<Frame, Error> {
        loop {
            if let Some((code, reason)) = &self.ended {
                return Err(Error::Closed { code: *code, reason: reason.clone() });
            }
            let Ok(came) = timeout_at(self.heard + self.silence, self.web.next()).await else {
                self.ended = Some((None, "nothing came for too long".to_owned()));
                continue;
            };
            self.heard = Instant::now();
            match came {
                Some(Ok(Message::Text(text))) => return Frame::read(&text),
                Some(Ok(Message::Close(frame))) => {
                    let end = frame.map(|frame| (Some(frame.code.into()), frame.reason.to_string()));
                    self.ended = Some(end.unwrap_or_default());
                    // The answer to it: whether it still arrives is no matter.
                    let _ = timeout(CLOSE_WITHIN, self.web.flush()).await;
                }
                Some(Ok(_)) => {}
                Some(Err(error)) => self.ended = Some((None, error.to_string())),
                None => self.ended = Some((None, "the connection has ended".to_owned())),
            }
        }
    }

    async fn write(&mut self, message: Message) -> Result<(), Error> {
        let broken = |reason: String| Error::Closed { code: None, reason };
        match timeout(WRITE_WITHIN, self.web.send(message)).await {
            Ok(sent) => sent.map_err(|error| broken(error.to_string())),
            Err(_) => Err(broken("the server reads nothing".to_owned())),
        }
    }
}

#[cfg(test)]
mod tests;
