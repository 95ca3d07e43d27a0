//! The rules that a client follows, as numbered in `docs/protocol.md`, and what it may rely on.

use std::collections::BTreeMap;

use parlance_base::StreamId;
use serde_json::{Value, json};

use super::{
    client::{Held, Pending},
    setup::Planted,
    world::World,
};

/// A frame, as either side reads it.
pub(super) struct Heard(Value);

/// One stream in a `resumed` frame.
struct Verdict<'a> {
    stream: StreamId,
    status: &'a str,
    seq: Option<u64>,
}

impl Heard {
    pub(super) fn from(text: &str) -> Self {
        Self(text.parse().unwrap_or_default())
    }

    fn kind(&self) -> &str {
        self.0["type"].as_str().unwrap_or_default()
    }

    pub(super) fn id(&self) -> Option<String> {
        self.0["id"].as_str().map(str::to_owned)
    }

    /// Which entry it is.
    pub(super) fn position(&self) -> (StreamId, u64) {
        (stream(&self.0["stream_id"]), self.0["seq"].as_u64().expect("a position"))
    }

    /// The streams that `ready` and `resumed` tell of.
    fn streams(&self) -> impl Iterator<Item = Verdict<'_>> {
        self.0["data"]["streams"].as_array().into_iter().flatten().map(|one| Verdict {
            stream: stream(&one["id"]),
            status: one["status"].as_str().unwrap_or_default(),
            seq: one["seq"].as_u64(),
        })
    }
}

fn stream(id: &Value) -> StreamId {
    id.as_str().and_then(|id| id.parse().ok()).expect("an id")
}

impl World {
    pub(super) fn client_hears(&mut self, client: usize, socket: u64, text: &str) {
        if self.clients[client].socket != Some(socket) {
            return;
        }
        self.trace(|| format!("client {client} hears {text}"));
        let frame = Heard::from(text);
        match frame.kind() {
            "ready" => self.hear_ready(client, &frame),
            "ok" | "error" => self.hear_answer(client, &frame),
            "resumed" => frame.streams().for_each(|verdict| self.hear_verdict(client, &verdict)),
            "server.shutdown" => {}
            _ => self.hear_entry(client, &frame),
        }
    }

    fn hear_ready(&mut self, client: usize, frame: &Heard) {
        let now = self.now();
        let more = frame.0["data"]["more"] == true;
        let one = &mut self.clients[client];
        if one.is_ready {
            return self.break_promise(format!("client {client} was ready already"));
        }
        one.epoch = frame.0["data"]["epoch"].as_str().expect("an epoch").to_owned();
        one.is_ready = !more;
        one.ready_at = now;
        for Verdict { stream, seq, .. } in frame.streams() {
            if !self.clients[client].held.contains_key(&stream) {
                self.start_over(client, stream, seq.expect("a position"));
            }
        }
        if !more {
            self.come_back(client);
        }
    }

    /// Everything is known that `ready` tells: what is held is resumed, what was promised is sent again.
    fn come_back(&mut self, client: usize) {
        let one = &self.clients[client];
        let held: Vec<StreamId> = one.held.keys().copied().collect();
        let watching: Vec<StreamId> =
            one.watching.iter().copied().filter(|stream| !one.held.contains_key(stream)).collect();
        let unsent = one.unsent.clone();
        self.resume(client, &held);
        for stream in watching {
            self.ask(client, "group.watch", &json!({ "group_id": stream }), Pending::Watch(stream));
        }
        for (group, text) in unsent {
            self.ask(client, "message.send", &json!((group, &text)), Pending::Send(group, text));
        }
    }

    /// What the client holds of the stream is void: it fetches, and entries come after `seq`.
    fn start_over(&mut self, client: usize, stream: StreamId, seq: u64) {
        let one = &mut self.clients[client];
        one.fetches += 1;
        let fetch = one.fetches;
        let held = one.held.entry(stream).or_default();
        if self.setup.planted == Some(Planted::ClientIgnoresReset) && held.base > 0 {
            (held.live, held.have) = (seq, seq);
            return;
        }
        let (muted, epoch) = (held.muted, one.epoch.clone());
        *held = Held { epoch, base: seq, have: seq, live: seq, fetch: Some(fetch), muted, ..Held::default() };
        self.fetch(client, stream, fetch);
    }

