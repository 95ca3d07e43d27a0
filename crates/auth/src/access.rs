//! Access tokens: JWTs (RFC 7519), signed with HS256 and nothing else, good for 15 minutes.
//!
//! A token only says which sign-in it belongs to and until when; whether that sign-in still holds is asked of the store.

use std::time::Duration;

use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, errors::ErrorKind};
use parlance_base::{Error, Kind, Result, SignInId, Time, UserId};
use serde::{Deserialize, Serialize};

use crate::sign_in::Holder;

/// How long a token is good for.
pub(crate) const LIFETIME: Duration = Duration::from_mins(15);

/// How far apart the clocks of two nodes may be.
const LEEWAY_SECONDS: i64 = 5;

const AUDIENCE: &str = "parlance";

/// The same on every node, whatever address that is found at: the key tells installations apart.
const ISSUER: &str = "parlance";

/// Writes and reads access tokens.
pub(crate) struct AccessTokens {
    signing: EncodingKey,
    checking: DecodingKey,
    validation: Validation,
}

#[derive(Serialize, Deserialize)]
struct Claims {
    sub: UserId,
    sid: SignInId,
    iat: i64,
    exp: i64,
    aud: String,
    iss: String,
}

impl AccessTokens {
    pub(crate) fn new(key: &[u8; 32]) -> Self {
        let mut validation = Validation::new(Algorithm::HS256);
        validation.set_audience(&[AUDIENCE]);
        validation.set_issuer(&[ISSUER]);
        validation.set_required_spec_claims(&["exp", "sub", "aud", "iss"]);
        // The library would ask the machine's clock: `in_time` asks ours.
        validation.validate_exp = false;
        let (signing, checking) = (EncodingKey::from_secret(key), DecodingKey::from_secret(key));
        Self { signing, checking, validation }
    }

    /// A token for this sign-in.
    ///
    /// # Errors
    /// `auth.signing`, a fault of ours.
    pub(crate) fn write(&self, user: UserId, sign_in: SignInId, now: Time) -> Result<String> {
        let iat = now.millis().div_euclid(1_000);
        let exp = iat.saturating_add(i64::try_from(LIFETIME.as_secs()).unwrap_or(i64::MAX));
        let claims =
            Claims { sub: user, sid: sign_in, iat, exp, aud: AUDIENCE.to_owned(), iss: ISSUER.to_owned() };
        jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &self.signing).map_err(|error| {
            Error::internal("auth.signing", "an access token cannot be signed").because(error)
        })
    }

    /// Whose token this is.
    ///
    /// # Errors
    /// 401 `auth.invalid_token` for what we did not write, `auth.token_expired` for what we wrote too long ago.
    pub(crate) fn read(&self, token: &str, now: Time) -> Result<Holder> {
        let read = jsonwebtoken::decode::<Claims>(token, &self.checking, &self.validation);
        let claims = read.map_err(|error| refused(error.kind()))?.claims;
        in_time(&claims, now.millis().div_euclid(1_000))?;
        Ok(Holder { user: claims.sub, sign_in: claims.sid })
    }
}

fn in_time(claims: &Claims, now: i64) -> Result<()> {
    if claims.iat > now.saturating_add(LEEWAY_SECONDS) {
        return Err(invalid("the access token is from the future"));
    }
    if claims.exp.saturating_add(LEEWAY_SECONDS) <= now {
        return Err(Error::new(Kind::Unauthenticated, "auth.token_expired", "the access token is expired"));
    }
    Ok(())
}

fn refused(kind: &ErrorKind) -> Error {
    match kind {
        ErrorKind::InvalidAudience | ErrorKind::InvalidIssuer => {
            invalid("the access token is meant for somebody else")
        }
        _ => invalid("this is not an access token of ours"),
    }
}

fn invalid(message: &str) -> Error {
    Error::new(Kind::Unauthenticated, "auth.invalid_token", message)
}
