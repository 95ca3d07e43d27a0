//! What somebody who is signed in shows again before they change how they get in: a sign-in alone may be somebody's who
//! found an open laptop.

use parlance_base::{Error, Kind, Result, UserId};

use crate::{Auth, ClientAddress, refused, sign_in, user::User};

/// What shows that it is them.
pub struct Proof {
    /// Their password.
    pub password: String,
    /// A code of their second factor, where they have one.
    pub code: Option<String>,
}

impl Auth {
    /// The user, where this is their password. Counted as a try to log in.
    ///
    /// # Errors
    /// 403 `password.wrong`; 401 `auth.sign_in_ended` where they are gone; 429 `auth.too_many_attempts`; 503 where too many
    /// passwords wait or the store is out of reach.
    pub(crate) async fn prove_password(
        &self,
        user: UserId,
        password: String,
        from: Option<ClientAddress>,
    ) -> Result<User> {
        let user = self.active_user(user).await?.ok_or_else(sign_in::ended)?;
        let now = self.now();
        self.core.limiter.login(&user.email, from, now)?;
        if self.core.hasher.verify(password, Some(user.password.clone())).await? {
            self.core.limiter.succeeded(&user.email, from, now);
            return Ok(user);
        }
        refused::password(Some(user.id), from);
        Err(Error::new(Kind::Forbidden, "password.wrong", "this is not your password"))
    }

    /// The user, where this is their password, and a code of their second factor if they have one.
    ///
    /// # Errors
    /// As [`prove_password`](Self::prove_password), and 401 `auth.second_factor_required`, `auth.invalid_code`.
    pub(crate) async fn prove(
        &self,
        user: UserId,
        proof: Proof,
        from: Option<ClientAddress>,
    ) -> Result<User> {
        let user = self.prove_password(user, proof.password, from).await?;
        self.check_second_factor(user.id, proof.code.as_deref(), from).await?;
        Ok(user)
    }
}

impl std::fmt::Debug for Proof {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Proof(…)")
    }
}