    /// Reads the newest of the stream over HTTP: first how far it has come, then the rest.
    fn fetch(&mut self, client: usize, stream: StreamId, fetch: u64) {
        self.plan(1..200, move |world| {
            let user = world.clients[client].user;
            let head = world.store.head(stream);
            let epoch = world.store.epoch.to_string();
            let may = world.store.standing(stream, user, head).is_some() && world.store_answers();
            world.plan(1..200, move |world| {
                let held = world.clients[client].held.get_mut(&stream);
                let Some(held) = held.filter(|held| held.fetch == Some(fetch)) else { return };
                if !may || head < held.base || epoch != held.epoch {
                    // Refused, or older than what was announced: once more, until the server says `gone`.
                    return world.plan(300..600, move |world| world.fetch(client, stream, fetch));
                }
                held.fetch = None;
                held.base = head;
                held.have = held.have.max(head);
                held.texts.retain(|(seq, _)| *seq > head);
            });
        });
    }

    fn hear_answer(&mut self, client: usize, frame: &Heard) {
        let ok = frame.kind() == "ok";
        let Some(id) = frame.0["id"].as_str() else { return };
        if id == "auth" {
            return;
        }
        let Some(pending) = self.clients[client].pending.remove(id) else {
            return self
                .break_promise(format!("client {client} never asked, or twice got the answer to, {id}"));
        };
        match pending {
            Pending::Resume(cursors) => self.rewind(client, ok, cursors),
            Pending::Watch(stream) if !ok => {
                self.clients[client].watching.remove(&stream);
            }
            Pending::Send(group, text) if ok => {
                let one = &mut self.clients[client];
                one.unsent.retain(|(_, unsent)| *unsent != text);
                let seq = frame.0["data"].as_u64().expect("a position");
                one.acknowledged.push((one.epoch.clone(), group, seq, text));
            }
            Pending::Send(_, text) => self.clients[client].unsent.retain(|(_, unsent)| *unsent != text),
            Pending::Watch(_) | Pending::Unwatch | Pending::Other => {}
        }
    }

    fn rewind(&mut self, client: usize, ok: bool, cursors: BTreeMap<StreamId, u64>) {
        if !ok {
            // Nothing was rewound, but what came meanwhile was ignored: it stays so until a resume succeeds.
            let socket = self.clients[client].socket;
            return self.plan(200..900, move |world| {
                if world.clients[client].socket == socket {
                    world.unmute(client, cursors.keys());
                    world.resume(client, &cursors.keys().copied().collect::<Vec<_>>());
                }
            });
        }
        self.unmute(client, cursors.keys());
        for (stream, cursor) in cursors {
            if let Some(held) = self.clients[client].held.get_mut(&stream) {
                held.live = cursor;
                held.verdict_due = true;
            }
        }
    }

    fn unmute<'a>(&mut self, client: usize, streams: impl Iterator<Item = &'a StreamId>) {
        for stream in streams {
            if let Some(held) = self.clients[client].held.get_mut(stream) {
                held.muted -= 1;
            }
        }
    }

    fn hear_verdict(&mut self, client: usize, verdict: &Verdict<'_>) {
        let one = &mut self.clients[client];
        let held = one.held.get_mut(&verdict.stream);
        if held.as_ref().is_some_and(|held| held.muted > 0)
            && self.setup.planted != Some(Planted::ClientTakesAll)
        {
            return;
        }
        match (verdict.status, held, verdict.seq) {
            ("current" | "replayed", Some(held), Some(seq)) if held.live == seq && held.verdict_due => {
                held.verdict_due = false;
                held.epoch.clone_from(&one.epoch);
            }
            ("reset", _, Some(seq)) => self.start_over(client, verdict.stream, seq),
            ("gone", _, None) => {
                one.held.remove(&verdict.stream);
                one.watching.remove(&verdict.stream);
            }
            (status, held, seq) => {
                let how = format!(
                    "client {client} cannot take {status} {seq:?} of {} holding {held:?}",
                    verdict.stream
                );
                self.break_promise(how);
            }
        }
    }

    fn hear_entry(&mut self, client: usize, frame: &Heard) {
        let (stream, seq) = frame.position();
        let text = frame.0["data"]["text"].as_str().expect("a text").to_owned();
        let Some(held) = self.clients[client].held.get_mut(&stream) else {
            return self
                .break_promise(format!("client {client} holds nothing of {stream}, whose {seq} came"));
        };
        if held.muted > 0 && self.setup.planted != Some(Planted::ClientTakesAll) {
            return;
        }
        if seq != held.live + 1 {
            let how = format!("client {client} got {stream}/{seq} after {}", held.live);
            return self.break_promise(how);
        }
        held.live = seq;
        if seq > held.have {
            held.have = seq;
            held.texts.push((seq, text));
            self.check_delay(client, stream, seq);
        }
    }

    fn check_delay(&mut self, client: usize, stream: StreamId, seq: u64) {
        let Some(patience) = self.setup.patience else { return };
        let committed = self.store.log(stream).committed[seq as usize - 1];
        let late = self.now().since(committed.max(self.clients[client].ready_at));
        if late > patience {
            self.break_promise(format!("client {client} got {stream}/{seq} {late:?} late"));
        }
    }
}
