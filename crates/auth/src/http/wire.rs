//! Bodies that several routes share, and where a request came from.

use std::convert::Infallible;

use axum::{
    extract::FromRequestParts,
    http::{header, request::Parts},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{ClientAddress, Device, Proof, Tokens, UserView};

/// A user, as they see themselves.
#[derive(Serialize, ToSchema)]
pub(super) struct UserBody {
    /// Their id.
    id: Uuid,
    /// Their address, in lower case; null where an application brought them along.
    email: Option<String>,
    /// The name others see.
    full_name: String,
    /// How they want to be mentioned, or null.
    handle: Option<String>,
    /// Whether it was shown that the address is theirs.
    email_verified: bool,
    /// Whether they run the installation.
    is_installation_admin: bool,
    /// Whether they want to be left alone.
    dnd: bool,
    /// Which picture they have, or null: another one has another name.
    avatar: Option<String>,
    /// When they registered, RFC 3339.
    #[schema(format = DateTime)]
    created_at: String,
}

/// What a sign-in proves itself with.
#[derive(Serialize, ToSchema)]
pub(super) struct TokensBody {
    /// For the header `Authorization: Bearer …`.
    access_token: String,
    /// How long the access token is good for, in seconds.
    expires_in: u64,
    /// What gets the next tokens; good for 30 days, and once.
    refresh_token: String,
}

/// What shows again that it is the caller.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ProofBody {
    /// Their password.
    password: String,
    /// Where they have a second factor: the code of their authenticator app, or a recovery code.
    code: Option<String>,
}

/// Where the request came from, if the host said so.
pub(super) struct SentFrom(pub(super) Option<ClientAddress>);

/// What the device that asks says it is.
pub(super) struct AskedBy(pub(super) Option<Device>);

impl From<UserView> for UserBody {
    fn from(user: UserView) -> Self {
        Self {
            id: user.id.uuid(),
            email: user.email,
            full_name: user.full_name,
            handle: user.handle,
            email_verified: user.email_verified_at.is_some(),
            is_installation_admin: user.is_installation_admin,
            dnd: user.dnd,
            avatar: user.avatar,
            created_at: user.created_at.to_rfc3339(),
        }
    }
}

impl From<Tokens> for TokensBody {
    fn from(tokens: Tokens) -> Self {
        let Tokens { access_token, expires_in, refresh_token } = tokens;
        Self { access_token, expires_in, refresh_token }
    }
}

impl From<ProofBody> for Proof {
    fn from(body: ProofBody) -> Self {
        Self { password: body.password, code: body.code }
    }
}

impl<S: Sync> FromRequestParts<S> for SentFrom {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self(parts.extensions.get().copied()))
    }
}

impl<S: Sync> FromRequestParts<S> for AskedBy {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let said = parts.headers.get(header::USER_AGENT);
        Ok(Self(said.and_then(|said| Device::from_user_agent(said.as_bytes()))))
    }
}
