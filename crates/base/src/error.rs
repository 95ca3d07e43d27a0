//! The one error that crosses crate borders. A kind decides the HTTP status and the frame; a code names the reason.

use std::{error, fmt, time::Duration};

/// What callers of a domain crate get.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong, in the terms that a door (HTTP, socket, CLI) needs to answer it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The request cannot be parsed at all (400).
    Malformed,
    /// The request says something that cannot be (422).
    Invalid,
    /// Nobody known is asking (401).
    Unauthenticated,
    /// The caller may not do this (403).
    Forbidden,
    /// The license does not cover this (402).
    Payment,
    /// There is no such thing, or none that the caller may know of (404).
    NotFound,
    /// There is such a thing, but this cannot be done to it (405).
    WrongMethod,
    /// It clashes with what is there (409).
    Conflict,
    /// It is larger than allowed (413).
    TooLarge,
    /// The caller asks too often (429).
    TooMany {
        /// When asking again can succeed.
        retry_after: Duration,
    },
    /// The service cannot do it now, but may soon (503).
    Unavailable {
        /// When asking again can succeed.
        retry_after: Duration,
    },
    /// A fault of ours (500). The message is for the log, never for the client.
    Internal,
}

/// An error with its kind, its code (`<noun>.<reason>`), a sentence for people and the cause beneath it.
#[derive(Debug)]
pub struct Error {
    kind: Kind,
    code: &'static str,
    message: String,
    source: Option<Box<dyn error::Error + Send + Sync>>,
}

impl Error {
    /// An error of `kind`; `message` is lower-case, without a full stop, and names no secret.
    #[must_use]
    pub fn new(kind: Kind, code: &'static str, message: impl Into<String>) -> Self {
        Self { kind, code, message: message.into(), source: None }
    }

    /// The service cannot do it now; `retry_after` a second.
    #[must_use]
    pub fn unavailable(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(Kind::Unavailable { retry_after: Duration::from_secs(1) }, code, message)
    }

    /// A fault of ours.
    #[must_use]
    pub fn internal(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(Kind::Internal, code, message)
    }

    /// The same error with the cause beneath it, for the log.
    #[must_use]
    pub fn because(mut self, source: impl Into<Box<dyn error::Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// What went wrong.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// The reason, as `<noun>.<reason>`.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        self.code
    }

    /// The sentence for people.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.message)
    }
}

impl error::Error for Error {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        self.source.as_ref().map(|source| {
            let source: &(dyn error::Error + 'static) = source.as_ref();
            source
        })
    }
}
