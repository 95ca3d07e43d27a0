//! What is sent past a connection that waits: a wire that takes in a few frames, a part of the next, and nothing more.

use std::{
    io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use parlance_chat::realtime::{Carry, Frame, Text, Wire};
use rand::RngExt as _;

use super::{
    rules::Heard,
    setup::Planted,
    socket::{Down, Socket},
    world::World,
};

pub(super) struct Line(Mutex<State>);

struct State {
    /// How many frames it takes in whole, and how many bytes of the one after them.
    whole: usize,
    part: usize,
    /// The texts of those that were taken in and are not on their way yet.
    frames: Vec<String>,
    /// The text of the one of which a part was taken in, until the connection is woken for that.
    begun: Option<String>,
}

impl Line {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Carry for Line {
    fn carry(&self, bytes: &[u8]) -> io::Result<usize> {
        let mut state = self.lock();
        let text = bytes.iter().position(|byte| *byte == b'{').expect("a text");
        let text = String::from_utf8_lossy(&bytes[text..]).into_owned();
        if state.whole > 0 {
            state.whole -= 1;
            state.frames.push(text);
            return Ok(bytes.len());
        }
        match std::mem::take(&mut state.part) {
            0 => Err(io::ErrorKind::WouldBlock.into()),
            part => {
                state.begun = Some(text);
                Ok(part.min(bytes.len() - 1))
            }
        }
    }
}

impl World {
    /// The connection waits; mostly it lets what is granted be sent past it.
    pub(super) fn open_lane(&mut self, socket: &mut Socket) {
        let grant = socket.connection.grant(self.now()).filter(|_| !socket.is_blocked());
        let (Some(grant), Some(inbox)) = (grant, &mut socket.inbox) else { return };
        let part = if self.random.random() { self.random.random_range(1..40) } else { 0 };
        let whole = self.random.random_range(0..4);
        let line = Arc::new(Line(Mutex::new(State { whole, part, frames: Vec::new(), begun: None })));
        inbox.open_lane(grant, Wire(Arc::<Line>::clone(&line)));
        socket.line = Some(line);
    }

    /// The connection goes on: first it hears of what was sent past it, and sends the rest of what was begun.
    pub(super) fn close_lane(&mut self, socket: &mut Socket, id: u64) {
        socket.line = None;
        let Some(passed) = socket.inbox.as_mut().and_then(|inbox| inbox.close_lane()) else { return };
        if self.setup.planted != Some(Planted::PassedUnheard) {
            socket.connection.passed(passed.stream, passed.at);
        }
        if let Some((live, _)) = passed.begun {
            self.send_down(socket, id, Down::Frame(Text::Entry(live)));
        }
    }

    /// What the hub has sent past the connections of this node goes on its way; who has begun something is woken.
    pub(super) fn pass_on(&mut self, node: usize) {
        let here = self.sockets.iter().filter(|(_, socket)| socket.node == node && socket.line.is_some());
        for id in here.map(|(id, _)| *id).collect::<Vec<_>>() {
            let Some(mut socket) = self.sockets.remove(&id) else { continue };
            let Some(line) = socket.line.clone() else { continue };
            let (frames, begun) = {
                let mut state = line.lock();
                (std::mem::take(&mut state.frames), state.begun.take())
            };
            for frame in frames {
                self.watch_passed(&mut socket, &frame);
                self.send_down(&mut socket, id, Down::Frame(Text::Own(Frame::from(frame))));
            }
            begun.iter().for_each(|frame| self.watch_passed(&mut socket, frame));
            self.sockets.insert(id, socket);
            if begun.is_some() {
                self.wake(id);
            }
        }
    }

    fn watch_passed(&mut self, socket: &mut Socket, text: &str) {
        let (stream, seq) = Heard::from(text).position();
        self.trace(|| format!("{stream}/{seq} is sent past client {}", socket.client));
        self.watch_order(socket, stream, seq);
        self.watch_entry(socket, stream, seq);
    }
}
