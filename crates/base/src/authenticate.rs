//! How a router learns who calls it: it asks its host.

use std::{future::Future, pin::Pin};

use http::{HeaderMap, header::AUTHORIZATION, request::Parts};

use crate::{Caller, CallerRef, Check, Identity, Result};

/// A future behind a trait object.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Where in a request the caller's proof is. Its name and form there are the host's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Credentials<'a> {
    /// In the `Authorization` header.
    Header,
    /// In the host's cookie. `origin` is the request's `Origin`: the host refuses one it does not know, and a request
    /// that changes something without the token that only its own pages have.
    Cookie {
        /// The `Origin` header, if there is one.
        origin: Option<&'a str>,
    },
    /// This single-use ticket, from the query.
    Ticket(&'a str),
    /// This token, from the query or from a socket's first frame.
    Token(&'a str),
}

impl<'a> Credentials<'a> {
    /// The bearer token, where that is the proof: of `Authorization: Bearer`, of the query or of a socket's first frame. None
    /// where the proof is a cookie or a ticket.
    #[must_use]
    pub fn bearer(self, headers: &'a HeaderMap) -> Option<&'a str> {
        match self {
            Self::Header => headers.get(AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer "),
            Self::Token(token) => Some(token),
            Self::Cookie { .. } | Self::Ticket(_) => None,
        }
    }
}

/// Who sends a request, whatever the workspace: for the routes that are about no workspace, or about which there are.
pub trait Identify: Send + Sync + 'static {
    /// The user behind the proof.
    ///
    /// # Errors
    /// 401 where the proof does not hold; 403 `csrf.refused` for a cookie without its token.
    fn identify<'a>(
        &'a self,
        credentials: Credentials<'a>,
        request: &'a Parts,
    ) -> BoxFuture<'a, Result<Identity>>;
}

/// The host's side of authentication.
pub trait Authenticate: Send + Sync + 'static {
    /// Who sends this request, and what they are in the workspace: the one named by id or slug, else a ticket's own, else
    /// the caller's only one.
    ///
    /// # Errors
    /// 401 where the proof does not hold; 404 `workspace.not_found` where the caller is not of the named workspace; 400
    /// `workspace.required` where none is named and the caller has several or none; 403 `csrf.refused` for a cookie
    /// without its token.
    fn authenticate<'a>(
        &'a self,
        credentials: Credentials<'a>,
        workspace: Option<&'a str>,
        request: &'a Parts,
    ) -> BoxFuture<'a, Result<Caller>>;

    /// Whether these callers still are what they were, in the same order.
    ///
    /// # Errors
    /// Where it cannot be told now.
    fn revalidate<'a>(&'a self, callers: &'a [CallerRef]) -> BoxFuture<'a, Result<Vec<Check>>>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bearer_token_is_found_where_the_proof_is_one() {
        let mut headers = HeaderMap::new();
        assert_eq!(Credentials::Header.bearer(&headers), None);
        for (value, token) in
            [("Bearer abc", Some("abc")), ("Basic abc", None), ("Bearer", None), ("abc", None)]
        {
            headers.insert(AUTHORIZATION, value.parse().unwrap());
            assert_eq!(Credentials::Header.bearer(&headers), token, "{value}");
        }
        assert_eq!(Credentials::Token("abc").bearer(&headers), Some("abc"));
        for other in [Credentials::Cookie { origin: None }, Credentials::Ticket("abc")] {
            assert_eq!(other.bearer(&headers), None, "{other:?}");
        }
    }
}
