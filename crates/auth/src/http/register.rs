//! Registering.

use axum::{Json, extract::State, http::StatusCode};
use parlance_edge::{ErrorBody, Failure, Json as Body};
use serde::Deserialize;
use utoipa::ToSchema;

use super::wire::{SentFrom, UserBody};
use crate::{Auth, Profile, Registration};

/// Somebody who wants to be a user.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RegisterBody {
    /// Their address.
    email: String,
    /// At least 12 characters, at most 256 bytes, not the address, nothing that is tried first.
    password: String,
    /// The name others see, 1–80 characters.
    full_name: String,
    /// How they want to be mentioned: 2–32 of `a-z`, `0-9`, `.`, `_` and `-`.
    handle: Option<String>,
    /// The invitation that they come with. There are none yet: naming one is refused.
    invite_token: Option<String>,
}

/// Makes a user. The first one of an installation runs it.
#[utoipa::path(
    post,
    path = "/register",
    tag = "auth",
    request_body = RegisterBody,
    responses(
        (status = 201, body = UserBody),
        (status = 403, description = "`registration.closed`, `registration.invite_only`", body = ErrorBody),
        (status = 404, description = "`invite.not_found`", body = ErrorBody),
        (status = 409, description = "`user.email_taken`", body = ErrorBody),
        (status = 422, description = "`user.invalid_email`, `name.invalid`, `handle.invalid`, `password.too_short`, `password.too_long`, `password.is_email`, `password.too_common`", body = ErrorBody),
        (status = 429, description = "`auth.too_many_attempts`", body = ErrorBody),
    )
)]
pub(super) async fn register(
    State(auth): State<Auth>,
    SentFrom(from): SentFrom,
    Body(body): Body<RegisterBody>,
) -> Result<(StatusCode, Json<UserBody>), Failure> {
    let profile = Profile { full_name: body.full_name, handle: body.handle };
    let new =
        Registration { email: body.email, password: body.password, profile, invite_token: body.invite_token };
    Ok((StatusCode::CREATED, Json(auth.register(new, from).await?.into())))
}
