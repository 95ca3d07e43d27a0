//! The rules by data: what happens on the left, what is to be done on the right, both in a few words.
//!
//! Streams are `a`, `b`, `c`; epochs are `one`, which positions count in unless a test says otherwise, and `two`.

mod ending;
mod fetching;
mod opening;
mod resuming;
mod sending;
mod taking;

use std::time::Duration;

use parlance_base::{ConnectionId, Epoch, StreamId, UserId, WorkspaceId};
use serde_json::json;

use super::*;
use crate::{
    Backoff, Error, NewMessage, Refusal, Role,
    follow::{Cursor, Snapshot},
    socket::{Ready, ReadyStream, ReadyUser, Status, StreamKind, Verdict},
    wire::Entry,
};

const STREAMS: [&str; 4] = ["a", "b", "c", "d"];
const SECOND: Duration = Duration::from_secs(1);

/// A client that holds these streams, at these positions.
fn holding(held: &[(&str, u64)]) -> Machine {
    let cursor = |seq| Cursor { kind: StreamKind::Group, epoch: epoch("one"), seq };
    let streams = held.iter().map(|(name, seq)| (stream(name), cursor(*seq))).collect();
    let watched = BTreeSet::new();
    Machine::new(&State { streams, watched }, Backoff { first: SECOND, most: 30 * SECOND })
}

/// The same, connected, its resume answered.
fn following(held: &[(&str, u64)]) -> Machine {
    let mut machine = holding(held);
    does(&mut machine, ready(held));
    does(&mut machine, ok("1"));
    machine
}

fn does(machine: &mut Machine, input: Input) -> Vec<String> {
    machine.handle(input).iter().map(describe).collect()
}

fn stream(name: &str) -> StreamId {
    StreamId::derived(&[name])
}

fn epoch(name: &str) -> Epoch {
    Epoch::derived(&[name])
}

fn frame(frame: Frame) -> Input {
    Input::Frame(Box::new(frame))
}

fn ready(streams: &[(&str, u64)]) -> Input {
    ready_of("one", streams, false)
}

fn ready_of(epoch_name: &str, streams: &[(&str, u64)], more: bool) -> Input {
    let one =
        |(name, seq): &(&str, u64)| ReadyStream { id: stream(name), kind: StreamKind::Group, seq: *seq };
    frame(Frame::Ready(Ready {
        connection_id: ConnectionId::derived(&["c"]),
        epoch: epoch(epoch_name),
        workspace_id: WorkspaceId::derived(&["w"]),
        heartbeat_ms: 30_000,
        user: ReadyUser { id: UserId::derived(&["u"]), role: Role::Member },
        streams: streams.iter().map(one).collect(),
        more,
    }))
}

fn entry(name: &str, seq: u64) -> Input {
    entry_of("message.new", name, seq)
}

fn entry_of(kind: &str, name: &str, seq: u64) -> Input {
    let author = json!({ "kind": "user", "id": "u" });
    let entry = json!({ "type": kind, "stream_id": stream(name), "seq": seq, "at": "2026-11-21T09:30:00Z",
        "author": author, "data": {} });
    frame(Frame::Entry(serde_json::from_value::<Box<Entry>>(entry).unwrap()))
}

fn verdict(name: &str, status: Status, seq: u64) -> Input {
    let seq = (status != Status::Gone).then_some(seq);
    frame(Frame::Resumed(vec![Verdict { id: stream(name), status, seq }]))
}

fn ok(id: &str) -> Input {
    frame(Frame::Ok { id: id.to_owned(), data: json!({}) })
}

fn error(id: &str, code: &str, retry_after: Option<Duration>) -> Input {
    let refusal = Refusal { code: code.to_owned(), message: String::new(), retry_after };
    frame(Frame::Error { id: Some(id.to_owned()), refusal })
}

fn fetched(name: &str, fetch: u64, seq: u64) -> Input {
    fetched_of("one", name, fetch, seq)
}

fn fetched_of(epoch_name: &str, name: &str, fetch: u64, seq: u64) -> Input {
    let fetched = Fetched { seq, epoch: epoch(epoch_name), snapshot: Snapshot::Position };
    Input::Fetched { stream: stream(name), fetch, fetched: Box::new(fetched) }
}

