//! `/groups`, `/direct`.

use axum::{extract::State, http::StatusCode};
use parlance_base::{StreamId, UserId};
use parlance_edge::{Authenticated, Failure, Json, Path};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{Door, ErrorBody};
use crate::{
    group::{Group, GroupChange, NewGroup, NewRecordGroup, Record},
    member::{Preferences, PreferencesChange},
};

pub(super) fn router() -> OpenApiRouter<Door> {
    OpenApiRouter::new()
        .routes(routes!(create))
        .routes(routes!(get, update, delete))
        .routes(routes!(archive))
        .routes(routes!(restore))
        .routes(routes!(join))
        .routes(routes!(leave))
        .routes(routes!(transfer))
        .routes(routes!(clear))
        .routes(routes!(prefer))
        .routes(routes!(direct))
        .routes(routes!(of_record))
}

/// Who is to have a group.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewOwner {
    /// A member of it.
    #[schema(value_type = uuid::Uuid)]
    user_id: UserId,
}

/// Makes a group, or finds the one that the caller made under the same `client_id`, or has with the same person.
#[utoipa::path(
    post,
    path = "/groups",
    tag = "groups",
    request_body = NewGroup,
    responses(
        (status = 201, body = Group),
        (status = 200, body = Group, description = "it was there already"),
        (status = 403, description = "`workspace.insufficient_role`", body = ErrorBody),
        (status = 404, description = "`user.not_found`; `group.not_found` where there is one that the caller may not read, or that was deleted", body = ErrorBody),
        (status = 409, description = "`member.too_many_groups`, `record.too_many_groups`", body = ErrorBody),
        (status = 422, description = "`group.name`, `group.description`, `group.history`, `group.record`, `group.too_many_members`, `group.not_two`", body = ErrorBody),
    ),
)]
async fn create(
    State(door): State<Door>,
    Authenticated(caller): Authenticated,
    Json(new): Json<NewGroup>,
) -> Result<(StatusCode, axum::Json<Group>), Failure> {
    let (group, made) = door.chat.by(&caller).create_group(new).await?;
    Ok((created(made), axum::Json(group)))
}

/// A group.
#[utoipa::path(
    get,
    path = "/groups/{id}",
    tag = "groups",
    params(("id" = uuid::Uuid, Path, description = "the group")),
    responses(
        (status = 200, body = Group),
        (status = 404, description = "`group.not_found`", body = ErrorBody),
    ),
)]
async fn get(
    State(door): State<Door>,
    Authenticated(caller): Authenticated,
    Path(id): Path<StreamId>,
) -> Result<axum::Json<Group>, Failure> {
    Ok(axum::Json(door.chat.by(&caller).group(id).await?))
}

/// Changes a group.
#[utoipa::path(
    patch,
    path = "/groups/{id}",
    tag = "groups",
    params(("id" = uuid::Uuid, Path, description = "the group")),
    request_body = GroupChange,
    responses(
        (status = 200, body = Group),
        (status = 403, description = "`group.not_admin`; `workspace.insufficient_role` for making it public", body = ErrorBody),
        (status = 404, description = "`group.not_found`", body = ErrorBody),
        (status = 422, description = "`group.is_direct`, `group.name`, `group.description`, `group.history`", body = ErrorBody),
    ),
)]
async fn update(
    State(door): State<Door>,
    Authenticated(caller): Authenticated,
    Path(id): Path<StreamId>,
    Json(change): Json<GroupChange>,
) -> Result<axum::Json<Group>, Failure> {
    Ok(axum::Json(door.chat.by(&caller).update_group(id, change).await?))
}

