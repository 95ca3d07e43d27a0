//! A client that does what `docs/protocol.md` asks of it, and holds the server to what is promised there.

use std::collections::{BTreeMap, BTreeSet};

use parlance_base::{StreamId, Time, UserId};
use serde_json::json;

use super::world::{USERS, World, id};

pub(super) struct Client {
    pub(super) user: UserId,
    pub(super) socket: Option<u64>,
    /// The whole `ready` has come.
    pub(super) is_ready: bool,
    pub(super) ready_at: Time,
    /// The epoch of `ready`, and so of all that comes on this connection.
    pub(super) epoch: String,
    pub(super) held: BTreeMap<StreamId, Held>,
    pub(super) watching: BTreeSet<StreamId>,
    /// Frames that wait for their answer.
    pub(super) pending: BTreeMap<String, Pending>,
    frames: u64,
    pub(super) fetches: u64,
    pub(super) stalled_until: Time,
    /// Signed out: it does not come back.
    pub(super) is_out: bool,
    /// Messages that were not acknowledged yet, and those that were.
    pub(super) unsent: Vec<(StreamId, String)>,
    pub(super) acknowledged: Vec<(String, StreamId, u64, String)>,
}

/// What a client holds of a stream.
#[derive(Clone, Debug, Default)]
pub(super) struct Held {
    /// Which life of the stream's numbers the client's position is of.
    pub(super) epoch: String,
    /// Everything up to here was fetched at once.
    pub(super) base: u64,
    /// The last entry that the client has.
    pub(super) have: u64,
    /// The last entry that the server sent: the next one must follow it.
    pub(super) live: u64,
    pub(super) texts: Vec<(u64, String)>,
    /// The fetch that runs: until it ends, there is no position to resume from.
    pub(super) fetch: Option<u64>,
    /// Resumes that name the stream and are not answered: until then whatever comes is ignored.
    pub(super) muted: usize,
    /// A resume was answered, and its verdict has not come.
    pub(super) verdict_due: bool,
}

pub(super) enum Pending {
    Resume(BTreeMap<StreamId, u64>),
    Watch(StreamId),
    Unwatch,
    Send(StreamId, String),
    Other,
}

impl Client {
    pub(super) fn new(number: usize) -> Self {
        Self {
            user: id(USERS + number as u128),
            socket: None,
            is_ready: false,
            ready_at: Time::default(),
            epoch: String::new(),
            held: BTreeMap::new(),
            watching: BTreeSet::new(),
            pending: BTreeMap::new(),
            frames: 0,
            fetches: 0,
            stalled_until: Time::default(),
            is_out: false,
            unsent: Vec::new(),
            acknowledged: Vec::new(),
        }
    }
}

impl World {
    pub(super) fn connect(&mut self, client: usize) {
        let one = &self.clients[client];
        if one.is_out || one.socket.is_some() {
            return;
        }
        let up: Vec<usize> = (0..self.nodes.len()).filter(|node| self.nodes[*node].up).collect();
        match self.one_of(&up) {
            Some(node) => self.clients[client].socket = Some(self.open_socket(client, node)),
            None => self.plan(100..600, move |world| world.connect(client)),
        }
    }

    pub(super) fn client_closed(&mut self, client: usize, socket: u64, code: u16) {
        self.trace(|| format!("client {client} closed with {code}"));
        let one = &mut self.clients[client];
        if one.socket != Some(socket) {
            return;
        }
        one.socket = None;
        one.is_ready = false;
        one.pending.clear();
        // What was being fetched has no position.
        one.held.retain(|_, held| held.fetch.is_none());
        one.held.values_mut().for_each(|held| (held.muted, held.verdict_due) = (0, false));
        one.is_out = matches!(code, 4001 | 4003 | 4010);
        self.plan(10..700, move |world| world.connect(client));
    }

    /// Sends a frame and remembers that it is to be answered.
    pub(super) fn ask(&mut self, client: usize, kind: &str, data: &serde_json::Value, pending: Pending) {
        let one = &mut self.clients[client];
        let Some(socket) = one.socket else { return };
        one.frames += 1;
        let id = one.frames.to_string();
        let frame = json!({ "type": kind, "id": id, "data": data }).to_string();
        one.pending.insert(id, pending);
        self.send_up(socket, frame);
    }

    /// Resumes streams from where the client is in them: a frame for each epoch.
    pub(super) fn resume(&mut self, client: usize, streams: &[StreamId]) {
        let mut frames: BTreeMap<String, BTreeMap<StreamId, u64>> = BTreeMap::new();
        for stream in streams {
            if let Some(held) = self.clients[client].held.get_mut(stream).filter(|held| held.fetch.is_none())
            {
                held.muted += 1;
                frames.entry(held.epoch.clone()).or_default().insert(*stream, held.have);
            }
        }
        for (epoch, cursors) in frames {
            let data = json!({ "epoch": epoch, "cursors": cursors });
            self.ask(client, "resume", &data, Pending::Resume(cursors));
        }
    }
}
