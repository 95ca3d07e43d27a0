//! Passwords that change, and addresses that are verified: with the password, or with a token from a link.

use axum::{extract::State, http::StatusCode};
use parlance_edge::{ErrorBody, Failure, Json as Body, SignedIn};
use serde::Deserialize;
use utoipa::ToSchema;

use super::wire::SentFrom;
use crate::{Auth, PasswordChange};

/// Another password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewPasswordBody {
    /// The password until now.
    current: String,
    /// The password from now on: at least 12 characters, at most 256 bytes, not the address, nothing that is tried first.
    new: String,
}

/// Who forgot their password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ForgotBody {
    /// Their address.
    email: String,
}

/// Another password for the one that was forgotten.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ResetBody {
    /// What stands behind `#token=` in the link.
    token: String,
    /// As for registering.
    new: String,
}

/// What shows that an address is somebody's.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct VerifyBody {
    /// What stands behind `#token=` in the link.
    token: String,
}

/// Changes the caller's password. Their other sign-ins end, and so do links that would reset it.
#[utoipa::path(
    post,
    path = "/password",
    tag = "auth",
    request_body = NewPasswordBody,
    responses(
        (status = 204),
        (status = 401, body = ErrorBody),
        (status = 403, description = "`password.wrong`, `csrf.refused`, `origin.refused`, `auth.sign_in_required` for API keys", body = ErrorBody),
        (status = 409, description = "`password.changed_meanwhile`", body = ErrorBody),
        (status = 422, description = "`password.too_short`, `password.too_long`, `password.is_email`, `password.too_common`, `password.unchanged`", body = ErrorBody),
        (status = 429, description = "`auth.too_many_attempts`", body = ErrorBody),
    )
)]
pub(super) async fn change(
    State(auth): State<Auth>,
    SignedIn(identity): SignedIn,
    SentFrom(from): SentFrom,
    Body(body): Body<NewPasswordBody>,
) -> Result<StatusCode, Failure> {
    let change = PasswordChange { current: body.current, new: body.new };
    auth.change_password(identity.user, identity.credential, change, from).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Notes that somebody forgot their password, for whoever runs the installation. The answer does not depend on whether there
/// is a user with the address.
#[utoipa::path(
    post,
    path = "/password/forgot",
    tag = "auth",
    request_body = ForgotBody,
    responses((status = 202), (status = 429, description = "`auth.too_many_attempts`", body = ErrorBody))
)]
pub(super) async fn forgot(
    State(auth): State<Auth>,
    SentFrom(from): SentFrom,
    Body(body): Body<ForgotBody>,
) -> Result<StatusCode, Failure> {
    auth.forgot_password(&body.email, from)?;
    Ok(StatusCode::ACCEPTED)
}

/// Sets the password of whom the token is for, once. All their sign-ins end; their API keys stay.
#[utoipa::path(
    post,
    path = "/password/reset",
    tag = "auth",
    request_body = ResetBody,
    responses(
        (status = 204),
        (status = 422, description = "`reset.invalid`, `password.too_short`, `password.too_long`, `password.is_email`, `password.too_common`", body = ErrorBody),
        (status = 429, description = "`auth.too_many_attempts`", body = ErrorBody),
    )
)]
pub(super) async fn reset(
    State(auth): State<Auth>,
    SentFrom(from): SentFrom,
    Body(body): Body<ResetBody>,
) -> Result<StatusCode, Failure> {
    auth.reset_password(&body.token, body.new, from).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Notes that the address that the token was made for is its user's.
#[utoipa::path(
    post,
    path = "/email/verify",
    tag = "auth",
    request_body = VerifyBody,
    responses(
        (status = 204),
        (status = 422, description = "`verification.invalid`", body = ErrorBody),
        (status = 429, description = "`auth.too_many_attempts`", body = ErrorBody),
    )
)]
pub(super) async fn verify_email(
    State(auth): State<Auth>,
    SentFrom(from): SentFrom,
    Body(body): Body<VerifyBody>,
) -> Result<StatusCode, Failure> {
    auth.verify_email(&body.token, from).await?;
    Ok(StatusCode::NO_CONTENT)
}
