//! `/api/auth`.

use parlance_base::SignInId;

use super::{Client, InWorkspace, call::Call};
use crate::{
    Error,
    wire::{
        Forgot, Login, NewUser, Page, PasswordChange, Profile, Reset, SignIn, SignedIn, Ticket, User, Verify,
    },
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
    /// 401 `auth.invalid_credentials`, `auth.second_factor_required`; 429 `auth.too_many_attempts`.
    pub async fn login(&self, email: &str, password: &str) -> Result<SignedIn, Error> {
        self.sign_in(&Login { email, password, code: None }).await
    }

    /// As [`login`](Self::login), with the code of an authenticator app, or a recovery code.
    ///
    /// # Errors
    /// 401 `auth.invalid_credentials`, `auth.invalid_code`; 429 `auth.too_many_attempts`.
    pub async fn login_with_code(&self, email: &str, password: &str, code: &str) -> Result<SignedIn, Error> {
        self.sign_in(&Login { email, password, code: Some(code) }).await
    }

    async fn sign_in(&self, login: &Login<'_>) -> Result<SignedIn, Error> {
        let call = Call::post("/api/auth/login").json(login)?;
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

impl Client {
    /// Changes the password, which ends one's other sign-ins.
    ///
    /// # Errors
    /// 403 `password.wrong` for the current one; 422 for what no password can be; 429.
    pub async fn change_password(&self, current: &str, new: &str) -> Result<(), Error> {
        self.call(Call::post("/api/auth/password").json(&PasswordChange { current, new })?).await
    }

    /// Says that the password of this address's user is forgotten, whoever asks.
    ///
    /// # Errors
    /// 429 `auth.too_many_attempts`.
    pub async fn forgot_password(&self, email: &str) -> Result<(), Error> {
        self.carry(Call::post("/api/auth/password/forgot").json(&Forgot { email })?, None).await?.read()
    }

    /// Sets the password that the link with this token is for.
    ///
    /// # Errors
    /// 422 `reset.invalid` where it is no longer good, and for what no password can be; 429.
    pub async fn reset_password(&self, token: &str, new: &str) -> Result<(), Error> {
        let call = Call::post("/api/auth/password/reset").json(&Reset { token, new })?;
        self.carry(call, None).await?.read()
    }

    /// Verifies the address that the link with this token is for.
    ///
    /// # Errors
    /// 422 `verification.invalid` where it is no longer good; 429.
    pub async fn verify_email(&self, token: &str) -> Result<(), Error> {
        self.carry(Call::post("/api/auth/email/verify").json(&Verify { token })?, None).await?.read()
    }

    /// One's sign-ins, those used last first.
    ///
    /// # Errors
    /// 401 where nobody is signed in.
    pub async fn sign_ins(&self) -> Result<Vec<SignIn>, Error> {
        let page: Page<SignIn> = self.call(Call::get("/api/auth/sign-ins")).await?;
        Ok(page.items)
    }

    /// Ends one of one's sign-ins.
    ///
    /// # Errors
    /// 401 where nobody is signed in; 404 `sign_in.not_found`.
    pub async fn end_sign_in(&self, id: SignInId) -> Result<(), Error> {
        self.call(Call::delete(format!("/api/auth/sign-ins/{id}"))).await
    }

    /// Ends all of one's sign-ins but this one.
    ///
    /// # Errors
    /// 401 where nobody is signed in.
    pub async fn end_other_sign_ins(&self) -> Result<(), Error> {
        self.call(Call::post("/api/auth/sign-ins/revoke-others")).await
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
