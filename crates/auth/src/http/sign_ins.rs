//! The caller's sign-ins: their devices.

use axum::{Json, extract::State, http::StatusCode};
use parlance_base::SignInId;
use parlance_edge::{ErrorBody, Failure, Listing, Path, SignedIn};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{Auth, SignInView};

/// A sign-in of the caller's.
#[derive(Serialize, ToSchema)]
pub(super) struct SignInBody {
    /// Its id.
    id: Uuid,
    /// When they logged in, RFC 3339.
    #[schema(format = DateTime)]
    created_at: String,
    /// When it was used last, to the hour, RFC 3339.
    #[schema(format = DateTime)]
    last_used_at: String,
    /// What the device said it is when they logged in (its `User-Agent`), or null.
    device: Option<String>,
    /// Whether it is the one that asks.
    current: bool,
}

/// The caller's sign-ins, those used last first, all on one page.
#[utoipa::path(
    get,
    path = "/sign-ins",
    tag = "auth",
    responses(
        (status = 200, body = Listing<SignInBody>),
        (status = 401, body = ErrorBody),
        (status = 403, description = "`auth.sign_in_required` for API keys", body = ErrorBody),
    )
)]
pub(super) async fn list(
    State(auth): State<Auth>,
    SignedIn(identity): SignedIn,
) -> Result<Json<Listing<SignInBody>>, Failure> {
    let all = auth.sign_ins(identity.user, identity.credential).await?;
    Ok(Json(Listing { items: all.into_iter().map(SignInBody::from).collect(), next: None }))
}

/// Ends one of the caller's sign-ins, and closes its connections.
#[utoipa::path(
    delete,
    path = "/sign-ins/{id}",
    tag = "auth",
    params(("id" = Uuid, Path, description = "The sign-in")),
    responses(
        (status = 204),
        (status = 401, body = ErrorBody),
        (status = 403, description = "`csrf.refused`, `origin.refused`, `auth.sign_in_required` for API keys", body = ErrorBody),
        (status = 404, description = "`sign_in.not_found`", body = ErrorBody),
    )
)]
pub(super) async fn end(
    State(auth): State<Auth>,
    SignedIn(identity): SignedIn,
    Path(id): Path<Uuid>,
) -> Result<StatusCode, Failure> {
    auth.end_sign_in(identity.user, SignInId::from(id)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Ends all of the caller's sign-ins but the one that asks.
#[utoipa::path(
    post,
    path = "/sign-ins/revoke-others",
    tag = "auth",
    responses(
        (status = 204),
        (status = 401, body = ErrorBody),
        (status = 403, description = "`csrf.refused`, `origin.refused`, `auth.sign_in_required` for API keys", body = ErrorBody),
    )
)]
pub(super) async fn end_others(
    State(auth): State<Auth>,
    SignedIn(identity): SignedIn,
) -> Result<StatusCode, Failure> {
    auth.end_other_sign_ins(identity.user, identity.credential).await?;
    Ok(StatusCode::NO_CONTENT)
}

impl From<SignInView> for SignInBody {
    fn from(sign_in: SignInView) -> Self {
        Self {
            id: sign_in.id.uuid(),
            created_at: sign_in.created_at.to_rfc3339(),
            last_used_at: sign_in.last_used_at.to_rfc3339(),
            device: sign_in.device,
            current: sign_in.current,
        }
    }
}
