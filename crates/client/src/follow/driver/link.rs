//! What there is of a connection: none, an attempt, a socket.

use std::{fmt, time::Duration};

use futures::future::BoxFuture;
use tokio::time::{Instant, sleep_until, timeout_at};

use crate::{Error, Frame, InWorkspace, Socket, SocketOptions, socket::Command};

pub(super) enum Link {
    Connecting(BoxFuture<'static, Result<Socket, Error>>),
    Open {
        socket: Box<Socket>,
        /// Until when the whole of `ready` has to be there, or since when it is.
        ready: Ready,
    },
    /// Until when there is no attempt.
    Waiting(Instant),
    /// No attempt is made.
    Stopped,
}

#[derive(Clone, Copy)]
pub(super) enum Ready {
    By(Instant),
    Since(Instant),
}

pub(super) enum Came {
    /// It is open now, or it is time to try: nothing to tell.
    Changed,
    Frame(Box<Frame>),
    Ended(Error),
}

impl Link {
    pub(super) fn connect(workspace: &InWorkspace, options: SocketOptions) -> Self {
        let workspace = workspace.clone();
        Self::Connecting(Box::pin(async move { workspace.connect(options).await }))
    }

    /// What happens next. Nothing is lost if the wait is dropped.
    pub(super) async fn next(
        &mut self,
        workspace: &InWorkspace,
        options: SocketOptions,
        ready_within: Duration,
    ) -> Came {
        match self {
            Self::Connecting(connecting) => match connecting.await {
                Ok(socket) => {
                    let ready = Ready::By(Instant::now() + ready_within);
                    *self = Self::Open { socket: Box::new(socket), ready };
                    Came::Changed
                }
                Err(error) => Came::Ended(error),
            },
            Self::Open { socket, ready } => match frame(socket, *ready).await {
                Ok(frame) => Came::Frame(Box::new(frame)),
                Err(error) => Came::Ended(error),
            },
            Self::Waiting(until) => {
                sleep_until(*until).await;
                *self = Self::connect(workspace, options);
                Came::Changed
            }
            Self::Stopped => std::future::pending().await,
        }
    }

    pub(super) async fn send(&mut self, id: &str, command: &Command) -> Result<(), Error> {
        match self {
            Self::Open { socket, .. } => socket.send_as(Some(id), command).await,
            _ => Err(Error::NotConnected),
        }
    }

    /// The whole of `ready` has come.
    pub(super) fn is_ready(&mut self) {
        if let Self::Open { ready: ready @ Ready::By(_), .. } = self {
            *ready = Ready::Since(Instant::now());
        }
    }

    /// How long it was there since `ready`.
    pub(super) fn lasted(&self) -> Duration {
        match self {
            Self::Open { ready: Ready::Since(since), .. } => since.elapsed(),
            _ => Duration::ZERO,
        }
    }

    pub(super) async fn close(self) {
        if let Self::Open { socket, .. } = self {
            socket.close().await;
        }
    }
}

async fn frame(socket: &mut Socket, ready: Ready) -> Result<Frame, Error> {
    match ready {
        Ready::By(until) => timeout_at(until, socket.next()).await.map_err(|_| Error::TimedOut)?,
        Ready::Since(_) => socket.next().await,
    }
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Connecting(_) => "Connecting",
            Self::Open { .. } => "Open",
            Self::Waiting(_) => "Waiting",
            Self::Stopped => "Stopped",
        })
    }
}
