//! Forgotten passwords: a link, good once and for an hour, that sets another.
//!
//! There is no mail yet. Who forgot their password says so, which is noted on the user; whoever runs the installation sees it,
//! makes the link and hands it over in a way that they trust.
//!
//! The user's API keys stay. They were made on purpose, for programs that would stand still, are listed and deleted by
//! themselves, and knowing the password never was enough to learn one.

use std::time::Duration;

use parlance_base::{Error, Kind, Result};
use parlance_store::{Batch, CommitError};
use parlance_workspace::normalised;

use super::check;
use crate::{
    Auth, ClientAddress, Link,
    link::Page,
    one_time::GoodFor,
    user::{RESET_ASKED_AT, User, with_email},
};

/// How long it is not written down that somebody asked again.
const NOTED: Duration = Duration::from_mins(1);

impl Auth {
    /// Notes that the password of this address's user is to be reset, if there is such a user. The address is looked up after
    /// this has returned: so whoever asks cannot learn from it, or from how long it takes, whether there is.
    ///
    /// # Errors
    /// 429 `auth.too_many_attempts`; 503 `auth.busy` where too many ask at once.
    pub fn forgot_password(&self, email: &str, from: Option<ClientAddress>) -> Result<()> {
        let email = normalised(email);
        self.core.limiter.forgotten(&email, from, self.now())?;
        let auth = self.clone();
        let has_room = self.aside(async move {
            if let Err(error) = auth.note_forgotten(&email).await {
                // They were told nothing, and will ask again.
                tracing::warn!(error = %error, "a forgotten password could not be noted");
            }
        });
        if has_room {
            Ok(())
        } else {
            Err(Error::unavailable("auth.busy", "too many ask at once, try again"))
        }
    }

    /// A link that lets whoever has it set the password of this address's user, once, within an hour. A user has at most 5
    /// at once; each ends with the password that it would replace.
    ///
    /// # Errors
    /// 404 `user.not_found`; 409 `user.deactivated`; 503 while the store is out of reach.
    pub async fn reset_link(&self, email: &str) -> Result<Link> {
        let user = self.linkable(email).await?;
        let good_for = GoodFor::PasswordReset { password_version: user.password_version };
        let made = self.make_one_time(user.id, good_for).await?;
        tracing::info!(user.id = %user.id, "a link to reset a password was made");
        Ok(self.link(Page::ResetPassword, &made))
    }

    /// Sets the password that the link is for, and ends all of the user's sign-ins.
    ///
    /// # Errors
    /// 422 `reset.invalid` for what is no such link's token, or no more, and as for registering; 429
    /// `auth.too_many_attempts`; 503 where too many passwords wait or the store is out of reach.
    pub async fn reset_password(&self, token: &str, new: String, from: Option<ClientAddress>) -> Result<()> {
        let now = self.now();
        self.core.limiter.stranger(from, now)?;
        let one = self.one_time(token, now).await?.ok_or_else(invalid)?;
        let GoodFor::PasswordReset { password_version } = one.good_for else { return Err(invalid()) };
        let user = self.core.system.get::<User>(one.user_id).await?;
        let is_meant = |user: &User| user.is_active() && user.password_version == password_version;
        let user = user.filter(is_meant).ok_or_else(invalid)?;
        check(&new, &user.email)?;
        let password = self.core.hasher.hash(new).await?;
        let mut batch = Batch::new();
        one.spend(&mut batch, now);
        // The address stays as verified as it was: the link did not come by mail, so it does not prove that mail arrives.
        user.put_password(&mut batch, &password);
        match self.commit_password(batch, &user, &password).await {
            Ok(()) => {}
            Err(CommitError::Missing(_) | CommitError::Conflict(_)) => return Err(invalid()),
            Err(error) => return Err(error.into()),
        }
        tracing::info!(user.id = %user.id, "a password was reset");
        self.clear_outdated(user.id, user.next_password_version()).await;
        Ok(())
    }

    async fn note_forgotten(&self, email: &str) -> Result<()> {
        let found = self.core.system.find::<User>(with_email(email)).await?;
        let now = self.now();
        let is_noted = |user: &User| user.reset_asked_at.is_some_and(|at| now.since(at) < NOTED);
        let Some(user) = found.into_iter().find(|user| !is_noted(user)) else { return Ok(()) };
        let mut batch = Batch::new();
        batch.update::<User>(user.id, [], [RESET_ASKED_AT.raise_to(now.millis())]);
        Ok(self.core.system.commit(batch).await?)
    }
}

fn invalid() -> Error {
    Error::new(Kind::Invalid, "reset.invalid", "the link is no longer good, or never was: ask for another")
}
