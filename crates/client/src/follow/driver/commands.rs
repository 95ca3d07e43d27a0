//! What the application asks of the follower's socket.

use std::time::Duration;

use parlance_base::{EntryId, StreamId, UserId};
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::{
    sync::{mpsc, oneshot},
    time::timeout,
};

use super::FollowOptions;
use crate::{
    Error, InWorkspace, Presence,
    socket::Command,
    wire::{Message, NewMessage, ReadState, Sent},
};

/// Commands that wait to be taken by the follower.
pub(super) const WAITING: usize = 64;

/// A handle on a follower's socket. Clones are the same.
///
/// All calls fail with [`Error::Closed`] once the follower is. All but [`Commands::send`] fail with
/// [`Error::NotConnected`] while there is no connection, with [`Error::Closed`] if it ends before the answer has come, and
/// with [`Error::Full`] if 256 wait already.
#[derive(Clone, Debug)]
pub struct Commands {
    asks: mpsc::Sender<Ask>,
    workspace: InWorkspace,
    answer_within: Duration,
    send_within: Duration,
}

#[derive(Debug)]
pub(super) enum Ask {
    /// To be answered with what the server says.
    Frame(Box<Command>, oneshot::Sender<Result<Value, Error>>),
    /// To connect now, whatever was waited for.
    Reconnect,
}

impl Commands {
    pub(super) const fn new(asks: mpsc::Sender<Ask>, workspace: InWorkspace, options: FollowOptions) -> Self {
        let FollowOptions { answer_within, send_within, .. } = options;
        Self { asks, workspace, answer_within, send_within }
    }

    /// Sends the message, on however many connections, until it is stored or refused for a reason that will not pass. It
    /// also comes as an entry.
    ///
    /// # Errors
    /// The refusal; [`Error::Full`] if 1,024 messages wait already; [`Error::TimedOut`] when it is not settled in time
    /// (60 s): it may still be sent then, and sending it again under the same `client_id` is harmless.
    pub async fn send(&self, group_id: StreamId, mut message: NewMessage) -> Result<Sent, Error> {
        self.workspace.name(&mut message);
        read(self.ask(Command::Send { group_id, message }, self.send_within).await?)
    }

    /// Edits the message.
    ///
    /// # Errors
    /// Those of [`InWorkspace::edit`], as [`Error::Refused`].
    pub async fn edit(
        &self,
        group_id: StreamId,
        message_id: EntryId,
        content: impl Into<String>,
    ) -> Result<Message, Error> {
        let content = content.into();
        read(self.ask(Command::Edit { group_id, message_id, content }, self.answer_within).await?)
    }

    /// Deletes the message.
    ///
    /// # Errors
    /// Those of [`InWorkspace::delete_message`], as [`Error::Refused`].
    pub async fn delete(&self, group_id: StreamId, message_id: EntryId) -> Result<(), Error> {
        self.ask(Command::Delete { group_id, message_id }, self.answer_within).await.map(drop)
    }

    /// Notes that one has read up to `seq`, unless something was marked unread after this `read_rev`.
    ///
    /// # Errors
    /// Those of [`InWorkspace::read`], as [`Error::Refused`].
    pub async fn read(
        &self,
        group_id: StreamId,
        seq: u64,
        read_rev: Option<u64>,
    ) -> Result<ReadState, Error> {
        read(self.ask(Command::Read { group_id, seq, thread_id: None, read_rev }, self.answer_within).await?)
    }

    /// Tells the group that one types, or no longer.
    ///
    /// # Errors
    /// Those of [`InWorkspace::typing`], as [`Error::Refused`].
    pub async fn typing(&self, group_id: StreamId, active: bool) -> Result<(), Error> {
        let command =
            if active { Command::TypingStart { group_id } } else { Command::TypingStop { group_id } };
        self.ask(command, self.answer_within).await.map(drop)
    }

    /// Says whether one is there, on this connection; that one is not to be disturbed is so on all,
    /// until one says something else.
    ///
    /// # Errors
    /// `rate.limited`, as [`Error::Refused`].
    pub async fn say_presence(&self, status: Presence) -> Result<(), Error> {
        self.ask(Command::PresenceUpdate { status }, self.answer_within).await.map(drop)
    }

    /// Asks to be told of these people, up to 500, and of no others: until the connection ends, so it is asked again after
    /// [`Event::Connected`](crate::Event::Connected).
    ///
    /// # Errors
    /// `presence.too_many`, `rate.limited`, as [`Error::Refused`].
    pub async fn watch_presence(&self, user_ids: Vec<UserId>) -> Result<(), Error> {
        self.ask(Command::PresenceWatch { user_ids }, self.answer_within).await.map(drop)
    }

    /// Watches the public group, on later connections too.
    ///
    /// # Errors
    /// `group.not_found`, `group.too_many_watched`, as [`Error::Refused`].
    pub async fn watch(&self, group_id: StreamId) -> Result<(), Error> {
        self.ask(Command::Watch { group_id }, self.answer_within).await.map(drop)
    }

    /// Watches the group no longer.
    ///
    /// # Errors
    /// As [`Error::Refused`].
    pub async fn unwatch(&self, group_id: StreamId) -> Result<(), Error> {
        self.ask(Command::Unwatch { group_id }, self.answer_within).await.map(drop)
    }

    /// Asks the server for an answer, and nothing else.
    ///
    /// # Errors
    /// [`Error::TimedOut`].
    pub async fn ping(&self) -> Result<(), Error> {
        self.ask(Command::Ping, self.answer_within).await.map(drop)
    }

    /// Connects now, where the follower is waiting to: after 4001, 4003 and 4010, once the client holds new credentials
    /// or the user wants to try again; or before a wait is over.
    ///
    /// # Errors
    /// [`Error::Closed`].
    pub async fn reconnect(&self) -> Result<(), Error> {
        self.asks.send(Ask::Reconnect).await.map_err(|_| closed())
    }

    async fn ask(&self, command: Command, within: Duration) -> Result<Value, Error> {
        let (reply, answer) = oneshot::channel();
        let asking = async {
            self.asks.send(Ask::Frame(Box::new(command), reply)).await.map_err(|_| closed())?;
            answer.await.map_err(|_| closed())?
        };
        timeout(within, asking).await.map_err(|_| Error::TimedOut)?
    }
}

fn read<T: DeserializeOwned>(answer: Value) -> Result<T, Error> {
    serde_json::from_value(answer).map_err(|error| Error::Unreadable(error.to_string()))
}

fn closed() -> Error {
    Error::Closed { code: None, reason: "the follower was closed".to_owned() }
}
