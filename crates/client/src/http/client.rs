//! The client of one server, and of one sign-in there.

use std::{sync::Arc, time::Duration};

use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use parlance_base::{EntryId, Ids, SystemClock};
use reqwest::{Url, redirect::Policy};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{
    InWorkspace,
    call::{Answer, Call},
    session::Session,
};
use crate::{Error, tls, wire::Tokens};

/// A client of one server. Clones share connections and the sign-in.
///
/// Tokens are kept from [`Client::login`] on and replaced when they are about to expire, by one call at a time.
#[derive(Clone, Debug)]
pub struct Client(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    web: reqwest::Client,
    base: Url,
    ids: Ids,
    session: Session,
}

/// How long things may take.
#[derive(Clone, Copy, Debug)]
pub struct Timeouts {
    /// Until there is a connection (5 s).
    pub connect: Duration,
    /// Until the whole answer has come (30 s).
    pub answer: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self { connect: Duration::from_secs(5), answer: Duration::from_secs(30) }
    }
}

impl Client {
    /// A client of the server at this address, as `https://chat.example.com`; a path in front of `/api` may follow.
    ///
    /// # Errors
    /// [`Error::Unsendable`] for what is no such address; [`Error::Transport`] where TLS or randomness cannot be had.
    pub fn new(base_url: &str) -> Result<Self, Error> {
        Self::with_timeouts(base_url, Timeouts::default())
    }

    /// The same, with other timeouts.
    ///
    /// # Errors
    /// As [`Client::new`].
    pub fn with_timeouts(base_url: &str, timeouts: Timeouts) -> Result<Self, Error> {
        let base = base(base_url)?;
        tls::choose_provider();
        let web = reqwest::Client::builder().no_proxy().redirect(Policy::none());
        let web = web.connect_timeout(timeouts.connect).timeout(timeouts.answer);
        let web = if base.scheme() == "http" { web.tls_backend_preconfigured(tls::unused()?) } else { web };
        let ids = Ids::new(Arc::new(SystemClock)).map_err(Error::transport)?;
        Ok(Self(Arc::new(Inner { web: web.build()?, base, ids, session: Session::default() })))
    }

    /// A client of the same server that shares the connections of this one, but not the sign-in.
    #[must_use]
    pub fn signed_out(&self) -> Self {
        let Inner { web, base, ids, .. } = &*self.0;
        let (web, base, ids) = (web.clone(), base.clone(), ids.clone());
        Self(Arc::new(Inner { web, base, ids, session: Session::default() }))
    }

    /// A client of the same server that comes with an API key.
    #[must_use]
    pub fn with_key(&self, api_key: impl Into<String>) -> Self {
        let client = self.signed_out();
        let (access_token, refresh_token) = (api_key.into(), String::new());
        client.set_tokens(Some(Tokens { access_token, expires_in: u64::MAX, refresh_token }));
        client
    }

    /// The same client, for what is about one workspace: named by its id or slug.
    #[must_use]
    pub fn in_workspace(&self, id_or_slug: impl Into<String>) -> InWorkspace {
        InWorkspace::new(self.clone(), id_or_slug.into())
    }

    /// Asks for whatever there is at the path, as `/api/auth/me`, with the token as it is, and says what came: any status
    /// is an answer. A body that is not JSON comes as a text, none as null.
    ///
    /// # Errors
    /// [`Error::Transport`], [`Error::Unsendable`]; [`Error::Unreadable`] for more than 16 MiB.
    pub async fn request(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<(StatusCode, HeaderMap, Value), Error> {
        let call = Call::new(method, path);
        let call = if let Some(body) = body { call.json(body)? } else { call };
        self.request_as(call).await
    }

    /// Sends exactly this, its URI being path and query, with neither token nor workspace but those in its headers.
    ///
    /// # Errors
    /// As [`Client::request`].
    pub async fn exchange(&self, request: http::Request<Vec<u8>>) -> Result<http::Response<Vec<u8>>, Error> {
        let answer = self.carry(Call::verbatim(request), None).await?;
        let mut response = http::Response::new(answer.body);
        *response.status_mut() = answer.status;
        *response.headers_mut() = answer.headers;
        Ok(response)
    }

    pub(super) async fn request_as(&self, call: Call) -> Result<(StatusCode, HeaderMap, Value), Error> {
        let answer = self.carry(call, self.session().access().as_deref()).await?;
        let body = answer.value();
        Ok((answer.status, answer.headers, body))
    }

    /// Makes the call, once more with a new token if the one it was made with turns out to be expired.
    pub(super) async fn call<T: DeserializeOwned>(&self, call: Call) -> Result<T, Error> {
        let token = self.access_token().await?;
        let answer = self.carry(call.clone(), token.as_deref()).await?;
        match token {
            Some(token) if answer.is_expired_token() => {
                let token = self.token_after(&token).await?;
                self.carry(call, Some(&token)).await?.read()
            }
            _ => answer.read(),
        }
    }

    pub(super) async fn carry(&self, call: Call, token: Option<&str>) -> Result<Answer, Error> {
        let mut request = call.request(self.base())?;
        if let Some(token) = token {
            request.headers_mut().insert(header::AUTHORIZATION, bearer(token)?);
        }
        Answer::of(self.0.web.execute(request).await?).await
    }

    pub(crate) fn base(&self) -> &Url {
        &self.0.base
    }

    pub(super) fn session(&self) -> &Session {
        &self.0.session
    }

    pub(crate) fn ids(&self) -> &Ids {
        &self.0.ids
    }

    /// A name for a message that no other has.
    pub(crate) fn new_client_id(&self) -> String {
        self.ids().next::<EntryId>().to_string()
    }
}

/// The value of `Authorization`, marked so that nothing shows it.
pub(crate) fn bearer(token: &str) -> Result<HeaderValue, Error> {
    let value = HeaderValue::from_str(&format!("Bearer {token}"));
    let mut value = value.map_err(|_| Error::Unsendable("the access token is no header".to_owned()))?;
    value.set_sensitive(true);
    Ok(value)
}

fn base(text: &str) -> Result<Url, Error> {
    let unsendable = |what: &str| Error::Unsendable(format!("the server's address {what}"));
    let url = Url::parse(text).map_err(|_| unsendable("is none"))?;
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
        return Err(unsendable("begins with neither http:// nor https://"));
    }
    if url.query().is_some() || url.fragment().is_some() || !url.username().is_empty() {
        return Err(unsendable("has more than a host, a port and a path"));
    }
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_a_host_and_perhaps_a_path() {
        for text in ["", "chat", "ws://chat", "http://", "http://a:b@chat", "http://chat?x=1", "file:///x"] {
            assert!(matches!(Client::new(text), Err(Error::Unsendable(_))), "{text}");
        }
        for text in ["http://127.0.0.1:8080", "http://chat/", "http://chat/under/here/"] {
            assert!(Client::new(text).is_ok(), "{text}");
        }
    }
}
