//! What only owners may do with a workspace: hand it over, delete it, and see before what goes with it.

use axum::{extract::State, http::StatusCode};
use parlance_base::Role;
use parlance_edge::{ErrorBody, Failure, Json};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    Door,
    inside::Inside,
    wire::{TransferWorkspace, WorkspaceView},
};
use crate::preview::Preview;

pub(super) fn router() -> OpenApiRouter<Door> {
    OpenApiRouter::new().routes(routes!(delete)).routes(routes!(preview)).routes(routes!(transfer))
}

/// Delete a workspace
///
/// It is gone for everybody at once, and its slug is free. What it has is removed after 30 days.
#[utoipa::path(
    delete,
    path = "/{id}",
    tag = "workspaces",
    params(("id" = String, Path, description = "its id or slug")),
    responses(
        (status = 204, description = "deleted"),
        (status = 403, description = "`workspace.insufficient_role`", body = ErrorBody),
        (status = 404, description = "`workspace.not_found`", body = ErrorBody),
    )
)]
async fn delete(State(door): State<Door>, Inside(caller): Inside) -> Result<StatusCode, Failure> {
    door.workspaces.delete(&caller).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// See what goes with a workspace
#[utoipa::path(
    get,
    path = "/{id}/delete-preview",
    tag = "workspaces",
    params(("id" = String, Path, description = "its id or slug")),
    responses(
        (status = 200, description = "counted up to 5,000 each", body = Preview),
        (status = 403, description = "`workspace.insufficient_role`", body = ErrorBody),
        (status = 404, description = "`workspace.not_found`", body = ErrorBody),
    )
)]
async fn preview(State(door): State<Door>, Inside(caller): Inside) -> Result<axum::Json<Preview>, Failure> {
    Ok(axum::Json(door.workspaces.delete_preview(&caller).await?))
}

/// Hand a workspace over
///
/// The other member owns it, and the caller is an admin, from the same step on.
#[utoipa::path(
    post,
    path = "/{id}/transfer",
    tag = "workspaces",
    params(("id" = String, Path, description = "its id or slug")),
    request_body = TransferWorkspace,
    responses(
        (status = 200, description = "as the caller has it now", body = WorkspaceView),
        (status = 402, description = "`license.seat_limit`", body = ErrorBody),
        (status = 403, description = "`workspace.insufficient_role`", body = ErrorBody),
        (status = 404, description = "`workspace.not_found`, `member.not_found`", body = ErrorBody),
        (status = 422, description = "`member.is_self`", body = ErrorBody),
    )
)]
async fn transfer(
    State(door): State<Door>,
    Inside(caller): Inside,
    Json(body): Json<TransferWorkspace>,
) -> Result<axum::Json<WorkspaceView>, Failure> {
    let workspace = door.workspaces.transfer(&caller, body.user_id).await?;
    Ok(axum::Json(WorkspaceView::of(workspace, Role::Admin)))
}
