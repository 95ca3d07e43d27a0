//! `/api/auth`.

use super::{Client, InWorkspace, call::Call};
use crate::{
    Error,
    wire::{Login, NewUser, Profile, SignedIn, Ticket, User},
};

impl Client {
    /// Makes a user, who can log in then.
    ///
    /// # Errors
    /// 403 `registration.closed`, `registration.invite_only`; 409 `user.email_taken`; 422 for what no user can be; 429.
    pub async fn register(&self, new: &NewUser) -> Result<User, Error> {
        let answer = self.carry(Call::post("/api/auth/register").json(new)?, None).await?;
        answer.read()
    }

    /// Opens a sign-in, which the client holds from then on instead of the one it held.
    ///
    /// # Errors
    /// 401 `auth.invalid_credentials`; 429 `auth.too_many_attempts`.
    pub async fn login(&self, email: &str, password: &str) -> Result<SignedIn, Error> {
        let call = Call::post("/api/auth/login").json(&Login { email, password })?;
        let signed_in: SignedIn = self.carry(call, None).await?.read()?;
        self.set_tokens(Some(signed_in.tokens.clone()));
        Ok(signed_in)
    }

    /// Ends the sign-in, and forgets it.
    ///
    /// # Errors
    /// 401 where it has ended already: it is forgotten then too.
    pub async fn logout(&self) -> Result<(), Error> {
        let ended = self.call(Call::post("/api/auth/logout")).await;
        if ended.as_ref().err().is_none_or(|error: &Error| error.status() == Some(401)) {
            self.set_tokens(None);
        }
        ended
    }

    /// Who is signed in.
    ///
    /// # Errors
    /// 401 where nobody is.
    pub async fn me(&self) -> Result<User, Error> {
        self.call(Call::get("/api/auth/me")).await
    }

    /// Changes who is signed in.
    ///
    /// # Errors
    /// 401 where nobody is; 422 for what no user can be.
    pub async fn update_me(&self, change: &Profile) -> Result<User, Error> {
        self.call(Call::patch("/api/auth/me").json(change)?).await
    }
}

impl InWorkspace {
    /// A ticket for one socket in this workspace, as a browser needs it: `/api/chat/ws?ticket=…`.
    ///
    /// # Errors
    /// 401 where nobody is signed in; 404 `workspace.not_found`.
    pub async fn ticket(&self) -> Result<Ticket, Error> {
        self.call(Call::post("/api/auth/tickets")).await
    }
}
