//! A follower over a real socket: one task that does what [`super::Machine`] says.
//!
//! An application that takes no events makes its follower stop reading once so many wait; the server then ends the
//! connection, and the follower resumes when it is read again. So nothing grows, and nothing is missed.

mod attempt;
mod commands;
mod fetch;
mod link;
mod run;
mod timers;

use std::{collections::BTreeMap, time::Duration};

use tokio::{sync::mpsc, task::JoinSet};
use tokio_util::sync::CancellationToken;

use super::{Event, State};
use crate::{Backoff, Error, InWorkspace, SocketOptions};

pub use commands::Commands;

/// How a follower goes about it.
#[derive(Clone, Copy, Debug)]
pub struct FollowOptions {
    /// How its sockets are opened.
    pub socket: SocketOptions,
    /// How long `ready` is waited for (30 s).
    pub ready_within: Duration,
    /// How connections are tried again (0–1 s first, up to 30 s).
    pub reconnect: Backoff,
    /// How many of a group's newest messages are fetched, 1–100 (50).
    pub messages: usize,
    /// How many streams are fetched at once (4).
    pub fetches: usize,
    /// How many events wait for the application before no more is read (256).
    pub events: usize,
    /// How long the answer to a command is waited for (30 s).
    pub answer_within: Duration,
    /// How long a message is waited for until it is settled (60 s).
    pub send_within: Duration,
}

impl Default for FollowOptions {
    fn default() -> Self {
        Self {
            socket: SocketOptions::default(),
            ready_within: Duration::from_secs(30),
            reconnect: Backoff { first: Duration::from_secs(1), most: Duration::from_secs(30) },
            messages: 50,
            fetches: 4,
            events: 256,
            answer_within: Duration::from_secs(30),
            send_within: Duration::from_secs(60),
        }
    }
}

/// Follows all streams of a user in a workspace. Dropped, it stops at once.
#[derive(Debug)]
pub struct Follower {
    events: mpsc::Receiver<Event>,
    state: State,
    commands: Commands,
    stop: CancellationToken,
    task: JoinSet<()>,
}

impl Follower {
    /// Begins to follow, going on from `state`, with the sign-in that the client holds. To be called within a Tokio
    /// runtime.
    #[must_use]
    pub fn start(workspace: InWorkspace, state: State, options: FollowOptions) -> Self {
        let (tell, events) = mpsc::channel(options.events.max(1));
        let (ask, asks) = mpsc::channel(commands::WAITING);
        let stop = CancellationToken::new();
        let commands = Commands::new(ask, workspace.clone(), options);
        let run = run::Run::new(workspace, &state, options, tell, asks);
        let mut task = JoinSet::new();
        let until = stop.clone();
        task.spawn(async move { Box::pin(run.follow(until)).await });
        Self { events, state, commands, stop, task }
    }

    /// The next event; none once the follower was closed. Nothing is lost if the wait is dropped.
    pub async fn next(&mut self) -> Option<Event> {
        let event = self.events.recv().await?;
        self.state.apply(&event);
        Some(event)
    }

    /// Where the application is with the events that [`Follower::next`] has answered, to go on from later.
    #[must_use]
    pub const fn state(&self) -> &State {
        &self.state
    }

    /// What is to be done over the follower's socket. Whoever waits for an answer should not be the one who takes the
    /// events: while too many of those wait, no answer comes either.
    #[must_use]
    pub fn commands(&self) -> Commands {
        self.commands.clone()
    }

    /// Ends the connection and the follower, and answers where the application is.
    pub async fn close(mut self) -> State {
        self.stop.cancel();
        // The task may wait for room for an event that nobody takes any more.
        self.events.close();
        while self.task.join_next().await.is_some() {}
        self.state
    }
}

/// Who waits for the answer to which ticket.
type Replies = BTreeMap<u64, tokio::sync::oneshot::Sender<Result<serde_json::Value, Error>>>;

#[cfg(test)]
mod tests;
