//! Members as others find them, and what they are called.

use axum::extract::State;
use parlance_edge::{ErrorBody, Failure, Json, Listing, Query};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    Door,
    inside::{Inside, must_be_own},
    wire::{MemberView, RenameMember, UsersQuery},
};

pub(super) fn router() -> OpenApiRouter<Door> {
    OpenApiRouter::new().routes(routes!(search)).routes(routes!(rename))
}

/// Find members by name
///
/// Those of whom every word of the search begins a word. A page may be short and have a next one all the same.
#[utoipa::path(
    get,
    path = "/{id}/users",
    tag = "workspaces",
    params(("id" = String, Path, description = "the workspace's id or slug"), UsersQuery),
    responses(
        (status = 200, description = "in the order of the words found", body = Listing<MemberView>),
        (status = 403, description = "`workspace.insufficient_role`", body = ErrorBody),
        (status = 404, description = "`workspace.not_found`", body = ErrorBody),
        (status = 422, description = "`search.too_long`", body = ErrorBody),
    )
)]
async fn search(
    State(door): State<Door>,
    Inside(caller): Inside,
    Query(query): Query<UsersQuery>,
) -> Result<axum::Json<Listing<MemberView>>, Failure> {
    let (search, page) = query.parse()?;
    let Some(search) = search else { return super::members::page(&door, &caller, &page).await };
    let (found, next) = door.workspaces.search(&caller, &search, page.after()?, page.limit()?).await?;
    Ok(axum::Json(Listing { items: found.into_iter().map(MemberView::from).collect(), next }))
}

/// Change what the caller is called in the workspace
#[utoipa::path(
    patch,
    path = "/{id}/members/me",
    tag = "workspaces",
    params(("id" = String, Path, description = "the workspace's id or slug")),
    request_body = RenameMember,
    responses(
        (status = 200, description = "as they are now", body = MemberView),
        (status = 403, description = "`auth.sign_in_required` for API keys", body = ErrorBody),
        (status = 404, description = "`workspace.not_found`", body = ErrorBody),
        (status = 409, description = "`member.handle_taken`", body = ErrorBody),
        (status = 422, description = "`name.invalid`, `handle.invalid`", body = ErrorBody),
    )
)]
async fn rename(
    State(door): State<Door>,
    Inside(caller): Inside,
    Json(body): Json<RenameMember>,
) -> Result<axum::Json<MemberView>, Failure> {
    must_be_own(&door, &caller)?;
    let (name, handle) = body.parse()?;
    let member = door.workspaces.rename(&caller, name, handle).await?;
    Ok(axum::Json(member.into()))
}
