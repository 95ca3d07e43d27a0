//! The caller's own profile.

use axum::{Json, extract::State, http::StatusCode};
use axum_extra::extract::CookieJar;
use parlance_edge::{ErrorBody, Failure, Identified, Json as Body, SignedIn};
use serde::{Deserialize, Deserializer};
use utoipa::ToSchema;

use super::{
    session,
    wire::{ProofBody, SentFrom, UserBody},
};
use crate::{Auth, ProfileChange};

/// What is to change; what is not named stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ProfileBody {
    /// The name others see, 1–80 characters.
    full_name: Option<String>,
    /// How they want to be mentioned: 2–32 of `a-z`, `0-9`, `.`, `_` and `-`; null leaves it to the workspaces.
    #[serde(default, deserialize_with = "named")]
    handle: Option<Option<String>>,
    /// Whether they want to be left alone.
    dnd: Option<bool>,
}

/// The caller; for an API key, whom it acts as.
#[utoipa::path(
    get,
    path = "/me",
    tag = "auth",
    responses((status = 200, body = UserBody), (status = 401, body = ErrorBody))
)]
pub(super) async fn me(
    State(auth): State<Auth>,
    Identified(identity): Identified,
) -> Result<Json<UserBody>, Failure> {
    Ok(Json(auth.identified(&identity).await?.into()))
}

/// Changes the caller's profile.
#[utoipa::path(
    patch,
    path = "/me",
    tag = "auth",
    request_body = ProfileBody,
    responses(
        (status = 200, body = UserBody),
        (status = 401, body = ErrorBody),
        (status = 403, description = "`csrf.refused`, `origin.refused`, `auth.sign_in_required` for API keys", body = ErrorBody),
        (status = 422, description = "`name.invalid`, `handle.invalid`", body = ErrorBody),
    )
)]
pub(super) async fn update_me(
    State(auth): State<Auth>,
    SignedIn(identity): SignedIn,
    Body(body): Body<ProfileBody>,
) -> Result<Json<UserBody>, Failure> {
    let change = ProfileChange { full_name: body.full_name, handle: body.handle, dnd: body.dnd };
    Ok(Json(auth.update_me(identity.user, change).await?.into()))
}

/// Erases the caller. What they said stays, said by a deleted user; their memberships end, ownership being handed over, and
/// the address can register again. There is no way back.
#[utoipa::path(
    delete,
    path = "/me",
    tag = "auth",
    request_body = ProofBody,
    responses(
        (status = 204),
        (status = 401, description = "`auth.second_factor_required`, `auth.invalid_code`", body = ErrorBody),
        (status = 403, description = "`password.wrong`, `csrf.refused`, `origin.refused`, `auth.sign_in_required` for API keys", body = ErrorBody),
        (status = 409, description = "`user.last_admin`", body = ErrorBody),
        (status = 429, description = "`auth.too_many_attempts`", body = ErrorBody),
    )
)]
pub(super) async fn erase_me(
    State(auth): State<Auth>,
    SignedIn(identity): SignedIn,
    SentFrom(from): SentFrom,
    Body(body): Body<ProofBody>,
) -> Result<(CookieJar, StatusCode), Failure> {
    auth.erase_me(identity.user, body.into(), from).await?;
    Ok((session::taken_back(auth.core.origins.is_plain_loopback()), StatusCode::NO_CONTENT))
}

/// Tells null, which changes something, from a field that is not there, which does not.
fn named<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}
