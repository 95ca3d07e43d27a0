//! What a connection asks for, found out beside it.

use std::sync::Arc;

use http::request::Parts;
use parlance_base::{Caller, ConnectionId, Error, Kind, Result, StreamId, Time};
use serde_json::value::RawValue;
use tokio::time::timeout;
use tracing::Instrument as _;

use super::trace;
use crate::realtime::{
    Input, People, Ready, StreamKey, StreamKind, Unavailable, Wish,
    frame::{AuthToken, Command, CommandKind},
    limits::ANSWER_WITHIN,
    node::Node,
};

/// What was found out.
pub(super) enum Done {
    /// Who the stranger is, found good by a check begun at that time.
    Known(Box<Caller>, Time),
    /// Where a caller stands who takes part in one conversation, and with whom.
    Conversing(Box<Ready>, People),
    /// What the connection is told.
    Input(Input<'static>),
    /// What a connection wants of who is there, once its client has been told that it is so.
    Wished(Wish, Box<RawValue>),
}

pub(super) async fn who(
    node: Arc<Node>,
    token: AuthToken,
    workspace: Option<String>,
    stranger: Option<Box<Parts>>,
) -> Done {
    let Some(parts) = stranger else { return refused(unavailable()) };
    match node.greet_stranger(token, workspace, parts).await {
        Ok((caller, checked)) => Done::Known(caller, checked),
        Err(error) => refused(error),
    }
}

pub(super) async fn ready(
    node: Arc<Node>,
    caller: Arc<Caller>,
    connection: ConnectionId,
    checked: Time,
) -> Done {
    match timeout(ANSWER_WITHIN, node.domain.ready(&caller, connection, checked)).await {
        Ok(Ok(ready)) => Done::Input(Input::Authenticated(Box::new(ready))),
        Ok(Err(error)) => refused(error),
        Err(_) => refused(unavailable()),
    }
}

/// As [`ready`], for one group alone.
pub(super) async fn conversing(
    node: Arc<Node>,
    caller: Arc<Caller>,
    connection: ConnectionId,
    checked: Time,
    group: StreamId,
) -> Done {
    let begun = timeout(ANSWER_WITHIN, begin(&node, &caller, connection, checked, group));
    match begun.await {
        Ok(Ok((ready, people))) => Done::Conversing(Box::new(ready), people),
        Ok(Err(error)) => refused(error),
        Err(_) => refused(unavailable()),
    }
}

/// Who is in the group is read after the caller's place in its stream: who comes later is told of by an entry.
async fn begin(
    node: &Node,
    caller: &Caller,
    connection: ConnectionId,
    checked: Time,
    group: StreamId,
) -> Result<(Ready, People)> {
    let ready = node.domain.ready(caller, connection, checked).await?;
    let mut streams = ready.streams;
    streams.retain(|standing| standing.kind != StreamKind::Group);
    let standings = node.domain.standings(&caller.reference(), &[group]).await;
    let standing = standings.map_err(|Unavailable| unavailable())?.pop();
    streams.push(standing.ok_or_else(|| Error::new(Kind::NotFound, "group.not_found", "no such group"))?);
    let people = node.domain.people(caller, group).await?;
    Ok((Ready { streams, ..ready }, people))
}

pub(super) async fn look(node: Arc<Node>, caller: Arc<Caller>, streams: Vec<StreamId>) -> Done {
    let looked = timeout(ANSWER_WITHIN, node.domain.standings(&caller.reference(), &streams)).await;
    Done::Input(Input::Looked(looked.unwrap_or(Err(Unavailable))))
}

pub(super) async fn page(node: Arc<Node>, key: StreamKey, after: u64) -> Done {
    let page = timeout(ANSWER_WITHIN, node.page(key, after)).await;
    Done::Input(Input::Page(page.unwrap_or(Err(Unavailable))))
}

pub(super) async fn run(node: Arc<Node>, caller: Arc<Caller>, command: Command) -> Done {
    let span = trace::command(command.kind);
    let done = match command.kind {
        CommandKind::PresenceUpdate | CommandKind::PresenceWatch => {
            let wish = node.domain.presence(&caller, command).instrument(span.clone()).await;
            wish.and_then(|wish| Ok(Done::Wished(wish, nothing()?)))
        }
        _ => {
            let reply = node.domain.run(&caller, command).instrument(span.clone()).await;
            reply.map(|data| Done::Input(Input::Reply(Ok(data))))
        }
    };
    done.unwrap_or_else(|error| {
        trace::unanswered(&span, &error);
        Done::Input(Input::Reply(Err(error)))
    })
}

fn nothing() -> Result<Box<RawValue>> {
    RawValue::from_string("{}".to_owned()).map_err(|_| unavailable())
}

fn refused(error: Error) -> Done {
    Done::Input(Input::Refused(error))
}

fn unavailable() -> Error {
    Error::unavailable("connection.unavailable", "the connection cannot be set up now")
}
