//! `/groups/{id}/messages`.

use axum::{extract::State, http::StatusCode};
use parlance_base::{EntryId, Error, Kind, Result, StreamId};
use parlance_edge::{Authenticated, Failure, Json, Listing, PageQuery, Path, Query};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{Door, ErrorBody, groups::created};
use crate::message::{
    Edit, Forward, Message, MessagePage, NewMessage, PinnedMessage, Position, React, Reacted, ReactionView,
    Sent, Suggested, VersionView,
};
use crate::scheduled::ScheduledMessage;

pub(super) fn router() -> OpenApiRouter<Door> {
    OpenApiRouter::new()
        .routes(routes!(send, list))
        .routes(routes!(get, edit, delete))
        .routes(routes!(history))
        .routes(routes!(pin))
        .routes(routes!(react, reactions))
        .routes(routes!(pins))
        .routes(routes!(suggest))
        .routes(routes!(forward))
}

/// Which messages are asked for: one of `before`, `after` and `around`, and no more than one; the newest without any.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Which {
    /// Those below this `seq`, newest first.
    before: Option<i64>,
    /// Those above this `seq`, oldest first.
    after: Option<i64>,
    /// Those about this `seq`, oldest first.
    around: Option<i64>,
    /// How many, 1–100 (50).
    #[param(minimum = 1, maximum = 100)]
    limit: Option<usize>,
    /// The message whose thread's replies are asked for; without, it is the group's messages.
    #[param(value_type = Option<uuid::Uuid>)]
    thread_id: Option<EntryId>,
}

/// Whether a message is to be pinned.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Pinned {
    /// Whether it is.
    pinned: bool,
}

/// What a message said before, the latest first.
#[derive(Debug, Serialize, ToSchema)]
struct History {
    /// At most 20 versions.
    items: Vec<VersionView>,
}

impl Which {
    fn position(&self) -> Result<Position> {
        match (self.before, self.after, self.around) {
            (None, None, None) => Ok(Position::Before(i64::MAX)),
            (Some(seq), None, None) => Ok(Position::Before(seq)),
            (None, Some(seq), None) => Ok(Position::After(seq)),
            (None, None, Some(seq)) => Ok(Position::Around(seq)),
            _ => Err(Error::new(Kind::Invalid, "request.invalid", "only one of before, after and around")),
        }
    }

    fn limit(&self) -> Result<usize> {
        PageQuery { limit: self.limit, after: None }.limit()
    }
}

/// What somebody has typed.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Typed {
    /// What follows the `@`, up to 80 characters; without, whoever comes first.
    #[serde(default)]
    q: String,
}

/// Sends a message, or has it sent later.
#[utoipa::path(
    post,
    path = "/groups/{id}/messages",
    tag = "messages",
    params(("id" = uuid::Uuid, Path, description = "the group")),
    request_body = NewMessage,
    responses(
        (status = 201, body = Message),
        (status = 202, body = ScheduledMessage, description = "it is to be sent later"),
        (status = 200, body = Sent, description = "the caller had sent it under this client_id before"),
        (status = 403, description = "`group.read_only`, `group.archived`, `thread.closed`", body = ErrorBody),
        (status = 404, description = "`group.not_found`", body = ErrorBody),
        (status = 409, description = "`scheduled.cancelled`", body = ErrorBody),
        (status = 422, description = "`message.empty`, `message.too_long`, `message.metadata`, `message.reply_to`, `message.thread_id`, `message.mentions`, `message.too_many_mentions`, `message.send_at`, `scheduled.too_many`", body = ErrorBody),
    ),
)]
async fn send(
    State(door): State<Door>,
    Authenticated(caller): Authenticated,
    Path(id): Path<StreamId>,
    Json(new): Json<NewMessage>,
) -> Result<(StatusCode, axum::Json<Sent>), Failure> {
    let (sent, fresh) = door.chat.by(&caller).send(id, new).await?;
    let status = match sent {
        Sent::Scheduled(_) if fresh => StatusCode::ACCEPTED,
        _ => created(fresh),
    };
    Ok((status, axum::Json(sent)))
}

/// A page of a group's messages, or of the replies to one of them: the newest first where none of before, after and around is
/// given. Deleted messages keep their place, without content. A page with fewer messages than were asked for is the last one.
#[utoipa::path(
    get,
    path = "/groups/{id}/messages",
    tag = "messages",
    params(("id" = uuid::Uuid, Path, description = "the group"), Which),
    responses(
        (status = 200, body = MessagePage),
        (status = 404, description = "`group.not_found`; `message.not_found` for a thread of none", body = ErrorBody),
    ),
)]
async fn list(
    State(door): State<Door>,
    Authenticated(caller): Authenticated,
    Path(id): Path<StreamId>,
    Query(which): Query<Which>,
) -> Result<axum::Json<MessagePage>, Failure> {
    let (by, at, limit) = (door.chat.by(&caller), which.position()?, which.limit()?);
    Ok(axum::Json(by.messages(id, which.thread_id, at, limit).await?))
}

