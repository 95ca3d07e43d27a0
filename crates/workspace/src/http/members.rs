//! The members of a workspace: list, add, change, remove.

use axum::{extract::State, http::StatusCode};
use parlance_base::{Caller, UserId};
use parlance_edge::{ErrorBody, Failure, Json, Listing, PageQuery, Path, Query};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    Door,
    inside::{Inside, must_be_own},
    wire::{AddMember, MemberView, UpdateMember, Whom},
};
use crate::workspaces::Made;

pub(super) fn router() -> OpenApiRouter<Door> {
    OpenApiRouter::new().routes(routes!(list, add)).routes(routes!(update, remove)).routes(routes!(leave))
}

/// List the members
#[utoipa::path(
    get,
    path = "/{id}/members",
    tag = "workspaces",
    params(("id" = String, Path, description = "the workspace's id or slug"), PageQuery),
    responses(
        (status = 200, description = "by user", body = Listing<MemberView>),
        (status = 403, description = "`workspace.insufficient_role`", body = ErrorBody),
        (status = 404, description = "`workspace.not_found`", body = ErrorBody),
    )
)]
async fn list(
    State(door): State<Door>,
    Inside(caller): Inside,
    Query(page): Query<PageQuery>,
) -> Result<axum::Json<Listing<MemberView>>, Failure> {
    self::page(&door, &caller, &page).await
}

/// A page of all members, by id.
pub(super) async fn page(
    door: &Door,
    caller: &Caller,
    page: &PageQuery,
) -> Result<axum::Json<Listing<MemberView>>, Failure> {
    let (after, limit) = (page.after()?, page.limit()?);
    let members = door.workspaces.members(caller, after, limit + 1).await?;
    let views = members.into_iter().map(MemberView::from).collect();
    Ok(axum::Json(Listing::cut(views, limit, |view| view.user_id.clone())))
}

/// Add a person of the installation
///
/// One who is a member already stays what they are.
#[utoipa::path(
    post,
    path = "/{id}/members",
    tag = "workspaces",
    params(("id" = String, Path, description = "the workspace's id or slug")),
    request_body = AddMember,
    responses(
        (status = 201, description = "added", body = MemberView),
        (status = 200, description = "a member already", body = MemberView),
        (status = 402, description = "`license.seat_limit`", body = ErrorBody),
        (status = 403, description = "`workspace.insufficient_role`", body = ErrorBody),
        (status = 404, description = "`workspace.not_found`, `person.not_found`", body = ErrorBody),
        (status = 409, description = "`member.handle_taken`, `person.too_many_workspaces`", body = ErrorBody),
        (status = 422, description = "`member.unnamed`, `handle.invalid`, `name.invalid`", body = ErrorBody),
    )
)]
async fn add(
    State(door): State<Door>,
    Inside(caller): Inside,
    Json(body): Json<AddMember>,
) -> Result<(StatusCode, axum::Json<MemberView>), Failure> {
    let (whom, new) = body.parse()?;
    let person = match whom {
        Whom::Email(email) => door.workspaces.people().by_email(&email).await?,
        Whom::User(user) => door.workspaces.people().get(user).await?,
    };
    Ok(match door.workspaces.add(&caller, person, new).await? {
        Made::New(member) => (StatusCode::CREATED, axum::Json(member.into())),
        Made::Existing(member) => (StatusCode::OK, axum::Json(member.into())),
    })
}

/// Change a member's role
#[utoipa::path(
    patch,
    path = "/{id}/members/{user_id}",
    tag = "workspaces",
    params(
        ("id" = String, Path, description = "the workspace's id or slug"),
        ("user_id" = String, Path, description = "the member"),
    ),
    request_body = UpdateMember,
    responses(
        (status = 200, description = "as they are now", body = MemberView),
        (status = 402, description = "`license.seat_limit`", body = ErrorBody),
        (status = 403, description = "`workspace.insufficient_role`", body = ErrorBody),
        (status = 404, description = "`workspace.not_found`, `member.not_found`", body = ErrorBody),
        (status = 409, description = "`workspace.last_owner`", body = ErrorBody),
    )
)]
async fn update(
    State(door): State<Door>,
    Inside(caller): Inside,
    Path(path): Path<(String, UserId)>,
    Json(body): Json<UpdateMember>,
) -> Result<axum::Json<MemberView>, Failure> {
    let (_, user) = path;
    let member = door.workspaces.set_role(&caller, user, body.role).await?;
    Ok(axum::Json(member.into()))
}

/// Remove a member
///
/// They lose the workspace at once, and their groups after that: those that they alone owned pass to an owner or admin of
/// the workspace.
#[utoipa::path(
    delete,
    path = "/{id}/members/{user_id}",
    tag = "workspaces",
    params(
        ("id" = String, Path, description = "the workspace's id or slug"),
        ("user_id" = String, Path, description = "the member"),
    ),
    responses(
        (status = 204, description = "removed"),
        (status = 403, description = "`workspace.insufficient_role`", body = ErrorBody),
        (status = 404, description = "`workspace.not_found`, `member.not_found`", body = ErrorBody),
        (status = 409, description = "`workspace.last_owner`", body = ErrorBody),
    )
)]
async fn remove(
    State(door): State<Door>,
    Inside(caller): Inside,
    Path(path): Path<(String, UserId)>,
) -> Result<StatusCode, Failure> {
    let (_, user) = path;
    door.workspaces.remove(&caller, user).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Leave the workspace
///
/// The caller loses it as one who is removed does.
#[utoipa::path(
    post,
    path = "/{id}/leave",
    tag = "workspaces",
    params(("id" = String, Path, description = "the workspace's id or slug")),
    responses(
        (status = 204, description = "left"),
        (status = 403, description = "`auth.sign_in_required` for API keys", body = ErrorBody),
        (status = 404, description = "`workspace.not_found`", body = ErrorBody),
        (status = 409, description = "`workspace.last_owner`", body = ErrorBody),
    )
)]
async fn leave(State(door): State<Door>, Inside(caller): Inside) -> Result<StatusCode, Failure> {
    must_be_own(&door, &caller)?;
    door.workspaces.leave(&caller).await?;
    Ok(StatusCode::NO_CONTENT)
}
