//! `/groups/{id}/members`.

use axum::{extract::State, http::StatusCode};
use parlance_base::{StreamId, UserId};
use parlance_edge::{Authenticated, Failure, Json, Listing, PageQuery, Path, Query};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{Door, ErrorBody};
use crate::member::{MemberView, RightsChange};

pub(super) fn router() -> OpenApiRouter<Door> {
    OpenApiRouter::new().routes(routes!(list, add)).routes(routes!(update, remove))
}

/// People who are to be members.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewMembers {
    /// Their ids, 1–100.
    #[schema(value_type = Vec<uuid::Uuid>)]
    user_ids: Vec<UserId>,
}

/// A group's members, in the order of their ids.
#[utoipa::path(
    get,
    path = "/groups/{id}/members",
    tag = "members",
    params(("id" = uuid::Uuid, Path, description = "the group"), PageQuery),
    responses(
        (status = 200, body = Listing<MemberView>),
        (status = 404, description = "`group.not_found`", body = ErrorBody),
    ),
)]
async fn list(
    State(door): State<Door>,
    Authenticated(caller): Authenticated,
    Path(id): Path<StreamId>,
    Query(page): Query<PageQuery>,
) -> Result<axum::Json<Listing<MemberView>>, Failure> {
    Ok(axum::Json(door.chat.by(&caller).members(id, page.after()?, page.limit()?).await?))
}

/// Puts people of the workspace into a group; who is in it already stays as they are.
#[utoipa::path(
    post,
    path = "/groups/{id}/members",
    tag = "members",
    params(("id" = uuid::Uuid, Path, description = "the group")),
    request_body = NewMembers,
    responses(
        (status = 204),
        (status = 403, description = "`group.missing_right`", body = ErrorBody),
        (status = 404, description = "`group.not_found`, `user.not_found`", body = ErrorBody),
        (status = 409, description = "`member.too_many_groups`", body = ErrorBody),
        (status = 422, description = "`group.too_many_members`, `group.is_direct`", body = ErrorBody),
    ),
)]
async fn add(
    State(door): State<Door>,
    Authenticated(caller): Authenticated,
    Path(id): Path<StreamId>,
    Json(new): Json<NewMembers>,
) -> Result<StatusCode, Failure> {
    door.chat.by(&caller).add_members(id, new.user_ids).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Changes what a member may.
#[utoipa::path(
    patch,
    path = "/groups/{id}/members/{user_id}",
    tag = "members",
    params(
        ("id" = uuid::Uuid, Path, description = "the group"),
        ("user_id" = uuid::Uuid, Path, description = "the user"),
    ),
    request_body = RightsChange,
    responses(
        (status = 200, body = MemberView),
        (status = 403, description = "`group.not_admin`; `group.not_owner` where it is about an owner, or makes one", body = ErrorBody),
        (status = 404, description = "`group.not_found`, `member.not_found`", body = ErrorBody),
        (status = 409, description = "`group.last_owner`", body = ErrorBody),
    ),
)]
async fn update(
    State(door): State<Door>,
    Authenticated(caller): Authenticated,
    Path((id, user)): Path<(StreamId, UserId)>,
    Json(change): Json<RightsChange>,
) -> Result<axum::Json<MemberView>, Failure> {
    Ok(axum::Json(door.chat.by(&caller).update_member(id, user, change).await?))
}

/// Takes a member out of a group.
#[utoipa::path(
    delete,
    path = "/groups/{id}/members/{user_id}",
    tag = "members",
    params(
        ("id" = uuid::Uuid, Path, description = "the group"),
        ("user_id" = uuid::Uuid, Path, description = "the user"),
    ),
    responses(
        (status = 204),
        (status = 403, description = "`group.not_admin`; `group.not_owner` for an owner", body = ErrorBody),
        (status = 404, description = "`group.not_found`", body = ErrorBody),
        (status = 409, description = "`group.last_owner`", body = ErrorBody),
        (status = 422, description = "`group.is_direct`", body = ErrorBody),
    ),
)]
async fn remove(
    State(door): State<Door>,
    Authenticated(caller): Authenticated,
    Path((id, user)): Path<(StreamId, UserId)>,
) -> Result<StatusCode, Failure> {
    door.chat.by(&caller).remove_member(id, user).await?;
    Ok(StatusCode::NO_CONTENT)
}
