//! `/groups`, as lists of them.

use axum::extract::State;
use parlance_edge::{Authenticated, Failure, Listing, PageQuery, Query};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{Door, ErrorBody};
use crate::group::{DirectoryFilter, Group, GroupKind, ListedGroup, MyGroup};

pub(super) fn router() -> OpenApiRouter<Door> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(discover)).routes(routes!(all))
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
    #[param(minimum = 1, maximum = 100)]
    limit: Option<usize>,
    /// `next` of the page before; none for the first page.
    after: Option<String>,
}

/// The caller's groups, pinned ones first, then newest activity first.
#[utoipa::path(
    get,
    path = "/groups",
    tag = "groups",
    params(PageQuery),
    responses(
        (status = 200, body = Listing<MyGroup>),
    ),
)]
async fn list(
    State(door): State<Door>,
    Authenticated(caller): Authenticated,
    Query(page): Query<PageQuery>,
) -> Result<axum::Json<Listing<MyGroup>>, Failure> {
    Ok(axum::Json(door.chat.by(&caller).groups(page.after()?, page.limit()?).await?))
}

/// The public groups of the workspace that take messages.
#[utoipa::path(
    get,
    path = "/groups/discover",
    tag = "groups",
    params(PageQuery),
    responses(
        (status = 200, body = Listing<ListedGroup>),
        (status = 403, description = "`workspace.insufficient_role` for guests", body = ErrorBody),
    ),
)]
async fn discover(
    State(door): State<Door>,
    Authenticated(caller): Authenticated,
    Query(page): Query<PageQuery>,
) -> Result<axum::Json<Listing<ListedGroup>>, Failure> {
    Ok(axum::Json(door.chat.by(&caller).discover(page.after()?, page.limit()?).await?))
}

/// Every group of the workspace, for who runs it.
#[utoipa::path(
    get,
    path = "/groups/all",
    tag = "groups",
    params(AllQuery),
    responses(
        (status = 200, body = Listing<Group>),
        (status = 403, description = "`workspace.insufficient_role` for who does not run the workspace", body = ErrorBody),
    ),
)]
async fn all(
    State(door): State<Door>,
    Authenticated(caller): Authenticated,
    Query(AllQuery { kind, active, limit, after }): Query<AllQuery>,
) -> Result<axum::Json<Listing<Group>>, Failure> {
    let (page, filter) = (PageQuery { limit, after }, DirectoryFilter { kind, active });
    Ok(axum::Json(door.chat.by(&caller).every_group(filter, page.after()?, page.limit()?).await?))
}