/// A message.
#[utoipa::path(
    get,
    path = "/groups/{id}/messages/{message_id}",
    tag = "messages",
    params(
        ("id" = uuid::Uuid, Path, description = "the group"),
        ("message_id" = uuid::Uuid, Path, description = "the message"),
    ),
    responses(
        (status = 200, body = Message),
        (status = 404, description = "`group.not_found`, `message.not_found`", body = ErrorBody),
    ),
)]
async fn get(
    State(door): State<Door>,
    Authenticated(caller): Authenticated,
    Path((id, message)): Path<(StreamId, EntryId)>,
) -> Result<axum::Json<Message>, Failure> {
    Ok(axum::Json(door.chat.by(&caller).message(id, message).await?))
}

/// Edits a message.
#[utoipa::path(
    patch,
    path = "/groups/{id}/messages/{message_id}",
    tag = "messages",
    params(
        ("id" = uuid::Uuid, Path, description = "the group"),
        ("message_id" = uuid::Uuid, Path, description = "the message"),
    ),
    request_body = Edit,
    responses(
        (status = 200, body = Message),
        (status = 403, description = "`message.not_author`, `group.read_only`, `group.archived`", body = ErrorBody),
        (status = 404, description = "`group.not_found`, `message.not_found`", body = ErrorBody),
        (status = 422, description = "`message.empty`, `message.too_long`, `message.mentions`, `message.too_many_mentions`", body = ErrorBody),
    ),
)]
async fn edit(
    State(door): State<Door>,
    Authenticated(caller): Authenticated,
    Path((id, message)): Path<(StreamId, EntryId)>,
    Json(edit): Json<Edit>,
) -> Result<axum::Json<Message>, Failure> {
    Ok(axum::Json(door.chat.by(&caller).edit(id, message, edit).await?))
}

/// Deletes a message: it keeps its place and loses all it said.
#[utoipa::path(
    delete,
    path = "/groups/{id}/messages/{message_id}",
    tag = "messages",
    params(
        ("id" = uuid::Uuid, Path, description = "the group"),
        ("message_id" = uuid::Uuid, Path, description = "the message"),
    ),
    responses(
        (status = 204),
        (status = 403, description = "`message.not_author`", body = ErrorBody),
        (status = 404, description = "`group.not_found`, `message.not_found`", body = ErrorBody),
    ),
)]
async fn delete(
    State(door): State<Door>,
    Authenticated(caller): Authenticated,
    Path((id, message)): Path<(StreamId, EntryId)>,
) -> Result<StatusCode, Failure> {
    door.chat.by(&caller).delete(id, message).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What a message said before it was edited.
#[utoipa::path(
    get,
    path = "/groups/{id}/messages/{message_id}/history",
    tag = "messages",
    params(
        ("id" = uuid::Uuid, Path, description = "the group"),
        ("message_id" = uuid::Uuid, Path, description = "the message"),
    ),
    responses(
        (status = 200, body = History),
        (status = 404, description = "`group.not_found`, `message.not_found`", body = ErrorBody),
    ),
)]
async fn history(
    State(door): State<Door>,
    Authenticated(caller): Authenticated,
    Path((id, message)): Path<(StreamId, EntryId)>,
) -> Result<axum::Json<History>, Failure> {
    Ok(axum::Json(History { items: door.chat.by(&caller).history(id, message).await? }))
}

/// Pins a message, or takes its pin away.
#[utoipa::path(
    post,
    path = "/groups/{id}/messages/{message_id}/pin",
    tag = "messages",
    params(
        ("id" = uuid::Uuid, Path, description = "the group"),
        ("message_id" = uuid::Uuid, Path, description = "the message"),
    ),
    request_body = Pinned,
    responses(
        (status = 200, body = Message),
        (status = 403, description = "`group.missing_right`", body = ErrorBody),
        (status = 404, description = "`group.not_found`, `message.not_found`", body = ErrorBody),
        (status = 422, description = "`group.too_many_pins`", body = ErrorBody),
    ),
)]
async fn pin(
    State(door): State<Door>,
    Authenticated(caller): Authenticated,
    Path((id, message)): Path<(StreamId, EntryId)>,
    Json(Pinned { pinned }): Json<Pinned>,
) -> Result<axum::Json<Message>, Failure> {
    Ok(axum::Json(door.chat.by(&caller).pin(id, message, pinned).await?))
}

