//! Streams and read state over plain HTTP.

use axum::{extract::State, http::StatusCode};
use parlance_base::StreamId;
use parlance_edge::{Authenticated, Failure, Json, Path, Query};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{Door, ErrorBody};
use crate::{
    chat::invalid,
    message::{AllChanges, Changes, Cursors, MAX_CHANGES},
    read_state::{ReadState, ReadUpTo, ReceiptList, Unread, UnreadFrom},
};

pub(super) fn router() -> OpenApiRouter<Door> {
    OpenApiRouter::new()
        .routes(routes!(changes))
        .routes(routes!(all_changes))
        .routes(routes!(read))
        .routes(routes!(mark_unread))
        .routes(routes!(unread))
        .routes(routes!(receipts))
        .routes(routes!(typing))
}

/// Where the client is in a group's stream.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Since {
    /// The last `seq` that the client has (0).
    since: Option<i64>,
    /// The epoch that `since` counts in.
    epoch: Option<String>,
    /// How many entries, 1–1,000 (100).
    #[param(minimum = 1, maximum = 1_000)]
    limit: Option<usize>,
}

/// What is being done.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Typing {
    /// Whether the caller types (true).
    #[serde(default = "yes")]
    active: bool,
}

fn yes() -> bool {
    true
}

/// What came after a position in a group's stream.
#[utoipa::path(
    get,
    path = "/groups/{id}/changes",
    tag = "changes",
    params(("id" = uuid::Uuid, Path, description = "the group"), Since),
    responses(
        (status = 200, body = Changes),
        (status = 404, description = "`group.not_found`", body = ErrorBody),
    ),
)]
async fn changes(
    State(door): State<Door>,
    Authenticated(caller): Authenticated,
    Path(id): Path<StreamId>,
    Query(from): Query<Since>,
) -> Result<axum::Json<Changes>, Failure> {
    let limit = from.limit.unwrap_or(100);
    if !(1..=MAX_CHANGES).contains(&limit) {
        return Err(invalid("request.invalid", format!("limit is not 1–{MAX_CHANGES}")).into());
    }
    let (since, epoch) = (from.since.unwrap_or(0), from.epoch.as_deref());
    Ok(axum::Json(door.chat.by(&caller).changes(id, since, epoch, limit).await?))
}

/// What came in several streams, waiting for something where there is nothing.
#[utoipa::path(
    post,
    path = "/changes",
    tag = "changes",
    request_body = Cursors,
    responses(
        (status = 200, body = AllChanges),
        (status = 404, description = "`workspace.not_found` where the caller lost the right to wait", body = ErrorBody),
        (status = 429, description = "`changes.too_many_waiting`", body = ErrorBody),
        (status = 503, description = "`changes.busy`", body = ErrorBody),
    ),
)]
async fn all_changes(
    State(door): State<Door>,
    Authenticated(caller): Authenticated,
    Json(from): Json<Cursors>,
) -> Result<axum::Json<AllChanges>, Failure> {
    Ok(axum::Json(door.chat.by(&caller).all_changes(&from, door.host.as_ref()).await?))
}

/// Notes how far the caller has read in a group.
#[utoipa::path(
    post,
    path = "/groups/{id}/read",
    tag = "read state",
    params(("id" = uuid::Uuid, Path, description = "the group")),
    request_body = ReadUpTo,
    responses(
        (status = 200, body = ReadState),
        (status = 404, description = "`group.not_found`, also for a public group that the caller is no member of; `message.not_found` for a thread of none", body = ErrorBody),
    ),
)]
async fn read(
    State(door): State<Door>,
    Authenticated(caller): Authenticated,
    Path(id): Path<StreamId>,
    Json(read): Json<ReadUpTo>,
) -> Result<axum::Json<ReadState>, Failure> {
    Ok(axum::Json(door.chat.by(&caller).read_up_to(id, read).await?))
}

/// Takes back that the caller has read what came from a message on.
#[utoipa::path(
    post,
    path = "/groups/{id}/unread",
    tag = "read state",
    params(("id" = uuid::Uuid, Path, description = "the group")),
    request_body = UnreadFrom,
    responses(
        (status = 200, body = ReadState),
        (status = 404, description = "`group.not_found`, also for a public group that the caller is no member of; `message.not_found` for a thread of none", body = ErrorBody),
    ),
)]
async fn mark_unread(
    State(door): State<Door>,
    Authenticated(caller): Authenticated,
    Path(id): Path<StreamId>,
    Json(from): Json<UnreadFrom>,
) -> Result<axum::Json<ReadState>, Failure> {
    Ok(axum::Json(door.chat.by(&caller).mark_unread(id, from).await?))
}

/// How far the members of a group have read, in groups of up to 200 members.
#[utoipa::path(
    get,
    path = "/groups/{id}/receipts",
    tag = "read state",
    params(("id" = uuid::Uuid, Path, description = "the group")),
    responses(
        (status = 200, body = ReceiptList),
        (status = 404, description = "`group.not_found`", body = ErrorBody),
        (status = 422, description = "`group.too_large`", body = ErrorBody),
    ),
)]
async fn receipts(
    State(door): State<Door>,
    Authenticated(caller): Authenticated,
    Path(id): Path<StreamId>,
) -> Result<axum::Json<ReceiptList>, Failure> {
    Ok(axum::Json(door.chat.by(&caller).receipts(id).await?))
}

/// What the caller has not read.
#[utoipa::path(
    get,
    path = "/unread",
    tag = "read state",
    responses(
        (status = 200, body = Unread),
    ),
)]
async fn unread(
    State(door): State<Door>,
    Authenticated(caller): Authenticated,
) -> Result<axum::Json<Unread>, Failure> {
    Ok(axum::Json(door.chat.by(&caller).unread().await?))
}

/// Tells the group that the caller types, or no longer.
#[utoipa::path(
    post,
    path = "/groups/{id}/typing",
    tag = "read state",
    params(("id" = uuid::Uuid, Path, description = "the group")),
    request_body = Typing,
    responses(
        (status = 204),
        (status = 403, description = "`group.read_only`, `group.archived`", body = ErrorBody),
        (status = 404, description = "`group.not_found`", body = ErrorBody),
    ),
)]
async fn typing(
    State(door): State<Door>,
    Authenticated(caller): Authenticated,
    Path(id): Path<StreamId>,
    Json(typing): Json<Typing>,
) -> Result<StatusCode, Failure> {
    door.chat.by(&caller).typing(id, typing.active).await?;
    Ok(StatusCode::NO_CONTENT)
}
