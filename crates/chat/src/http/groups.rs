//! `/groups`, `/direct`.

use axum::{extract::State, http::StatusCode};
use parlance_base::{StreamId, UserId};
use parlance_edge::{Authenticated, Failure, Json, Listing, PageQuery, Path, Query};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{Door, ErrorBody};
use crate::{
    group::{
        DirectoryFilter, Group, GroupChange, GroupKind, ListedGroup, MyGroup, NewGroup, NewRecordGroup,
        Record,
    },
    member::{Preferences, PreferencesChange},
};

pub(super) fn router() -> OpenApiRouter<Door> {
    OpenApiRouter::new()
        .routes(routes!(create, list))
        .routes(routes!(discover))
        .routes(routes!(all))
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

/// Which groups are looked for, and which page of them.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct AllQuery {
    /// Only groups of this kind.
    kind: Option<GroupKind>,
    /// Only groups that are active, or only those that rest or are archived.
    active: Option<bool>,
    /// How many items, 1–100 (50).
    limit: Option<usize>,
    /// `next` of the page before; none for the first page.
    after: Option<String>,
}

/// Who is to have a group.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewOwner {
    /// A member of it.
    #[schema(value_type = String)]
    user_id: UserId,
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

/// The caller's groups, pinned ones first, then newest activity first.
#[utoipa::path(get, path = "/groups", tag = "groups", params(PageQuery), responses(
    (status = 200, body = Listing<MyGroup>), (status = "4XX", body = ErrorBody)))]
async fn list(
    State(door): State<Door>,
    Authenticated(caller): Authenticated,
    Query(page): Query<PageQuery>,
) -> Result<axum::Json<Listing<MyGroup>>, Failure> {
    Ok(axum::Json(door.chat.by(&caller).groups(page.after()?, page.limit()?).await?))
}

/// The public groups of the workspace that take messages.
#[utoipa::path(get, path = "/groups/discover", tag = "groups", params(PageQuery), responses(
    (status = 200, body = Listing<ListedGroup>), (status = "4XX", body = ErrorBody)))]
async fn discover(
    State(door): State<Door>,
    Authenticated(caller): Authenticated,
    Query(page): Query<PageQuery>,
) -> Result<axum::Json<Listing<ListedGroup>>, Failure> {
    Ok(axum::Json(door.chat.by(&caller).discover(page.after()?, page.limit()?).await?))
}

/// Every group of the workspace, for who runs it.
#[utoipa::path(get, path = "/groups/all", tag = "groups", params(AllQuery), responses(
    (status = 200, body = Listing<Group>), (status = "4XX", body = ErrorBody)))]
async fn all(
    State(door): State<Door>,
    Authenticated(caller): Authenticated,
    Query(AllQuery { kind, active, limit, after }): Query<AllQuery>,
) -> Result<axum::Json<Listing<Group>>, Failure> {
    let (page, filter) = (PageQuery { limit, after }, DirectoryFilter { kind, active });
    Ok(axum::Json(door.chat.by(&caller).every_group(filter, page.after()?, page.limit()?).await?))
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

/// Clears a group: what was said in it until now is gone for everybody.
#[utoipa::path(post, path = "/groups/{id}/clear", tag = "groups", params(("id" = String, Path)), responses(
    (status = 200, body = Group), (status = "4XX", body = ErrorBody)))]
async fn clear(
    State(door): State<Door>,
    Authenticated(caller): Authenticated,
    Path(id): Path<StreamId>,
) -> Result<axum::Json<Group>, Failure> {
    Ok(axum::Json(door.chat.by(&caller).clear_group(id).await?))
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

/// Hands a group over to a member of it. A caller who owned it goes on running it.
#[utoipa::path(post, path = "/groups/{id}/transfer", tag = "groups", params(("id" = String, Path)), request_body = NewOwner,
    responses((status = 200, body = Group), (status = "4XX", body = ErrorBody)))]
async fn transfer(
    State(door): State<Door>,
    Authenticated(caller): Authenticated,
    Path(id): Path<StreamId>,
    Json(NewOwner { user_id }): Json<NewOwner>,
) -> Result<axum::Json<Group>, Failure> {
    Ok(axum::Json(door.chat.by(&caller).transfer_group(id, user_id).await?))
}

/// Changes how the caller has a group for themselves.
#[utoipa::path(patch, path = "/groups/{id}/me", tag = "groups", params(("id" = String, Path)),
    request_body = PreferencesChange, responses((status = 200, body = Preferences), (status = "4XX", body = ErrorBody)))]
async fn prefer(
    State(door): State<Door>,
    Authenticated(caller): Authenticated,
    Path(id): Path<StreamId>,
    Json(change): Json<PreferencesChange>,
) -> Result<axum::Json<Preferences>, Failure> {
    Ok(axum::Json(door.chat.by(&caller).prefer(id, change).await?))
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

/// The group about an object of another application, made where there is none. One that there is stays as it is; who may not
/// read it is told that there is none for them.
#[utoipa::path(put, path = "/records/{record_type}/{record_id}", tag = "groups",
    params(("record_type" = String, Path), ("record_id" = String, Path)), request_body = NewRecordGroup,
    responses((status = 201, body = Group), (status = 200, body = Group, description = "it was there already"),
    (status = "4XX", body = ErrorBody)))]
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
