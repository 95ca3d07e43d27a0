//! Links that carry a one-time secret. It stands in the fragment, which browsers send to nobody: it is in no log on the way,
//! and in no `Referer`. The page behind the link posts it.

use parlance_base::{Error, Kind, Result, Time};

use crate::{Auth, one_time::Made, user::User};

/// A link for one person, to be handed over as a secret would.
pub struct Link {
    /// Where it leads, token and all.
    pub url: String,
    /// Until when it is good.
    pub expires_at: Time,
}

/// A page of the application found at the public address, which reads the token and posts it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Page {
    /// Posts `{token, new}` to `/api/auth/password/reset`.
    ResetPassword,
    /// Posts `{token}` to `/api/auth/email/verify`.
    VerifyEmail,
}

impl Auth {
    /// The user with this address, if a link would be of any use to them.
    pub(crate) async fn linkable(&self, email: &str) -> Result<User> {
        let user = self.user_with(email).await?;
        if user.is_active() {
            return Ok(user);
        }
        Err(Error::new(Kind::Conflict, "user.deactivated", "the user is deactivated: reactivate them first"))
    }

    pub(crate) fn link(&self, page: Page, made: &Made) -> Link {
        let page = match page {
            Page::ResetPassword => "reset-password",
            Page::VerifyEmail => "verify-email",
        };
        let url = format!("{}/{page}#token={}", self.core.public_url, made.text);
        Link { url, expires_at: made.expires_at }
    }
}

impl std::fmt::Debug for Link {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Link").field("expires_at", &self.expires_at).finish_non_exhaustive()
    }
}