/// Reacts to a message, or takes that back.
#[utoipa::path(
    post,
    path = "/groups/{id}/messages/{message_id}/reactions",
    tag = "messages",
    params(
        ("id" = uuid::Uuid, Path, description = "the group"),
        ("message_id" = uuid::Uuid, Path, description = "the message"),
    ),
    request_body = React,
    responses(
        (status = 200, body = Reacted),
        (status = 403, description = "`group.missing_right`, `group.archived`", body = ErrorBody),
        (status = 404, description = "`group.not_found`, `message.not_found`", body = ErrorBody),
        (status = 422, description = "`message.emoji`, `message.too_many_reactions`", body = ErrorBody),
    ),
)]
async fn react(
    State(door): State<Door>,
    Authenticated(caller): Authenticated,
    Path((id, message)): Path<(StreamId, EntryId)>,
    Json(react): Json<React>,
) -> Result<axum::Json<Reacted>, Failure> {
    Ok(axum::Json(door.chat.by(&caller).react(id, message, react).await?))
}

/// Who reacted to a message, the first one first.
#[utoipa::path(
    get,
    path = "/groups/{id}/messages/{message_id}/reactions",
    tag = "messages",
    params(
        ("id" = uuid::Uuid, Path, description = "the group"),
        ("message_id" = uuid::Uuid, Path, description = "the message"),
        PageQuery,
    ),
    responses(
        (status = 200, body = Listing<ReactionView>),
        (status = 404, description = "`group.not_found`, `message.not_found`", body = ErrorBody),
    ),
)]
async fn reactions(
    State(door): State<Door>,
    Authenticated(caller): Authenticated,
    Path((id, message)): Path<(StreamId, EntryId)>,
    Query(page): Query<PageQuery>,
) -> Result<axum::Json<Listing<ReactionView>>, Failure> {
    let by = door.chat.by(&caller);
    Ok(axum::Json(by.reactions(id, message, page.after()?, page.limit()?).await?))
}

/// Sends a copy of a message to another group.
#[utoipa::path(
    post,
    path = "/groups/{id}/messages/{message_id}/forward",
    tag = "messages",
    params(
        ("id" = uuid::Uuid, Path, description = "the group"),
        ("message_id" = uuid::Uuid, Path, description = "the message"),
    ),
    request_body = Forward,
    responses(
        (status = 201, body = Message),
        (status = 200, body = Sent, description = "the caller had sent it under this client_id before"),
        (status = 403, description = "`group.read_only`, `group.archived`", body = ErrorBody),
        (status = 404, description = "`group.not_found` for either group; `message.not_found`, also for one that was deleted", body = ErrorBody),
    ),
)]
async fn forward(
    State(door): State<Door>,
    Authenticated(caller): Authenticated,
    Path((id, message)): Path<(StreamId, EntryId)>,
    Json(to): Json<Forward>,
) -> Result<(StatusCode, axum::Json<Sent>), Failure> {
    let (sent, fresh) = door.chat.by(&caller).forward(id, message, to).await?;
    Ok((created(fresh), axum::Json(sent)))
}

/// A group's pinned messages, the newest message first.
#[utoipa::path(
    get,
    path = "/groups/{id}/pins",
    tag = "messages",
    params(("id" = uuid::Uuid, Path, description = "the group"), PageQuery),
    responses(
        (status = 200, body = Listing<PinnedMessage>),
        (status = 404, description = "`group.not_found`", body = ErrorBody),
    ),
)]
async fn pins(
    State(door): State<Door>,
    Authenticated(caller): Authenticated,
    Path(id): Path<StreamId>,
    Query(page): Query<PageQuery>,
) -> Result<axum::Json<Listing<PinnedMessage>>, Failure> {
    Ok(axum::Json(door.chat.by(&caller).pins(id, page.after()?, page.limit()?).await?))
}

/// Who in a group may be meant by what somebody has typed after an `@`.
#[utoipa::path(
    get,
    path = "/groups/{id}/mentions/suggest",
    tag = "messages",
    params(("id" = uuid::Uuid, Path, description = "the group"), Typed),
    responses(
        (status = 200, body = Suggested),
        (status = 404, description = "`group.not_found`, also for a public group that the caller is no member of", body = ErrorBody),
    ),
)]
async fn suggest(
    State(door): State<Door>,
    Authenticated(caller): Authenticated,
    Path(id): Path<StreamId>,
    Query(Typed { q }): Query<Typed>,
) -> Result<axum::Json<Suggested>, Failure> {
    Ok(axum::Json(door.chat.by(&caller).suggest_mentions(id, &q).await?))
}
