//! Who a request comes from: the proof it carries, then whether the sign-in or the key behind it still holds.

use axum::http::{header, request::Parts};
use axum_extra::extract::CookieJar;
use parlance_base::{BoxFuture, Credential, Credentials, Error, Grant, Identify, Identity, Kind, Result};

use super::{origin, session};
use crate::{
    Auth, cookie,
    key::{self, ACT_AS, KeyHolder},
    sign_in::Known,
    ticket::{self, Redeemed},
};

/// What a request proves.
pub(super) enum Proven {
    /// A sign-in.
    SignIn(Known),
    /// An API key.
    Key(KeyHolder),
}

impl Identify for Auth {
    fn identify<'a>(
        &'a self,
        credentials: Credentials<'a>,
        request: &'a Parts,
    ) -> BoxFuture<'a, Result<Identity>> {
        Box::pin(async move { Ok(self.proven(credentials, request).await?.identity()) })
    }
}

impl Proven {
    fn identity(self) -> Identity {
        match self {
            Self::SignIn(Known { holder, is_installation_admin, email }) => Identity {
                user: holder.user,
                credential: Credential::SignIn(holder.sign_in),
                grant: Grant::Full,
                workspace: None,
                email,
                is_installation_admin,
            },
            // Whoever its user is: a key is good for its workspace and nothing beyond.
            Self::Key(holder) => Identity {
                user: holder.user,
                credential: Credential::Key(holder.key),
                grant: holder.grant,
                workspace: Some(holder.workspace),
                email: None,
                is_installation_admin: false,
            },
        }
    }
}

impl Auth {
    /// What the request proves.
    ///
    /// # Errors
    /// 401 where there is no proof or it does not hold; 403 `csrf.refused` and `origin.refused` for cookies, `key.not_master`
    /// for who wants to act as somebody else; 429 `auth.too_many_attempts` for keys; 503 while the store cannot say.
    pub(super) async fn proven(&self, credentials: Credentials<'_>, request: &Parts) -> Result<Proven> {
        let proven = match credentials {
            Credentials::Header => self.proven_by(bearer(request)?, request).await?,
            Credentials::Token(token) => self.proven_by(token, request).await?,
            Credentials::Cookie { origin } => self.proven_by_cookie(origin, request).await?,
            // A ticket opens sockets, and those are opened in a workspace: see `authenticate`.
            Credentials::Ticket(_) => return Err(ticket::invalid()),
        };
        match proven {
            Proven::SignIn(_) if request.headers.contains_key(ACT_AS) => Err(key::not_master()),
            proven => Ok(proven),
        }
    }

    async fn proven_by(&self, token: &str, request: &Parts) -> Result<Proven> {
        if token.starts_with(key::PREFIX) {
            let from = request.extensions.get().copied();
            return self.key_holder(token, act_as(request)?, from).await.map(Proven::Key);
        }
        let claimed = self.core.access.read(token, self.now())?;
        let known = self.check_sign_in(claimed.sign_in).await?;
        // Sign-ins never change hands: only a forged token could say otherwise.
        if known.holder == claimed {
            Ok(Proven::SignIn(known))
        } else {
            Err(refused("auth.invalid_token", "this token names another user"))
        }
    }

    async fn proven_by_cookie(&self, origin: Option<&str>, request: &Parts) -> Result<Proven> {
        let cookies = CookieJar::from_headers(&request.headers);
        let name = session::name(self.core.origins.is_plain_loopback());
        let session = cookies.get(name).ok_or_else(|| refused("auth.required", "log in first"))?;
        let sign_in = cookie::read_session(&self.core.keys, session.value())?;
        origin::check(self, sign_in, origin, request)?;
        self.check_sign_in(sign_in).await.map(Proven::SignIn)
    }

    /// What the ticket stood for, as long as that holds.
    ///
    /// # Errors
    /// 401 where it does not; 503 while the store cannot say.
    pub(super) async fn proven_by_ticket(&self, ticket: &Redeemed) -> Result<Proven> {
        match (ticket.credential, ticket.workspace) {
            (Credential::SignIn(sign_in), _) => {
                let known = self.check_sign_in(sign_in).await?;
                // Sign-ins never change hands: only a store that was tampered with could say otherwise.
                if known.holder.user == ticket.user {
                    Ok(Proven::SignIn(known))
                } else {
                    Err(ticket::invalid())
                }
            }
            (Credential::Key(key), Some(workspace)) => {
                self.key_holder_again(workspace, key, ticket.user).await.map(Proven::Key)
            }
            (Credential::Key(_), None) => Err(ticket::invalid()),
        }
    }
}

/// The embedded user whom the request wants to act as, in the application's own name for them.
fn act_as(request: &Parts) -> Result<Option<&str>> {
    let mut named = request.headers.get_all(ACT_AS).iter();
    match (named.next(), named.next()) {
        (None, _) => Ok(None),
        // Any UTF-8 will do, since applications name their users as they like.
        (Some(only), None) => Ok(Some(std::str::from_utf8(only.as_bytes()).unwrap_or_default())),
        _ => Err(Error::new(Kind::Malformed, "request.malformed", "a request acts as one user")),
    }
}

/// The token in the one `Authorization` header (RFC 6750).
fn bearer(request: &Parts) -> Result<&str> {
    let malformed = || {
        refused("auth.invalid_token", "the header must read: Authorization: Bearer <access token or API key>")
    };
    let mut headers = request.headers.get_all(header::AUTHORIZATION).iter();
    let (Some(only), None) = (headers.next(), headers.next()) else { return Err(malformed()) };
    let (scheme, token) = only.to_str().ok().and_then(|text| text.split_once(' ')).ok_or_else(malformed)?;
    if scheme.eq_ignore_ascii_case("bearer") { Ok(token.trim()) } else { Err(malformed()) }
}

fn refused(code: &'static str, message: &str) -> Error {
    Error::new(Kind::Unauthenticated, code, message)
}