/// Ends a group.
#[utoipa::path(
    delete,
    path = "/groups/{id}",
    tag = "groups",
    params(("id" = uuid::Uuid, Path, description = "the group")),
    responses(
        (status = 204),
        (status = 403, description = "`group.not_owner`", body = ErrorBody),
        (status = 404, description = "`group.not_found`", body = ErrorBody),
        (status = 422, description = "`group.is_direct`", body = ErrorBody),
    ),
)]
async fn delete(
    State(door): State<Door>,
    Authenticated(caller): Authenticated,
    Path(id): Path<StreamId>,
) -> Result<StatusCode, Failure> {
    door.chat.by(&caller).delete_group(id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Closes a group for posting.
#[utoipa::path(
    post,
    path = "/groups/{id}/archive",
    tag = "groups",
    params(("id" = uuid::Uuid, Path, description = "the group")),
    responses(
        (status = 200, body = Group),
        (status = 403, description = "`group.not_admin`", body = ErrorBody),
        (status = 404, description = "`group.not_found`", body = ErrorBody),
    ),
)]
async fn archive(
    State(door): State<Door>,
    Authenticated(caller): Authenticated,
    Path(id): Path<StreamId>,
) -> Result<axum::Json<Group>, Failure> {
    Ok(axum::Json(door.chat.by(&caller).archive_group(id, true).await?))
}

/// Opens an archived group again.
#[utoipa::path(
    post,
    path = "/groups/{id}/restore",
    tag = "groups",
    params(("id" = uuid::Uuid, Path, description = "the group")),
    responses(
        (status = 200, body = Group),
        (status = 403, description = "`group.not_admin`", body = ErrorBody),
        (status = 404, description = "`group.not_found`", body = ErrorBody),
    ),
)]
async fn restore(
    State(door): State<Door>,
    Authenticated(caller): Authenticated,
    Path(id): Path<StreamId>,
) -> Result<axum::Json<Group>, Failure> {
    Ok(axum::Json(door.chat.by(&caller).archive_group(id, false).await?))
}

/// Clears a group: what was said in it until now is gone for everybody.
#[utoipa::path(
    post,
    path = "/groups/{id}/clear",
    tag = "groups",
    params(("id" = uuid::Uuid, Path, description = "the group")),
    responses(
        (status = 200, body = Group),
        (status = 403, description = "`group.not_admin`", body = ErrorBody),
        (status = 404, description = "`group.not_found`", body = ErrorBody),
    ),
)]
async fn clear(
    State(door): State<Door>,
    Authenticated(caller): Authenticated,
    Path(id): Path<StreamId>,
) -> Result<axum::Json<Group>, Failure> {
    Ok(axum::Json(door.chat.by(&caller).clear_group(id).await?))
}

/// Joins a public group.
#[utoipa::path(
    post,
    path = "/groups/{id}/join",
    tag = "groups",
    params(("id" = uuid::Uuid, Path, description = "the group")),
    responses(
        (status = 200, body = Group),
        (status = 404, description = "`group.not_found`, `user.not_found`", body = ErrorBody),
        (status = 409, description = "`member.too_many_groups`", body = ErrorBody),
        (status = 422, description = "`group.is_direct`", body = ErrorBody),
    ),
)]
async fn join(
    State(door): State<Door>,
    Authenticated(caller): Authenticated,
    Path(id): Path<StreamId>,
) -> Result<axum::Json<Group>, Failure> {
    Ok(axum::Json(door.chat.by(&caller).join(id).await?))
}

/// Leaves a group.
#[utoipa::path(
    post,
    path = "/groups/{id}/leave",
    tag = "groups",
    params(("id" = uuid::Uuid, Path, description = "the group")),
    responses(
        (status = 204),
        (status = 404, description = "`group.not_found`", body = ErrorBody),
        (status = 409, description = "`group.last_owner`", body = ErrorBody),
        (status = 422, description = "`group.is_direct`", body = ErrorBody),
    ),
)]
async fn leave(
    State(door): State<Door>,
    Authenticated(caller): Authenticated,
    Path(id): Path<StreamId>,
) -> Result<StatusCode, Failure> {
    door.chat.by(&caller).remove_member(id, caller.user).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Hands a group over to a member of it. A caller who owned it goes on running it.
#[utoipa::path(
    post,
    path = "/groups/{id}/transfer",
    tag = "groups",
    params(("id" = uuid::Uuid, Path, description = "the group")),
    request_body = NewOwner,
    responses(
        (status = 200, body = Group),
        (status = 403, description = "`group.not_owner`", body = ErrorBody),
        (status = 404, description = "`group.not_found`, `member.not_found`", body = ErrorBody),
        (status = 422, description = "`group.is_direct`", body = ErrorBody),
    ),
)]
async fn transfer(
    State(door): State<Door>,
    Authenticated(caller): Authenticated,
    Path(id): Path<StreamId>,
    Json(NewOwner { user_id }): Json<NewOwner>,
) -> Result<axum::Json<Group>, Failure> {
    Ok(axum::Json(door.chat.by(&caller).transfer_group(id, user_id).await?))
}

