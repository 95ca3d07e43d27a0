//! `/folders`.

use axum::{extract::State, http::StatusCode};
use parlance_base::FolderId;
use parlance_edge::{Authenticated, Failure, Json, Listing, Path};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{Door, ErrorBody, groups::created};
use crate::folder::{FolderChange, FolderView, NewFolder};

pub(super) fn router() -> OpenApiRouter<Door> {
    OpenApiRouter::new().routes(routes!(create, list)).routes(routes!(update, delete))
}

/// Makes a folder for the caller's groups, or finds the one of that name.
#[utoipa::path(
    post,
    path = "/folders",
    tag = "folders",
    request_body = NewFolder,
    responses(
        (status = 201, body = FolderView),
        (status = 200, body = FolderView, description = "it was there already"),
        (status = 409, description = "`folder.exists`", body = ErrorBody),
        (status = 422, description = "`folder.name`, `folder.too_many`", body = ErrorBody),
    ),
)]
async fn create(
    State(door): State<Door>,
    Authenticated(caller): Authenticated,
    Json(new): Json<NewFolder>,
) -> Result<(StatusCode, axum::Json<FolderView>), Failure> {
    let (folder, made) = door.chat.by(&caller).create_folder(new).await?;
    Ok((created(made), axum::Json(folder)))
}

/// The caller's folders, in their order: all of them.
#[utoipa::path(
    get,
    path = "/folders",
    tag = "folders",
    responses(
        (status = 200, body = Listing<FolderView>),
    ),
)]
async fn list(
    State(door): State<Door>,
    Authenticated(caller): Authenticated,
) -> Result<axum::Json<Listing<FolderView>>, Failure> {
    Ok(axum::Json(door.chat.by(&caller).folders().await?))
}

/// Changes a folder of the caller's.
#[utoipa::path(
    patch,
    path = "/folders/{folder_id}",
    tag = "folders",
    params(("folder_id" = uuid::Uuid, Path, description = "the folder")),
    request_body = FolderChange,
    responses(
        (status = 200, body = FolderView),
        (status = 404, description = "`folder.not_found`", body = ErrorBody),
        (status = 409, description = "`folder.exists`", body = ErrorBody),
        (status = 422, description = "`folder.name`", body = ErrorBody),
    ),
)]
async fn update(
    State(door): State<Door>,
    Authenticated(caller): Authenticated,
    Path(id): Path<FolderId>,
    Json(change): Json<FolderChange>,
) -> Result<axum::Json<FolderView>, Failure> {
    Ok(axum::Json(door.chat.by(&caller).update_folder(id, change).await?))
}

/// Deletes a folder of the caller's: the groups in it stay, in none.
#[utoipa::path(
    delete,
    path = "/folders/{folder_id}",
    tag = "folders",
    params(("folder_id" = uuid::Uuid, Path, description = "the folder")),
    responses(
        (status = 204),
        (status = 404, description = "`folder.not_found`", body = ErrorBody),
    ),
)]
async fn delete(
    State(door): State<Door>,
    Authenticated(caller): Authenticated,
    Path(id): Path<FolderId>,
) -> Result<StatusCode, Failure> {
    door.chat.by(&caller).delete_folder(id).await?;
    Ok(StatusCode::NO_CONTENT)
}
