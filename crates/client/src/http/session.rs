//! The sign-in that a client holds: its tokens, replaced by one call at a time.
//!
//! A refresh token is good once. So a refresh that nobody waits for any more is still finished, and calls that find their
//! token expired at the same time wait for the same refresh.

use std::{
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::time::Instant;
use tokio_util::task::TaskTracker;

use super::{Client, call::Call};
use crate::{
    Error,
    wire::{Refresh, Tokens},
};

/// How long before its end a token is replaced, at most.
const AHEAD: Duration = Duration::from_secs(30);

#[derive(Debug, Default)]
pub(super) struct Session {
    held: Mutex<Option<Held>>,
    /// Held by the call that refreshes.
    turn: tokio::sync::Mutex<()>,
    refreshes: AtomicU64,
    tasks: TaskTracker,
}

#[derive(Debug)]
struct Held {
    tokens: Tokens,
    fresh_until: Instant,
}

impl Session {
    pub(super) fn access(&self) -> Option<String> {
        self.with(|held| held.as_ref().map(|held| held.tokens.access_token.clone()))
    }

    pub(super) fn tokens(&self) -> Option<Tokens> {
        self.with(|held| held.as_ref().map(|held| held.tokens.clone()))
    }

    pub(super) fn keep(&self, tokens: Option<Tokens>) {
        let now = Instant::now();
        self.with(|held| *held = tokens.map(|tokens| Held { fresh_until: now + fresh(&tokens), tokens }));
    }

    fn is_due(&self) -> bool {
        let now = Instant::now();
        // An API key has no successor.
        let is_due = |held: &Held| held.fresh_until <= now && !held.tokens.refresh_token.is_empty();
        self.with(|held| held.as_ref().is_some_and(is_due))
    }

    fn with<T>(&self, act: impl FnOnce(&mut Option<Held>) -> T) -> T {
        act(&mut self.held.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Client {
    /// An access token that is still good for a while; none where nobody is signed in.
    ///
    /// # Errors
    /// Those of [`Client::refresh`], where a new token had to be fetched.
    pub async fn access_token(&self) -> Result<Option<String>, Error> {
        match self.session().access() {
            Some(token) if self.session().is_due() => self.token_after(&token).await.map(Some),
            token => Ok(token),
        }
    }

    /// The tokens that the client holds now.
    #[must_use]
    pub fn tokens(&self) -> Option<Tokens> {
        self.session().tokens()
    }

    /// Goes on with the sign-in of these tokens, as after a restart; with none, without one.
    pub fn set_tokens(&self, tokens: Option<Tokens>) {
        self.session().keep(tokens);
    }

    /// Replaces the tokens.
    ///
    /// # Errors
    /// [`Error::SignedOut`] where there are none, 401 where the sign-in has ended: then the client forgets it.
    pub async fn refresh(&self) -> Result<Tokens, Error> {
        let token = self.session().access().ok_or(Error::SignedOut)?;
        self.token_after(&token).await?;
        self.tokens().ok_or(Error::SignedOut)
    }

    /// The access token that follows this one.
    pub(crate) async fn token_after(&self, stale: &str) -> Result<String, Error> {
        let (client, stale) = (self.clone(), stale.to_owned());
        let refreshing = async move { client.refresh_in_turn(&stale).await };
        self.session().tasks.spawn(refreshing).await.map_err(Error::transport)?
    }

    async fn refresh_in_turn(&self, stale: &str) -> Result<String, Error> {
        let session = self.session();
        let before = session.refreshes.load(Ordering::SeqCst);
        let _turn = session.turn.lock().await;
        let tokens = session.tokens().ok_or(Error::SignedOut)?;
        if tokens.access_token != stale {
            return Ok(tokens.access_token);
        }
        if session.refreshes.load(Ordering::SeqCst) != before {
            return Err(Error::transport("the refresh that this call waited for has failed"));
        }
        let next = self.next_tokens(&tokens).await;
        session.refreshes.fetch_add(1, Ordering::SeqCst);
        let access = next.as_ref().ok().map(|next| next.access_token.clone());
        match next {
            Ok(next) => session.keep(Some(next)),
            Err(error) if error.status() == Some(401) => {
                session.keep(None);
                return Err(error);
            }
            Err(error) => return Err(error),
        }
        access.ok_or(Error::SignedOut)
    }

    async fn next_tokens(&self, tokens: &Tokens) -> Result<Tokens, Error> {
        let call = Call::post("/api/auth/refresh").json(&Refresh { refresh_token: &tokens.refresh_token })?;
        self.carry(call, None).await?.read()
    }
}

/// How long the access token is used without asking for the next.
fn fresh(tokens: &Tokens) -> Duration {
    // No server means a token to last longer, and `Instant` has an end.
    let lasts = Duration::from_secs(tokens.expires_in.min(365 * 24 * 3_600));
    lasts.saturating_sub(AHEAD.min(lasts / 10))
}
