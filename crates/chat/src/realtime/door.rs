//! Who opens a socket: the ways in which a request can prove its caller, and what becomes of each.
//!
//! A proof in the `Authorization` header is not a browser's: where it does not hold, the request is refused over HTTP. A
//! browser cannot see that answer, so whoever came with a ticket, a cookie or a token in the query gets a socket, and is
//! told there, by an `error` frame and a close code. A cookie that is not accepted counts as none, since browsers send
//! theirs unasked.

use http::{header, request::Parts};
use parlance_base::{Caller, Credentials, Error, Kind, Result, Time};
use parlance_edge::workspace_named;
use tokio::time::timeout;

use super::{frame::AuthToken, limits::ANSWER_WITHIN, node::Node};

/// What the query of the request says.
#[derive(Default, serde::Deserialize)]
pub(super) struct Query {
    ticket: Option<String>,
    token: Option<String>,
}

/// Who comes in.
pub(super) enum Guest {
    /// A caller, found good by a check begun at that time.
    Known(Box<Caller>, Time),
    /// One whose proof does not hold, to be told over the socket.
    Refused(Error),
    /// Somebody who has not said yet who they are. The request says the rest.
    Stranger(Box<Parts>),
}

impl Node {
    /// Finds out who sends the request.
    ///
    /// # Errors
    /// What is answered over HTTP instead of a socket.
    pub(super) async fn greet(&self, query: Query, parts: Parts) -> Result<Guest> {
        if parts.headers.contains_key(header::AUTHORIZATION) {
            return self.identify(Credentials::Header, None, &parts).await.map(known);
        }
        if let Some(ticket) = &query.ticket {
            return Ok(told(self.identify(Credentials::Ticket(ticket), None, &parts).await));
        }
        if parts.headers.contains_key(header::COOKIE)
            && let Some(guest) = self.by_cookie(&parts).await
        {
            return Ok(guest);
        }
        if let Some(token) = &query.token {
            return Ok(told(self.identify(Credentials::Token(token), None, &parts).await));
        }
        Ok(Guest::Stranger(Box::new(parts)))
    }

    /// Finds out who sent the first frame.
    pub(super) async fn greet_stranger(
        &self,
        token: AuthToken,
        workspace: Option<String>,
        parts: Box<Parts>,
    ) -> Result<(Box<Caller>, Time)> {
        self.identify(Credentials::Token(token.reveal()), workspace, &parts).await
    }

    async fn by_cookie(&self, parts: &Parts) -> Option<Guest> {
        let origin = parts.headers.get(header::ORIGIN).and_then(|origin| origin.to_str().ok());
        let result = self.identify(Credentials::Cookie { origin }, None, parts).await;
        let is_none =
            matches!(&result, Err(error) if matches!(error.kind(), Kind::Unauthenticated | Kind::Forbidden));
        (!is_none).then(|| told(result))
    }

    async fn identify(
        &self,
        credentials: Credentials<'_>,
        workspace: Option<String>,
        parts: &Parts,
    ) -> Result<(Box<Caller>, Time)> {
        let checked = self.timeline.now();
        let workspace = workspace.or_else(|| workspace_named(parts));
        let caller = timeout(ANSWER_WITHIN, self.host.authenticate(credentials, workspace.as_deref(), parts));
        let late = |_| Error::unavailable("auth.unavailable", "the caller cannot be checked now");
        Ok((Box::new(caller.await.map_err(late)??), checked))
    }
}

fn known((caller, checked): (Box<Caller>, Time)) -> Guest {
    Guest::Known(caller, checked)
}

fn told(result: Result<(Box<Caller>, Time)>) -> Guest {
    result.map_or_else(Guest::Refused, known)
}