/// Changes how the caller has a group for themselves.
#[utoipa::path(
    patch,
    path = "/groups/{id}/me",
    tag = "groups",
    params(("id" = uuid::Uuid, Path, description = "the group")),
    request_body = PreferencesChange,
    responses(
        (status = 200, body = Preferences),
        (status = 404, description = "`group.not_found`, also for a public group that the caller is no member of; `folder.not_found`", body = ErrorBody),
    ),
)]
async fn prefer(
    State(door): State<Door>,
    Authenticated(caller): Authenticated,
    Path(id): Path<StreamId>,
    Json(change): Json<PreferencesChange>,
) -> Result<axum::Json<Preferences>, Failure> {
    Ok(axum::Json(door.chat.by(&caller).prefer(id, change).await?))
}

/// The direct group with another user, made where there is none.
#[utoipa::path(
    post,
    path = "/direct/{user_id}",
    tag = "groups",
    params(("user_id" = uuid::Uuid, Path, description = "the user")),
    responses(
        (status = 201, body = Group),
        (status = 200, body = Group, description = "it was there already"),
        (status = 403, description = "`workspace.insufficient_role` for guests", body = ErrorBody),
        (status = 404, description = "`user.not_found`", body = ErrorBody),
        (status = 409, description = "`member.too_many_groups`", body = ErrorBody),
        (status = 422, description = "`group.not_two` for oneself", body = ErrorBody),
    ),
)]
async fn direct(
    State(door): State<Door>,
    Authenticated(caller): Authenticated,
    Path(other): Path<UserId>,
) -> Result<(StatusCode, axum::Json<Group>), Failure> {
    let (group, made) = door.chat.by(&caller).direct(other).await?;
    Ok((created(made), axum::Json(group)))
}

/// The group about an object of another application, made where there is none. One that there is stays as it is; who may not
/// read it is told that there is none for them.
#[utoipa::path(
    put,
    path = "/records/{record_type}/{record_id}",
    tag = "groups",
    params(("record_type" = String, Path), ("record_id" = String, Path)),
    request_body = NewRecordGroup,
    responses(
        (status = 201, body = Group),
        (status = 200, body = Group, description = "it was there already"),
        (status = 403, description = "`workspace.insufficient_role`", body = ErrorBody),
        (status = 404, description = "`group.not_found` where there is one that the caller may not read; `user.not_found`", body = ErrorBody),
        (status = 409, description = "`record.too_many_groups` where too many were deleted; `member.too_many_groups`", body = ErrorBody),
        (status = 422, description = "`group.record`, `group.name`, `group.description`, `group.history`, `group.too_many_members`", body = ErrorBody),
    ),
)]
async fn of_record(
    State(door): State<Door>,
    Authenticated(caller): Authenticated,
    Path((kind, id)): Path<(String, String)>,
    Json(new): Json<NewRecordGroup>,
) -> Result<(StatusCode, axum::Json<Group>), Failure> {
    let (group, made) = door.chat.by(&caller).record_group(Record { kind, id }, new).await?;
    Ok((created(made), axum::Json(group)))
}

pub(super) fn created(made: bool) -> StatusCode {
    if made { StatusCode::CREATED } else { StatusCode::OK }
}
