//! `/groups/{id}/threads`.

use axum::extract::State;
use parlance_base::{EntryId, Result, StreamId};
use parlance_edge::{Authenticated, Failure, Json, Listing, PageQuery, Path, Query};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{Door, ErrorBody};
use crate::thread::{MessageThread, ThreadView};

pub(super) fn router() -> OpenApiRouter<Door> {
    OpenApiRouter::new()
        .routes(routes!(get))
        .routes(routes!(list))
        .routes(routes!(follow, unfollow))
        .routes(routes!(close))
}

/// How many replies are asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct HowMany {
    /// How many, 1–100 (50).
    limit: Option<usize>,
}

impl HowMany {
    fn limit(&self) -> Result<usize> {
        PageQuery { limit: self.limit, after: None }.limit()
    }
}

/// Whether a thread is to take replies.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Closed {
    /// Whether it takes none.
    closed: bool,
}

/// A message and the newest of its replies.
#[utoipa::path(
    get,
    path = "/groups/{id}/messages/{message_id}/thread",
    tag = "threads",
    params(
        ("id" = uuid::Uuid, Path, description = "the group"),
        ("message_id" = uuid::Uuid, Path, description = "the message"),
        HowMany,
    ),
    responses(
        (status = 200, body = MessageThread),
        (status = 404, description = "`group.not_found`; `message.not_found`, also for a message that is a reply itself", body = ErrorBody),
    ),
)]
async fn get(
    State(door): State<Door>,
    Authenticated(caller): Authenticated,
    Path((id, message)): Path<(StreamId, EntryId)>,
    Query(page): Query<HowMany>,
) -> Result<axum::Json<MessageThread>, Failure> {
    Ok(axum::Json(door.chat.by(&caller).thread(id, message, page.limit()?).await?))
}

/// A group's threads, the one with the newest reply first.
#[utoipa::path(
    get,
    path = "/groups/{id}/threads",
    tag = "threads",
    params(("id" = uuid::Uuid, Path, description = "the group"), PageQuery),
    responses(
        (status = 200, body = Listing<ThreadView>),
        (status = 404, description = "`group.not_found`", body = ErrorBody),
    ),
)]
async fn list(
    State(door): State<Door>,
    Authenticated(caller): Authenticated,
    Path(id): Path<StreamId>,
    Query(page): Query<PageQuery>,
) -> Result<axum::Json<Listing<ThreadView>>, Failure> {
    Ok(axum::Json(door.chat.by(&caller).threads(id, page.after()?, page.limit()?).await?))
}

/// Follows a thread: its replies count as unread.
#[utoipa::path(
    put,
    path = "/groups/{id}/threads/{message_id}/follow",
    tag = "threads",
    params(
        ("id" = uuid::Uuid, Path, description = "the group"),
        ("message_id" = uuid::Uuid, Path, description = "the message"),
    ),
    responses(
        (status = 200, body = ThreadView),
        (status = 404, description = "`group.not_found`, also for a public group that the caller is no member of; `message.not_found`", body = ErrorBody),
    ),
)]
async fn follow(
    State(door): State<Door>,
    Authenticated(caller): Authenticated,
    Path((id, message)): Path<(StreamId, EntryId)>,
) -> Result<axum::Json<ThreadView>, Failure> {
    Ok(axum::Json(door.chat.by(&caller).follow_thread(id, message, true).await?))
}

/// Follows a thread no longer, until one says something in it again.
#[utoipa::path(
    delete,
    path = "/groups/{id}/threads/{message_id}/follow",
    tag = "threads",
    params(
        ("id" = uuid::Uuid, Path, description = "the group"),
        ("message_id" = uuid::Uuid, Path, description = "the message"),
    ),
    responses(
        (status = 200, body = ThreadView),
        (status = 404, description = "`group.not_found`, also for a public group that the caller is no member of; `message.not_found`", body = ErrorBody),
    ),
)]
async fn unfollow(
    State(door): State<Door>,
    Authenticated(caller): Authenticated,
    Path((id, message)): Path<(StreamId, EntryId)>,
) -> Result<axum::Json<ThreadView>, Failure> {
    Ok(axum::Json(door.chat.by(&caller).follow_thread(id, message, false).await?))
}

/// Has a thread take no more replies, or take some again: for its message's author, and the group's admins.
#[utoipa::path(
    post,
    path = "/groups/{id}/threads/{message_id}/close",
    tag = "threads",
    params(
        ("id" = uuid::Uuid, Path, description = "the group"),
        ("message_id" = uuid::Uuid, Path, description = "the message"),
    ),
    request_body = Closed,
    responses(
        (status = 200, body = ThreadView),
        (status = 403, description = "`message.not_author`, `group.archived`", body = ErrorBody),
        (status = 404, description = "`group.not_found`, `message.not_found`; `thread.not_found` for a message without replies", body = ErrorBody),
    ),
)]
async fn close(
    State(door): State<Door>,
    Authenticated(caller): Authenticated,
    Path((id, message)): Path<(StreamId, EntryId)>,
    Json(Closed { closed }): Json<Closed>,
) -> Result<axum::Json<ThreadView>, Failure> {
    Ok(axum::Json(door.chat.by(&caller).close_thread(id, message, closed).await?))
}
