//! Who a request comes from: the proof it carries, then whether the sign-in behind it still holds.

use axum::http::{header, request::Parts};
use axum_extra::extract::CookieJar;
use parlance_base::{BoxFuture, Credential, Credentials, Error, Grant, Identify, Identity, Kind, Result};

use super::{origin, session::SESSION};
use crate::{
    Auth, cookie,
    sign_in::{self, Known},
    ticket::{self, Redeemed},
};

impl Identify for Auth {
    fn identify<'a>(
        &'a self,
        credentials: Credentials<'a>,
        request: &'a Parts,
    ) -> BoxFuture<'a, Result<Identity>> {
        Box::pin(async move {
            let Known { holder, is_installation_admin, email } = self.holder(credentials, request).await?;
            let credential = Credential::SignIn(holder.sign_in);
            Ok(Identity { user: holder.user, credential, grant: Grant::Full, email, is_installation_admin })
        })
    }
}

impl Auth {
    /// Who holds the proof, and what is known of them.
    ///
    /// # Errors
    /// 401 where there is no proof or it does not hold; 403 `csrf.refused` and `origin.refused` for cookies; 503 while the
    /// store cannot say.
    pub(super) async fn holder(&self, credentials: Credentials<'_>, request: &Parts) -> Result<Known> {
        match credentials {
            Credentials::Header => self.holder_of_token(bearer(request)?).await,
            Credentials::Token(token) => self.holder_of_token(token).await,
            Credentials::Cookie { origin } => {
                let session = CookieJar::from_headers(&request.headers);
                let session = session.get(SESSION).ok_or_else(|| refused("auth.required", "log in first"))?;
                let sign_in = cookie::read_session(&self.core.keys, session.value())?;
                origin::check(self, sign_in, origin, request)?;
                self.check_sign_in(sign_in).await
            }
            // A ticket opens sockets, and those are opened in a workspace: see `authenticate`.
            Credentials::Ticket(_) => Err(ticket::invalid()),
        }
    }

    /// Who holds what the ticket stood for, as long as that holds.
    ///
    /// # Errors
    /// 401 where it does not; 503 while the store cannot say.
    pub(super) async fn holder_of_ticket(&self, ticket: &Redeemed) -> Result<Known> {
        let known = match ticket.credential {
            Credential::SignIn(sign_in) => self.check_sign_in(sign_in).await?,
            // Nobody has a key.
            Credential::Key(_) => return Err(sign_in::ended()),
        };
        // Sign-ins never change hands: only a store that was tampered with could say otherwise.
        if known.holder.user == ticket.user { Ok(known) } else { Err(ticket::invalid()) }
    }

    async fn holder_of_token(&self, token: &str) -> Result<Known> {
        let claimed = self.core.access.read(token, self.now())?;
        let known = self.check_sign_in(claimed.sign_in).await?;
        // Sign-ins never change hands: only a forged token could say otherwise.
        if known.holder == claimed {
            Ok(known)
        } else {
            Err(refused("auth.invalid_token", "this token names another user"))
        }
    }
}

/// The token in the one `Authorization` header (RFC 6750).
fn bearer(request: &Parts) -> Result<&str> {
    let malformed =
        || refused("auth.invalid_token", "the header must read: Authorization: Bearer <access token>");
    let mut headers = request.headers.get_all(header::AUTHORIZATION).iter();
    let (Some(only), None) = (headers.next(), headers.next()) else { return Err(malformed()) };
    let (scheme, token) = only.to_str().ok().and_then(|text| text.split_once(' ')).ok_or_else(malformed)?;
    if scheme.eq_ignore_ascii_case("bearer") { Ok(token.trim()) } else { Err(malformed()) }
}

fn refused(code: &'static str, message: &str) -> Error {
    Error::new(Kind::Unauthenticated, code, message)
}
