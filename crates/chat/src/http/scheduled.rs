//! `/groups/{id}/scheduled`.

use axum::{extract::State, http::StatusCode};
use parlance_base::{ScheduledId, StreamId};
use parlance_edge::{Authenticated, Failure, Listing, Path};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{Door, ErrorBody};
use crate::scheduled::ScheduledMessage;

pub(super) fn router() -> OpenApiRouter<Door> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(cancel))
}

/// The caller's messages to a group that are to be sent later, or could not be, the next one first: all there are, up to 100.
#[utoipa::path(
    get,
    path = "/groups/{id}/scheduled",
    tag = "messages",
    params(("id" = uuid::Uuid, Path, description = "the group")),
    responses(
        (status = 200, body = Listing<ScheduledMessage>),
        (status = 404, description = "`group.not_found` where there are none and the caller is no member", body = ErrorBody),
    ),
)]
async fn list(
    State(door): State<Door>,
    Authenticated(caller): Authenticated,
    Path(id): Path<StreamId>,
) -> Result<axum::Json<Listing<ScheduledMessage>>, Failure> {
    Ok(axum::Json(door.chat.by(&caller).scheduled(id).await?))
}

/// Takes back a message that is to be sent later, or throws away one that could not be sent.
#[utoipa::path(
    delete,
    path = "/groups/{id}/scheduled/{scheduled_id}",
    tag = "messages",
    params(
        ("id" = uuid::Uuid, Path, description = "the group"),
        ("scheduled_id" = uuid::Uuid, Path, description = "the scheduled message"),
    ),
    responses(
        (status = 204),
        (status = 404, description = "`group.not_found`; `scheduled.not_found`, also for one that was sent", body = ErrorBody),
        (status = 409, description = "`scheduled.sending`", body = ErrorBody),
    ),
)]
async fn cancel(
    State(door): State<Door>,
    Authenticated(caller): Authenticated,
    Path((id, scheduled)): Path<(StreamId, ScheduledId)>,
) -> Result<StatusCode, Failure> {
    door.chat.by(&caller).cancel_scheduled(id, scheduled).await?;
    Ok(StatusCode::NO_CONTENT)
}
