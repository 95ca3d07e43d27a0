//! Avatars: the caller's own, and those of the people they share a workspace with.

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use parlance_base::{Error, UserId};
use parlance_edge::{ErrorBody, Failure, Identified, Path, Raw, SignedIn};

use super::wire::UserBody;
use crate::{Auth, Avatar};

/// What a browser is told about every picture: it is what it says, runs nothing, and is asked for again each time.
const TOLD: [(HeaderName, &str); 4] = [
    (header::CACHE_CONTROL, "private, no-cache"),
    (header::CONTENT_SECURITY_POLICY, "default-src 'none'"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::CONTENT_DISPOSITION, "inline"),
];

/// Gives the caller this picture: a PNG, JPEG, WebP or GIF of at most 256 KiB, known by its first bytes.
#[utoipa::path(
    put,
    path = "/me/avatar",
    tag = "auth",
    request_body(content = Vec<u8>, content_type = "application/octet-stream", description = "the picture"),
    responses(
        (status = 200, body = UserBody),
        (status = 401, body = ErrorBody),
        (status = 403, description = "`csrf.refused`, `origin.refused`, `auth.sign_in_required` for API keys", body = ErrorBody),
        (status = 413, description = "`request.too_large`", body = ErrorBody),
        (status = 422, description = "`avatar.unsupported`", body = ErrorBody),
    )
)]
pub(super) async fn put(
    State(auth): State<Auth>,
    SignedIn(identity): SignedIn,
    Raw(bytes): Raw,
) -> Result<Json<UserBody>, Failure> {
    Ok(Json(auth.put_avatar(identity.user, bytes.into()).await?.into()))
}

/// Takes the caller's picture away.
#[utoipa::path(
    delete,
    path = "/me/avatar",
    tag = "auth",
    responses((status = 204), (status = 401, body = ErrorBody), (status = 403, description = "`csrf.refused`, `origin.refused`, `auth.sign_in_required` for API keys", body = ErrorBody))
)]
pub(super) async fn remove(
    State(auth): State<Auth>,
    SignedIn(identity): SignedIn,
) -> Result<StatusCode, Failure> {
    auth.remove_avatar(identity.user).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The picture of somebody who shares a workspace with the caller.
#[utoipa::path(
    get,
    path = "/users/{id}/avatar",
    tag = "auth",
    params(("id" = String, Path, description = "the user")),
    responses(
        (status = 200, body = Vec<u8>, content_type = "image/*"),
        (status = 304, description = "it is the one that `If-None-Match` names"),
        (status = 401, body = ErrorBody),
        (status = 403, description = "`key.missing_scope`", body = ErrorBody),
        (status = 404, description = "`avatar.not_found`", body = ErrorBody),
    )
)]
pub(super) async fn show(
    State(auth): State<Auth>,
    Identified(identity): Identified,
    Path(id): Path<UserId>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let avatar = auth.avatar(&identity, id).await?;
    Ok(shown(avatar, &headers)?)
}

fn shown(avatar: Avatar, asked: &HeaderMap) -> Result<Response, Error> {
    let tag = HeaderValue::try_from(format!("\"{}\"", avatar.revision));
    let tag =
        tag.map_err(|error| Error::internal("avatar.unreadable", "a revision is none").because(error))?;
    let mut told: HeaderMap =
        TOLD.into_iter().map(|(name, value)| (name, HeaderValue::from_static(value))).collect();
    let is_known = asked.get(header::IF_NONE_MATCH).is_some_and(|known| names(known, &tag));
    told.insert(header::ETAG, tag);
    if is_known {
        return Ok((StatusCode::NOT_MODIFIED, told).into_response());
    }
    told.insert(header::CONTENT_TYPE, HeaderValue::from_static(avatar.format.media_type()));
    Ok((told, avatar.bytes).into_response())
}

/// Whether one of the tags is this one (RFC 9110, section 13.1.2: weakly compared).
fn names(tags: &HeaderValue, tag: &HeaderValue) -> bool {
    let (Ok(tags), Ok(tag)) = (tags.to_str(), tag.to_str()) else { return false };
    let mut tags = tags.split(',').map(|known| known.trim().trim_start_matches("W/"));
    tags.any(|known| known == "*" || known == tag)
}