fn ended(code: Option<u16>) -> Input {
    Input::Ended { code, lasted: Duration::ZERO }
}

fn command(ticket: u64, command: Command) -> Input {
    Input::Command { ticket, command: Box::new(command) }
}

fn watch(ticket: u64, name: &str) -> Input {
    command(ticket, Command::Watch { group_id: stream(name) })
}

fn message(ticket: u64, name: &str, text: &str) -> Input {
    command(ticket, Command::Send { group_id: stream(name), message: NewMessage::text(text).named(text) })
}

fn describe(output: &Output) -> String {
    match output {
        Output::Send { id, command } => format!("{id}: {}", describe_command(command)),
        Output::Fetch(fetch) => format!("fetch {} {} to {}", fetch.fetch, name(fetch.stream), fetch.since),
        Output::Tell(event) => describe_event(event),
        Output::Settled { ticket, outcome } => format!("settled {ticket}: {}", describe_outcome(outcome)),
        Output::Wait { pause, due } => format!("wait {} for {}", describe_pause(*pause), describe_due(due)),
        Output::Connect { after } => format!("connect after {}", describe_pause(*after)),
        Output::Stop => "stop".to_owned(),
    }
}

fn describe_command(command: &Command) -> String {
    match command {
        Command::Resume { epoch: of, cursors } => {
            let of = if *of == epoch("one") { "" } else { " of two" };
            let cursors: Vec<String> = STREAMS
                .iter()
                .filter_map(|name| Some(format!("{name}{}", cursors.get(&stream(name))?)))
                .collect();
            format!("resume {}{of}", cursors.join(" "))
        }
        Command::Watch { group_id } => format!("watch {}", name(*group_id)),
        Command::Unwatch { group_id } => format!("unwatch {}", name(*group_id)),
        Command::Send { group_id, message } => format!("send {} {}", name(*group_id), message.content),
        other => format!("{other:?}"),
    }
}

fn describe_event(event: &Event) -> String {
    match event {
        Event::Connected { .. } => "connected".to_owned(),
        Event::Entry(entry) => format!("{}{}", name(entry.stream_id), entry.seq),
        Event::Reset { stream_id, seq, .. } => format!("reset {}{seq}", name(*stream_id)),
        Event::Gone { stream_id } => format!("gone {}", name(*stream_id)),
        Event::Typing(typing) => format!("typing {}", name(typing.group_id)),
        Event::Receipt(receipt) => format!("receipt {}{}", name(receipt.group_id), receipt.seq),
        Event::Presence(changes) => format!("presence of {}", changes.len()),
        Event::Confirmed { stream_id, .. } => format!("confirmed {}", name(*stream_id)),
        Event::Watched { group_id } => format!("watched {}", name(*group_id)),
        Event::Unwatched { group_id } => format!("unwatched {}", name(*group_id)),
        Event::Disconnected { code, .. } => code.map_or("lost".to_owned(), |code| format!("closed {code}")),
    }
}

fn describe_outcome(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Done(_) => "done".to_owned(),
        Outcome::Refused(refusal) => refusal.code.clone(),
        other => Result::<serde_json::Value, Error>::from(other.clone()).unwrap_err().to_string(),
    }
}

fn describe_due(due: &Due) -> String {
    match due {
        Due::Resume(streams) => {
            let streams: Vec<&str> = streams.iter().map(|stream| name(*stream)).collect();
            format!("resume {}", streams.join(" "))
        }
        Due::Fetch { stream, fetch } => format!("fetch {fetch} {}", name(*stream)),
        Due::Watch(group) => format!("watch {}", name(*group)),
        Due::Message(group) => format!("message {}", name(*group)),
    }
}

fn describe_pause(Pause { at_least, random }: Pause) -> String {
    let (at_least, random) = (at_least.as_secs_f64(), random.as_secs_f64());
    if random == 0.0 { format!("{at_least}s") } else { format!("{at_least}–{}s", at_least + random) }
}

fn name(stream_id: StreamId) -> &'static str {
    STREAMS.into_iter().find(|name| stream(name) == stream_id).unwrap_or("?")
}
