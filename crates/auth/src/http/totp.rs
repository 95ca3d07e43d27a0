//! The caller's second factor.

use axum::{Json, extract::State, http::StatusCode};
use parlance_edge::{ErrorBody, Failure, Json as Body, SignedIn};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::wire::{ProofBody, SentFrom};
use crate::Auth;

/// What shows again that it is the caller.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PasswordBody {
    /// Their password.
    password: String,
}

/// What the authenticator app shows.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CodeBody {
    /// Six digits.
    code: String,
}

/// What the authenticator app needs.
#[derive(Serialize, ToSchema)]
pub(super) struct EnrolmentBody {
    /// The secret in base32, to be typed.
    secret: String,
    /// The same as an `otpauth://` URI, to be scanned.
    uri: String,
}

/// Codes for when the authenticator app is lost, each good once.
#[derive(Serialize, ToSchema)]
pub(super) struct RecoveryCodesBody {
    /// Ten of them; they are not shown again.
    recovery_codes: Vec<String>,
}

/// Makes a secret for the caller's authenticator app. Nothing changes before it is confirmed.
#[utoipa::path(
    post,
    path = "/totp",
    tag = "auth",
    request_body = PasswordBody,
    responses(
        (status = 200, body = EnrolmentBody),
        (status = 401, body = ErrorBody),
        (status = 403, description = "`password.wrong`, `csrf.refused`, `origin.refused`, `auth.sign_in_required` for API keys", body = ErrorBody),
        (status = 409, description = "`totp.already_on`", body = ErrorBody),
        (status = 429, description = "`auth.too_many_attempts`", body = ErrorBody),
    )
)]
pub(super) async fn begin(
    State(auth): State<Auth>,
    SignedIn(identity): SignedIn,
    SentFrom(from): SentFrom,
    Body(body): Body<PasswordBody>,
) -> Result<Json<EnrolmentBody>, Failure> {
    let begun = auth.begin_totp(identity.user, body.password, from).await?;
    Ok(Json(EnrolmentBody { secret: begun.secret, uri: begun.uri }))
}

/// Switches the second factor on: from now on logging in takes a code. Answers the recovery codes, this once.
#[utoipa::path(
    post,
    path = "/totp/confirm",
    tag = "auth",
    request_body = CodeBody,
    responses(
        (status = 200, body = RecoveryCodesBody),
        (status = 401, description = "`auth.invalid_code`", body = ErrorBody),
        (status = 403, description = "`csrf.refused`, `origin.refused`, `auth.sign_in_required` for API keys", body = ErrorBody),
        (status = 409, description = "`totp.not_begun`, `totp.already_on`", body = ErrorBody),
        (status = 429, description = "`auth.too_many_attempts`", body = ErrorBody),
    )
)]
pub(super) async fn confirm(
    State(auth): State<Auth>,
    SignedIn(identity): SignedIn,
    Body(body): Body<CodeBody>,
) -> Result<Json<RecoveryCodesBody>, Failure> {
    Ok(Json(RecoveryCodesBody { recovery_codes: auth.confirm_totp(identity.user, &body.code).await? }))
}

/// Switches the second factor off.
#[utoipa::path(
    delete,
    path = "/totp",
    tag = "auth",
    request_body = ProofBody,
    responses(
        (status = 204),
        (status = 401, description = "`auth.second_factor_required`, `auth.invalid_code`", body = ErrorBody),
        (status = 403, description = "`password.wrong`, `csrf.refused`, `origin.refused`, `auth.sign_in_required` for API keys", body = ErrorBody),
        (status = 409, description = "`totp.off`", body = ErrorBody),
        (status = 429, description = "`auth.too_many_attempts`", body = ErrorBody),
    )
)]
pub(super) async fn remove(
    State(auth): State<Auth>,
    SignedIn(identity): SignedIn,
    SentFrom(from): SentFrom,
    Body(body): Body<ProofBody>,
) -> Result<StatusCode, Failure> {
    auth.remove_totp(identity.user, body.into(), from).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Makes new recovery codes, answered this once; the ones before count no more.
#[utoipa::path(
    post,
    path = "/totp/recovery-codes",
    tag = "auth",
    request_body = ProofBody,
    responses(
        (status = 200, body = RecoveryCodesBody),
        (status = 401, description = "`auth.second_factor_required`, `auth.invalid_code`", body = ErrorBody),
        (status = 403, description = "`password.wrong`, `csrf.refused`, `origin.refused`, `auth.sign_in_required` for API keys", body = ErrorBody),
        (status = 409, description = "`totp.off`", body = ErrorBody),
        (status = 429, description = "`auth.too_many_attempts`", body = ErrorBody),
    )
)]
pub(super) async fn renew_recovery_codes(
    State(auth): State<Auth>,
    SignedIn(identity): SignedIn,
    SentFrom(from): SentFrom,
    Body(body): Body<ProofBody>,
) -> Result<Json<RecoveryCodesBody>, Failure> {
    let recovery_codes = auth.renew_recovery_codes(identity.user, body.into(), from).await?;
    Ok(Json(RecoveryCodesBody { recovery_codes }))
}
