//! Workspaces: make, list, see, change. Handing over and deleting is in `ending`.

use axum::{extract::State, http::StatusCode};
use parlance_edge::{ErrorBody, Failure, Identified, Json, Listing, PageQuery, Query, SignedIn};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    Door,
    inside::Inside,
    wire::{CreateWorkspace, UpdateWorkspace, WorkspaceView},
};
use crate::{
    name::{DisplayName, Slug},
    permission::{Action, check_scope},
    workspaces::Made,
};

pub(super) fn router() -> OpenApiRouter<Door> {
    OpenApiRouter::new().routes(routes!(create, list)).routes(routes!(view, update))
}

/// Make a workspace
///
/// The caller owns it. Making the same again answers the one that there is.
#[utoipa::path(
    post,
    path = "/",
    tag = "workspaces",
    request_body = CreateWorkspace,
    responses(
        (status = 201, description = "made", body = WorkspaceView),
        (status = 200, description = "the caller made it before", body = WorkspaceView),
        (status = 402, description = "`license.seat_limit`", body = ErrorBody),
        (status = 403, description = "`auth.sign_in_required` for API keys", body = ErrorBody),
        (status = 409, description = "`workspace.slug_taken`", body = ErrorBody),
        (status = 422, description = "`name.invalid`, `slug.invalid`, `slug.reserved`", body = ErrorBody),
    )
)]
async fn create(
    State(door): State<Door>,
    SignedIn(who): SignedIn,
    Json(body): Json<CreateWorkspace>,
) -> Result<(StatusCode, axum::Json<WorkspaceView>), Failure> {
    let (name, slug) = (DisplayName::parse(&body.name)?, Slug::parse(&body.slug)?);
    let (status, workspace) = match door.workspaces.create(who.user, name, slug).await? {
        Made::New(workspace) => (StatusCode::CREATED, workspace),
        Made::Existing(workspace) => (StatusCode::OK, workspace),
    };
    let role = door.workspaces.role_of(workspace.id, who.user).await?;
    Ok((status, axum::Json(WorkspaceView::of(workspace, role))))
}

/// List the caller's workspaces
#[utoipa::path(
    get,
    path = "/",
    tag = "workspaces",
    params(PageQuery),
    responses(
        (status = 200, description = "by id; for an API key its own one", body = Listing<WorkspaceView>),
        (status = 403, description = "`key.missing_scope`", body = ErrorBody),
    )
)]
async fn list(
    State(door): State<Door>,
    Identified(who): Identified,
    Query(page): Query<PageQuery>,
) -> Result<axum::Json<Listing<WorkspaceView>>, Failure> {
    check_scope(Action::WorkspaceView, who.grant)?;
    let after = page.after()?;
    let (listed, next) = door.workspaces.list(who.user, who.workspace, after, page.limit()?).await?;
    let items = listed.into_iter().map(|(workspace, role)| WorkspaceView::of(workspace, role)).collect();
    Ok(axum::Json(Listing { items, next: next.map(|id| id.to_string()) }))
}

/// See a workspace
#[utoipa::path(
    get,
    path = "/{id}",
    tag = "workspaces",
    params(("id" = String, Path, description = "its id or slug")),
    responses(
        (status = 200, description = "the workspace", body = WorkspaceView),
        (status = 403, description = "`workspace.insufficient_role`", body = ErrorBody),
        (status = 404, description = "`workspace.not_found`", body = ErrorBody),
    )
)]
async fn view(
    State(door): State<Door>,
    Inside(caller): Inside,
) -> Result<axum::Json<WorkspaceView>, Failure> {
    let workspace = door.workspaces.view(&caller).await?;
    Ok(axum::Json(WorkspaceView::of(workspace, caller.role)))
}

/// Change a workspace
#[utoipa::path(
    patch,
    path = "/{id}",
    tag = "workspaces",
    params(("id" = String, Path, description = "its id or slug")),
    request_body = UpdateWorkspace,
    responses(
        (status = 200, description = "as it is now", body = WorkspaceView),
        (status = 403, description = "`workspace.insufficient_role`", body = ErrorBody),
        (status = 404, description = "`workspace.not_found`", body = ErrorBody),
        (status = 409, description = "`workspace.slug_taken`", body = ErrorBody),
        (
            status = 422,
            description = "`name.invalid`, `slug.invalid`, `slug.reserved`, `settings.out_of_range`",
            body = ErrorBody
        ),
    )
)]
async fn update(
    State(door): State<Door>,
    Inside(caller): Inside,
    Json(body): Json<UpdateWorkspace>,
) -> Result<axum::Json<WorkspaceView>, Failure> {
    let workspace = door.workspaces.update(&caller, body.parse()?).await?;
    Ok(axum::Json(WorkspaceView::of(workspace, caller.role)))
}
