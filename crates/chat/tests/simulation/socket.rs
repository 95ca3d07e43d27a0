//! The server's side of a socket: the loop around a connection, as `realtime`'s documentation asks for it, and the
//! network between it and its client.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::Arc,
    time::Duration,
};

use parlance_base::{Clock as _, Error, StreamId, Time};
use parlance_chat::realtime::{
    Connection, Inbox, Opening, Page, Ready, Standing, Text, Unavailable,
    limits::{QUEUE_BYTES, QUEUE_FRAMES},
};
use rand::RngExt as _;
use serde_json::value::RawValue;

use super::{lane::Line, world::World};

/// Frames that fit between the server and a client that does not read.
const LINK: usize = 24;

pub(super) struct Socket {
    pub(super) node: usize,
    pub(super) life: u64,
    pub(super) client: usize,
    pub(super) connection: Connection,
    /// Its queue, once its caller is let in.
    pub(super) inbox: Option<Inbox>,
    /// What carries what is sent past the connection while it waits.
    pub(super) line: Option<Arc<Line>>,
    pub(super) mail: VecDeque<Mail>,
    /// What is on its way to the client.
    pub(super) link: VecDeque<Down>,
    /// The network is gone, and the server does not know yet.
    pub(super) cut: bool,
    /// The server is done with it: only what is on its way still arrives.
    pub(super) closed: bool,
    pub(super) woken: bool,
    pub(super) ticks_at: Option<Time>,
    /// When the last frame in each direction, and the last word to the hub, arrives.
    up_at: Time,
    down_at: Time,
    pub(super) hub_at: Time,
    /// When the last good check that the connection knows of was asked for.
    pub(super) trusted: Time,
    /// The last entry of each stream that came out of the queue; nothing once the stream was let go, after which
    /// entries from before and after may meet there.
    pub(super) queued: BTreeMap<StreamId, Option<u64>>,
    /// The ids of frames that came and were not answered.
    pub(super) unanswered: BTreeSet<String>,
}

/// What reaches the server's loop.
pub(super) enum Mail {
    Text(String),
    Alive,
    Authenticated(Box<Ready>),
    Refused(Error),
    Looked(Result<Vec<Standing>, Unavailable>),
    Page(Result<Page, Unavailable>),
    Reply(Result<Box<RawValue>, Error>),
    Shutdown,
    /// The network told the server that the client is gone.
    Gone,
}

/// What is on its way to a client.
pub(super) enum Down {
    Frame(Text),
    Ping,
    Close(u16),
}

