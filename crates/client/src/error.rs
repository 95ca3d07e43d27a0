//! What can go wrong with a call, and whether it may pass.

use std::time::Duration;

use thiserror::Error as ThisError;

/// Why a call has no answer, or a refusal for one.
#[derive(Debug, ThisError)]
#[non_exhaustive]
pub enum Error {
    /// The server refused over HTTP.
    #[error("{code}: {message} ({status})")]
    Api {
        /// The HTTP status.
        status: u16,
        /// The reason, as `<noun>.<reason>`; `http.<status>` where whoever answered gave none.
        code: String,
        /// A sentence for people.
        message: String,
        /// The request, as the server's log names it.
        request_id: Option<String>,
        /// When asking again can succeed.
        retry_after: Option<Duration>,
    },
    /// The server refused a frame.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The server could not be reached, or did not answer whole: whether it did what it was asked is not known.
    #[error("no whole answer from the server")]
    Transport(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// No answer came in time: whether the server did what it was asked is not known.
    #[error("no answer in time")]
    TimedOut,
    /// What the server said cannot be understood, or is larger than is read.
    #[error("the answer cannot be understood: {0}")]
    Unreadable(String),
    /// What is to be asked cannot be put on the wire.
    #[error("the request cannot be made: {0}")]
    Unsendable(String),
    /// The socket has ended. Whether frames without an answer were carried out is not known.
    #[error("the socket has ended with {code:?}")]
    Closed {
        /// The close code; none where the connection broke off, or nothing came over it for too long.
        code: Option<u16>,
        /// What the server says about it, for people.
        reason: String,
    },
    /// There is no connection now, so nothing was sent.
    #[error("there is no connection")]
    NotConnected,
    /// As much as is kept is waiting already.
    #[error("too much is waiting already")]
    Full,
    /// The client holds no sign-in, or it has ended.
    #[error("nobody is signed in")]
    SignedOut,
}

/// A frame's refusal.
#[derive(Clone, Debug, PartialEq, Eq, ThisError)]
#[error("{code}: {message}")]
pub struct Refusal {
    /// The reason, as `<noun>.<reason>`.
    pub code: String,
    /// A sentence for people.
    pub message: String,
    /// When sending it again can succeed.
    pub retry_after: Option<Duration>,
}

impl Error {
    /// The server's reason, where it gave one.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        match self {
            Self::Api { code, .. } => Some(code),
            Self::Refused(refusal) => Some(&refusal.code),
            _ => None,
        }
    }

    /// The HTTP status, where there was an answer over HTTP.
    #[must_use]
    pub const fn status(&self) -> Option<u16> {
        match self {
            Self::Api { status, .. } => Some(*status),
            _ => None,
        }
    }

    /// How long the server asks to wait before the next try.
    #[must_use]
    pub const fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Api { retry_after, .. } => *retry_after,
            Self::Refused(refusal) => refusal.retry_after,
            _ => None,
        }
    }

    /// Whether the same call can succeed later without anybody changing anything: no connection, no time, too many
    /// requests, a server or a proxy before it that cannot do it now.
    #[must_use]
    pub fn will_pass(&self) -> bool {
        match self {
            Self::Transport(_) | Self::TimedOut | Self::Closed { .. } | Self::NotConnected => true,
            Self::Api { status, .. } => matches!(status, 408 | 429 | 502 | 503 | 504),
            Self::Refused(refusal) => refusal.will_pass(),
            Self::Unreadable(_) | Self::Unsendable(_) | Self::Full | Self::SignedOut => false,
        }
    }

    pub(crate) fn transport(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Transport(cause.into())
    }
}

impl Refusal {
    /// Whether the same frame can succeed later, perhaps on another connection.
    #[must_use]
    pub fn will_pass(&self) -> bool {
        self.retry_after.is_some() || matches!(self.code.as_str(), "rate.limited" | "connection.closing")
    }
}

impl From<reqwest::Error> for Error {
    fn from(error: reqwest::Error) -> Self {
        // Addresses may hold what no log may.
        Self::transport(error.without_url())
    }
}
