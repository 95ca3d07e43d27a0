//! Verifying that a user has the address that they say: whoever shows what was sent there, has it. There is no mail yet, so
//! whoever runs the installation hands the link over, and with it vouches for the address.

use parlance_base::{Error, Kind, Result};
use parlance_store::{Batch, CommitError};

use crate::{
    Auth, ClientAddress, Link,
    link::Page,
    one_time::GoodFor,
    user::{EMAIL, EMAIL_VERIFIED_AT, User},
};

impl Auth {
    /// A link that verifies this address of its user, once, within an hour. A user has at most 5 at once.
    ///
    /// # Errors
    /// 404 `user.not_found`; 409 `user.deactivated`; 503 while the store is out of reach.
    pub async fn verify_link(&self, email: &str) -> Result<Link> {
        let user = self.linkable(email).await?;
        let made = self.make_one_time(user.id, GoodFor::EmailVerify { email: user.email }).await?;
        Ok(self.link(Page::VerifyEmail, &made))
    }

    /// Notes that the address that the link is for is verified, if it still is its user's.
    ///
    /// # Errors
    /// 422 `verification.invalid` for what is no such link's token, or no more; 429 `auth.too_many_attempts`; 503 while the
    /// store is out of reach.
    pub async fn verify_email(&self, token: &str, from: Option<ClientAddress>) -> Result<()> {
        let now = self.now();
        self.core.limiter.stranger(from, now)?;
        let one = self.one_time(token, now).await?.ok_or_else(invalid)?;
        let GoodFor::EmailVerify { email } = &one.good_for else { return Err(invalid()) };
        let mut batch = Batch::new();
        one.spend(&mut batch, now);
        batch.update::<User>(one.user_id, [EMAIL.is(email)], [EMAIL_VERIFIED_AT.set(now.millis())]);
        match self.core.system.commit(batch).await {
            Ok(()) => {}
            Err(CommitError::Unknown) => self.look_verified(&one.user_id.to_string(), email).await?,
            Err(CommitError::Missing(_) | CommitError::Conflict(_)) => return Err(invalid()),
            Err(error) => return Err(error.into()),
        }
        tracing::info!(user.id = %one.user_id, "an address was verified");
        Ok(())
    }

    /// After a commit whose outcome is unknown: whether the address is verified, by whomever.
    async fn look_verified(&self, user: &str, email: &str) -> Result<()> {
        let user = self.core.system.get::<User>(user).await?;
        let is_verified = user.is_some_and(|user| user.email == email && user.email_verified_at.is_some());
        if is_verified { Ok(()) } else { Err(CommitError::Unknown.into()) }
    }
}

fn invalid() -> Error {
    Error::new(
        Kind::Invalid,
        "verification.invalid",
        "the link is no longer good, or never was: ask for another",
    )
}
