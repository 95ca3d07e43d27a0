//! `/groups`, `/direct`.

use axum::{extract::State, http::StatusCode};
use parlance_base::{StreamId, UserId};
use parlance_edge::{Authenticated, Failure, Json, Listing, PageQuery, Path, Query};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{Door, ErrorBody};
use crate::group::{Group, GroupChange, MyGroup, NewGroup};

pub(super) fn router() -> OpenApiRouter<Door> {
    OpenApiRouter::new()
        .routes(routes!(create, list))
        .routes(routes!(get, update, delete))
        .routes(routes!(archive))
        .routes(routes!(restore))
        .routes(routes!(join))
        .routes(routes!(leave))
        .routes(routes!(direct))
}

/// Makes a group, or finds the one that the caller made under the same `client_id`, or has with the same person.
#[utoipa::path(post, path = "/groups", tag = "groups", request_body = NewGroup, responses(
    (status = 201, body = Group), (status = 200, body = Group, description = "it was there already"),
    (status = "4XX", body = ErrorBody)))]
async fn create(
    State(door): State<Door>,
    Authenticated(caller): Authenticated,
    Json(new): Json<NewGroup>,
) -> Result<(StatusCode, axum::Json<Group>), Failure> {
    let (group, made) = door.chat.by(&caller).create_group(new).await?;
    Ok((created(made), axum::Json(group)))
}

/// The caller's groups, newest activity first.
#[utoipa::path(get, path = "/groups", tag = "groups", params(PageQuery), responses(
    (status = 200, body = Listing<MyGroup>), (status = "4XX", body = ErrorBody)))]
async fn list(
    State(door): State<Door>,
    Authenticated(caller): Authenticated,
    Query(page): Query<PageQuery>,
) -> Result<axum::Json<Listing<MyGroup>>, Failure> {
    Ok(axum::Json(door.chat.by(&caller).groups(page.after()?, page.limit()?).await?))
}

/// A group.
#[utoipa::path(get, path = "/groups/{id}", tag = "groups", params(("id" = String, Path)), responses(
    (status = 200, body = Group), (status = "4XX", body = ErrorBody)))]
async fn get(
    State(door): State<Door>,
    Authenticated(caller): Authenticated,
    Path(id): Path<StreamId>,
) -> Result<axum::Json<Group>, Failure> {
    Ok(axum::Json(door.chat.by(&caller).group(id).await?))
}

/// Changes a group.
#[utoipa::path(patch, path = "/groups/{id}", tag = "groups", params(("id" = String, Path)), request_body = GroupChange,
    responses((status = 200, body = Group), (status = "4XX", body = ErrorBody)))]
async fn update(
    State(door): State<Door>,
    Authenticated(caller): Authenticated,
    Path(id): Path<StreamId>,
    Json(change): Json<GroupChange>,
) -> Result<axum::Json<Group>, Failure> {
    Ok(axum::Json(door.chat.by(&caller).update_group(id, change).await?))
}

/// Ends a group.
#[utoipa::path(delete, path = "/groups/{id}", tag = "groups", params(("id" = String, Path)), responses(
    (status = 204), (status = "4XX", body = ErrorBody)))]
async fn delete(
    State(door): State<Door>,
    Authenticated(caller): Authenticated,
    Path(id): Path<StreamId>,
) -> Result<StatusCode, Failure> {
    door.chat.by(&caller).delete_group(id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Closes a group for posting.
#[utoipa::path(post, path = "/groups/{id}/archive", tag = "groups", params(("id" = String, Path)), responses(
    (status = 200, body = Group), (status = "4XX", body = ErrorBody)))]
async fn archive(
    State(door): State<Door>,
    Authenticated(caller): Authenticated,
    Path(id): Path<StreamId>,
) -> Result<axum::Json<Group>, Failure> {
    Ok(axum::Json(door.chat.by(&caller).archive_group(id, true).await?))
}

/// Opens an archived group again.
#[utoipa::path(post, path = "/groups/{id}/restore", tag = "groups", params(("id" = String, Path)), responses(
    (status = 200, body = Group), (status = "4XX", body = ErrorBody)))]
async fn restore(
    State(door): State<Door>,
    Authenticated(caller): Authenticated,
    Path(id): Path<StreamId>,
) -> Result<axum::Json<Group>, Failure> {
    Ok(axum::Json(door.chat.by(&caller).archive_group(id, false).await?))
}

/// Joins a public group.
#[utoipa::path(post, path = "/groups/{id}/join", tag = "groups", params(("id" = String, Path)), responses(
    (status = 200, body = Group), (status = "4XX", body = ErrorBody)))]
async fn join(
    State(door): State<Door>,
    Authenticated(caller): Authenticated,
    Path(id): Path<StreamId>,
) -> Result<axum::Json<Group>, Failure> {
    Ok(axum::Json(door.chat.by(&caller).join(id).await?))
}

/// Leaves a group.
#[utoipa::path(post, path = "/groups/{id}/leave", tag = "groups", params(("id" = String, Path)), responses(
    (status = 204), (status = "4XX", body = ErrorBody)))]
async fn leave(
    State(door): State<Door>,
    Authenticated(caller): Authenticated,
    Path(id): Path<StreamId>,
) -> Result<StatusCode, Failure> {
    door.chat.by(&caller).remove_member(id, caller.user).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The direct group with another user, made where there is none.
#[utoipa::path(post, path = "/direct/{user_id}", tag = "groups", params(("user_id" = String, Path)), responses(
    (status = 201, body = Group), (status = 200, body = Group, description = "it was there already"),
    (status = "4XX", body = ErrorBody)))]
async fn direct(
    State(door): State<Door>,
    Authenticated(caller): Authenticated,
    Path(other): Path<UserId>,
) -> Result<(StatusCode, axum::Json<Group>), Failure> {
    let (group, made) = door.chat.by(&caller).direct(other).await?;
    Ok((created(made), axum::Json(group)))
}

pub(super) fn created(made: bool) -> StatusCode {
    if made { StatusCode::CREATED } else { StatusCode::OK }
}
