//! `/groups/{id}/draft`.

use axum::{extract::State, http::StatusCode};
use parlance_base::StreamId;
use parlance_edge::{Authenticated, Failure, Json, Path};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{Door, ErrorBody};
use crate::draft::{DraftView, NewDraft};

pub(super) fn router() -> OpenApiRouter<Door> {
    OpenApiRouter::new().routes(routes!(get, keep, drop_it))
}

/// What the caller has begun to say in a group.
#[utoipa::path(
    get,
    path = "/groups/{id}/draft",
    tag = "drafts",
    params(("id" = uuid::Uuid, Path, description = "the group")),
    responses(
        (status = 200, body = DraftView),
        (status = 404, description = "`group.not_found`, also for a public group that the caller is no member of; `draft.not_found`", body = ErrorBody),
    ),
)]
async fn get(
    State(door): State<Door>,
    Authenticated(caller): Authenticated,
    Path(id): Path<StreamId>,
) -> Result<axum::Json<DraftView>, Failure> {
    Ok(axum::Json(door.chat.by(&caller).draft(id).await?))
}

/// Keeps what the caller has begun to say in a group.
#[utoipa::path(
    put,
    path = "/groups/{id}/draft",
    tag = "drafts",
    params(("id" = uuid::Uuid, Path, description = "the group")),
    request_body = NewDraft,
    responses(
        (status = 200, body = DraftView),
        (status = 404, description = "`group.not_found`, also for a public group that the caller is no member of", body = ErrorBody),
        (status = 422, description = "`message.empty`, `message.too_long`", body = ErrorBody),
    ),
)]
async fn keep(
    State(door): State<Door>,
    Authenticated(caller): Authenticated,
    Path(id): Path<StreamId>,
    Json(new): Json<NewDraft>,
) -> Result<axum::Json<DraftView>, Failure> {
    Ok(axum::Json(door.chat.by(&caller).keep_draft(id, new).await?))
}

/// Throws away what the caller has begun to say in a group.
#[utoipa::path(
    delete,
    path = "/groups/{id}/draft",
    tag = "drafts",
    params(("id" = uuid::Uuid, Path, description = "the group")),
    responses(
        (status = 204),
        (status = 404, description = "`group.not_found`, also for a public group that the caller is no member of", body = ErrorBody),
    ),
)]
async fn drop_it(
    State(door): State<Door>,
    Authenticated(caller): Authenticated,
    Path(id): Path<StreamId>,
) -> Result<StatusCode, Failure> {
    door.chat.by(&caller).drop_draft(id).await?;
    Ok(StatusCode::NO_CONTENT)
}