impl World {
    /// Opens a socket from a client to a node.
    pub(super) fn open_socket(&mut self, client: usize, node: usize) -> u64 {
        self.sockets_made += 1;
        let id = self.sockets_made;
        let now = self.now();
        let opening = if self.chance(50) { Opening::Request } else { Opening::FirstFrame };
        let first_ping = Duration::from_millis(self.random.random_range(0..30_000));
        let socket = Socket {
            node,
            life: self.nodes[node].life,
            client,
            connection: Connection::new(now, opening, first_ping),
            inbox: None,
            line: None,
            mail: VecDeque::new(),
            link: VecDeque::new(),
            cut: false,
            closed: false,
            woken: false,
            ticks_at: None,
            up_at: now,
            down_at: now,
            hub_at: now,
            trusted: now,
            queued: BTreeMap::new(),
            unanswered: BTreeSet::new(),
        };
        self.sockets.insert(id, Box::new(socket));
        match opening {
            Opening::Request => self.authenticate(id, client),
            Opening::FirstFrame => {
                self.send_up(id, r#"{"type":"auth","id":"auth","data":{"token":"t"}}"#.into())
            }
        }
        self.wake(id);
        id
    }

    /// Carries a frame from the client to the server.
    pub(super) fn send_up(&mut self, id: u64, text: String) {
        self.carry_up(id, Mail::Text(text));
    }

    fn carry_up(&mut self, id: u64, mail: Mail) {
        let delay = Duration::from_millis(self.random.random_range(1..30));
        let Some(socket) = self.sockets.get_mut(&id).filter(|socket| !socket.cut) else { return };
        socket.up_at = socket.up_at.max(self.clock.now().after(delay));
        let at = socket.up_at;
        self.plan_at(at, move |world| {
            if world.sockets.get(&id).is_some_and(|socket| !socket.cut) {
                world.post(id, mail);
            }
        });
    }

    pub(super) fn post(&mut self, id: u64, mail: Mail) {
        if let Some(socket) = self.sockets.get_mut(&id) {
            socket.mail.push_back(mail);
            self.wake(id);
        }
    }

    /// Wakes the sockets of a node for which its hub has something: entries, or, if the hub took in something that
    /// concerns callers, perhaps a word beside the queue.
    pub(super) fn wake_sockets(&mut self, node: usize, callers: bool) {
        let mut woken = Vec::new();
        let mut full = None;
        for (id, socket) in self.sockets.iter().filter(|(_, socket)| socket.node == node && !socket.closed) {
            let waiting = socket.inbox.as_ref().map(Inbox::waiting).unwrap_or_default();
            if waiting.0 > QUEUE_FRAMES || waiting.1 > QUEUE_BYTES {
                full = Some(waiting);
            }
            if callers || waiting.0 > 0 {
                woken.push(*id);
            }
        }
        woken.into_iter().for_each(|id| self.wake(id));
        if let Some(waiting) = full {
            self.break_promise(format!("a queue holds {waiting:?}"));
        }
    }

    pub(super) fn wake(&mut self, id: u64) {
        let Some(socket) = self.sockets.get_mut(&id) else { return };
        if !std::mem::replace(&mut socket.woken, true) {
            self.plan(0..10, move |world| world.drive(id));
        }
    }

    /// Puts something on its way to the client; it arrives after all that was put before.
    pub(super) fn send_down(&mut self, socket: &mut Socket, id: u64, down: Down) {
        if socket.cut {
            // The network still swallows a little.
            return socket.link.push_back(down);
        }
        let delay = Duration::from_millis(self.random.random_range(1..30));
        socket.down_at = socket.down_at.max(self.now().after(delay));
        socket.link.push_back(down);
        let at = socket.down_at;
        self.plan_at(at, move |world| world.arrive(id));
    }

    fn arrive(&mut self, id: u64) {
        let Some(socket) = self.sockets.get_mut(&id).filter(|socket| !socket.cut) else { return };
        let client = socket.client;
        let stalled = self.clients[client].stalled_until;
        if stalled > self.clock.now() {
            return self.plan_at(stalled, move |world| world.arrive(id));
        }
        let Some(down) = socket.link.pop_front() else { return };
        if socket.link.len() + 1 == LINK {
            self.wake(id);
        }
        match down {
            Down::Frame(text) => self.client_hears(client, id, text.frame().text()),
            Down::Ping => self.carry_up(id, Mail::Alive),
            Down::Close(code) => {
                self.sockets.remove(&id);
                self.client_closed(client, id, code);
            }
        }
    }
}

impl World {
    /// The network between a client and its node breaks. The client notices at once, the server later or never.
    pub(super) fn cut(&mut self, id: u64) {
        let Some(socket) = self.sockets.get_mut(&id) else { return };
        socket.cut = true;
        let client = socket.client;
        if socket.closed {
            self.sockets.remove(&id);
        } else if self.chance(70) {
            self.plan(0..8_000, move |world| world.post(id, Mail::Gone));
        }
        self.client_closed(client, id, 1006);
    }

    /// A node dies, with all its sockets.
    pub(super) fn crash(&mut self, node: usize) {
        self.nodes[node].up = false;
        let here: Vec<u64> =
            self.sockets.iter().filter(|(_, socket)| socket.node == node).map(|(id, _)| *id).collect();
        for id in here {
            let Some(mut socket) = self.sockets.remove(&id).filter(|socket| !socket.cut) else { continue };
            if !socket.closed {
                socket.closed = true;
                if self.chance(50) {
                    socket.link.clear();
                }
                self.send_down(&mut socket, id, Down::Close(1006));
            }
            self.sockets.insert(id, socket);
        }
        self.plan(200..2_500, move |world| world.start(node));
    }

    pub(super) fn start(&mut self, node: usize) {
        if !self.nodes[node].up {
            let now = self.now();
            self.nodes[node].restart(now);
            self.tick_hub(node);
        }
    }
}

impl Socket {
    pub(super) fn is_blocked(&self) -> bool {
        self.link.len() >= LINK
    }
}
