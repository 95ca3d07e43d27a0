//! Logging in, staying so, and logging out.

use axum::{Json, extract::State, http::StatusCode};
use axum_extra::extract::CookieJar;
use parlance_base::Credential;
use parlance_edge::{ErrorBody, Failure, Json as Body, SignedIn};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    session,
    wire::{AskedBy, SentFrom, TokensBody, UserBody},
};
use crate::{Auth, Proof};

/// Who wants in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct LoginBody {
    /// Their address.
    email: String,
    /// Their password.
    password: String,
    /// Where they have a second factor: the code of their authenticator app, or a recovery code.
    code: Option<String>,
}

/// The tokens of a new sign-in, and whose it is.
#[derive(Serialize, ToSchema)]
pub(super) struct SignedInBody {
    #[serde(flatten)]
    tokens: TokensBody,
    /// Who they are.
    user: UserBody,
}

/// What gets the next tokens.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RefreshBody {
    /// The refresh token that came with the last tokens.
    refresh_token: String,
}

/// Opens a sign-in. Sets the cookies `__Host-parlance_session` (without the prefix on http loopback) and `parlance_csrf` too.
#[utoipa::path(
    post,
    path = "/login",
    tag = "auth",
    request_body = LoginBody,
    responses(
        (status = 200, body = SignedInBody),
        (status = 401, description = "`auth.invalid_credentials`; to who knows the password, `auth.second_factor_required`, `auth.invalid_code`", body = ErrorBody),
        (status = 429, description = "`auth.too_many_attempts`", body = ErrorBody),
    )
)]
pub(super) async fn login(
    State(auth): State<Auth>,
    SentFrom(from): SentFrom,
    AskedBy(device): AskedBy,
    Body(body): Body<LoginBody>,
) -> Result<(CookieJar, Json<SignedInBody>), Failure> {
    let proof = Proof { password: body.password, code: body.code };
    let login = auth.login(&body.email, proof, from, device).await?;
    let cookies = session::given(login.cookies, auth.core.origins.is_plain_loopback());
    Ok((cookies, Json(SignedInBody { tokens: login.tokens.into(), user: login.user.into() })))
}

/// Replaces a refresh token. Within 30 seconds a repeat answers the same next one; later it ends the sign-in.
#[utoipa::path(
    post,
    path = "/refresh",
    tag = "auth",
    request_body = RefreshBody,
    responses(
        (status = 200, body = TokensBody),
        (status = 401, description = "`auth.invalid_refresh_token`, `auth.refresh_reused`, `auth.sign_in_ended`", body = ErrorBody),
    )
)]
pub(super) async fn refresh(
    State(auth): State<Auth>,
    Body(body): Body<RefreshBody>,
) -> Result<Json<TokensBody>, Failure> {
    Ok(Json(auth.refresh(&body.refresh_token).await?.into()))
}

/// Ends the sign-in that asks, and takes its cookies back.
#[utoipa::path(
    post,
    path = "/logout",
    tag = "auth",
    responses((status = 204), (status = 401, body = ErrorBody), (status = 403, description = "`csrf.refused`, `origin.refused`, `auth.sign_in_required` for API keys", body = ErrorBody))
)]
pub(super) async fn logout(
    State(auth): State<Auth>,
    SignedIn(identity): SignedIn,
) -> Result<(CookieJar, StatusCode), Failure> {
    if let Credential::SignIn(sign_in) = identity.credential {
        auth.revoke_sign_in(sign_in).await?;
    }
    Ok((session::taken_back(auth.core.origins.is_plain_loopback()), StatusCode::NO_CONTENT))
}
