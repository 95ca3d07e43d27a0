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
    #[schema(value_type = Vec<String>)]
    user_ids: Vec<UserId>,
}

/// A group's members, in the order of their ids.
#[utoipa::path(get, path = "/groups/{id}/members", tag = "members", params(("id" = String, Path), PageQuery),
    responses((status = 200, body = Listing<MemberView>), (status = "4XX", body = ErrorBody)))]
async fn list(
    State(door): State<Door>,
    Authenticated(caller): Authenticated,
    Path(id): Path<StreamId>,
    Query(page): Query<PageQuery>,
) -> Result<axum::Json<Listing<MemberView>>, Failure> {
    Ok(axum::Json(door.chat.by(&caller).members(id, page.after()?, page.limit()?).await?))
}

/// Puts people of the workspace into a group; who is in it already stays as they are.
#[utoipa::path(post, path = "/groups/{id}/members", tag = "members", params(("id" = String, Path)),
    request_body = NewMembers, responses((status = 204), (status = "4XX", body = ErrorBody)))]
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
#[utoipa::path(patch, path = "/groups/{id}/members/{user_id}", tag = "members",
    params(("id" = String, Path), ("user_id" = String, Path)), request_body = RightsChange,
    responses((status = 200, body = MemberView), (status = "4XX", body = ErrorBody)))]
async fn update(
    State(door): State<Door>,
    Authenticated(caller): Authenticated,
    Path((id, user)): Path<(StreamId, UserId)>,
    Json(change): Json<RightsChange>,
) -> Result<axum::Json<MemberView>, Failure> {
    Ok(axum::Json(door.chat.by(&caller).update_member(id, user, change).await?))
}

/// Takes a member out of a group.
#[utoipa::path(delete, path = "/groups/{id}/members/{user_id}", tag = "members",
    params(("id" = String, Path), ("user_id" = String, Path)),
    responses((status = 204), (status = "4XX", body = ErrorBody)))]
async fn remove(
    State(door): State<Door>,
    Authenticated(caller): Authenticated,
    Path((id, user)): Path<(StreamId, UserId)>,
) -> Result<StatusCode, Failure> {
    door.chat.by(&caller).remove_member(id, user).await?;
    Ok(StatusCode::NO_CONTENT)
}
