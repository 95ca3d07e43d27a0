//! Logging in and out.
//!
//! An address that nobody has and a password that is wrong get the same answer after the same work: one read and one
//! password hash. So do those who were deactivated. Whether there is a second factor, only who knows the password learns.

use parlance_base::{Error, Kind, Result};
use parlance_workspace::normalised;

use crate::{Auth, ClientAddress, Device, Proof, Tokens, UserView, cookie, refused, user};

/// A login that succeeded.
#[derive(Debug)]
pub struct Login {
    /// For callers with headers.
    pub tokens: Tokens,
    /// For callers with cookies.
    pub cookies: SessionCookies,
    /// Who they are.
    pub user: UserView,
}

/// What a browser keeps.
pub struct SessionCookies {
    /// The session: readable by no script.
    pub session: String,
    /// What pages send along with writes.
    pub csrf: String,
}

impl Auth {
    /// Opens a sign-in for who knows the password, and has the second factor where there is one.
    ///
    /// # Errors
    /// 401 `auth.invalid_credentials`, whatever is wrong with them; to who knows the password `auth.second_factor_required`
    /// and `auth.invalid_code`; 429 `auth.too_many_attempts`; 503 where too many passwords wait or the store is out of reach.
    pub async fn login(
        &self,
        email: &str,
        proof: Proof,
        from: Option<ClientAddress>,
        device: Option<Device>,
    ) -> Result<Login> {
        let (email, now) = (normalised(email), self.now());
        self.core.limiter.login(&email, from, now)?;
        let user = self.core.system.find::<user::User>(user::with_email(&email)).await?.into_iter().next();
        let hash = user.as_ref().map(|user| user.password.clone());
        let fits = self.core.hasher.verify(proof.password, hash).await?;
        let meant = user.as_ref().map(|user| user.id);
        let Some(user) = user.filter(|user| fits && user.is_active()) else {
            refused::password(meant, from);
            return Err(invalid());
        };
        self.check_second_factor(user.id, proof.code.as_deref(), from).await?;
        self.core.limiter.succeeded(&email, from, now);
        // Registering may have ended before the directory knew.
        self.introduce(user.id).await?;
        let sign_in = self.open_sign_in(&user, device).await?;
        let keys = &self.core.keys;
        let cookies = SessionCookies {
            session: cookie::session(keys, sign_in.id),
            csrf: cookie::csrf(keys, sign_in.id),
        };
        Ok(Login { tokens: self.tokens(&sign_in)?, cookies, user: user.into() })
    }
}

fn invalid() -> Error {
    Error::new(
        Kind::Unauthenticated,
        "auth.invalid_credentials",
        "the e-mail address or the password is wrong",
    )
}

impl std::fmt::Debug for SessionCookies {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SessionCookies(…)")
    }
}
