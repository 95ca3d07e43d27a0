//! A server without anything: it knows nobody and checks nothing. What one socket says is appended to a file, synced, and
//! written to every socket, as a frame that was encoded before and gets its number.

use std::{
    fs::File,
    io::{ErrorKind, Read as _, Write as _},
    net::{Ipv4Addr, TcpListener, TcpStream},
    os::fd::OwnedFd,
    path::Path,
};

use rustix::{
    buffer::spare_capacity,
    event::epoll::{self, CreateFlags, EventData, EventFlags},
    io::Errno,
};

use crate::{
    message::SENDER,
    say, text,
    wire::{Field, split, unmasked},
};

/// The number of the listener among the sockets.
const DOOR: u64 = u64::MAX;

/// How much is read at once.
const CHUNK: usize = 64 << 10;

/// What comes before the number of a message, as in a message of ours.
const HEAD: &str = r#"{"type":"message.new","stream_id":"019ae3f0-0000-7000-8000-000000000000","group_id":"019ae3f0-0000-7000-8000-000000000000","seq":"#;

/// How messages leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Writes {
    /// Each message is synced by itself, and each delivery is one write
    One,
    /// What came together is synced once, and each delivery is one write
    Grouped,
    /// What came together is synced once, and leaves with one write for each socket
    Batched,
}

struct Raw {
    writes: Writes,
    bytes: usize,
    log: File,
    epoll: OwnedFd,
    sockets: Vec<Socket>,
    seq: u64,
    sender: Field,
}

struct Socket {
    stream: TcpStream,
    /// What came of a frame that is not whole yet.
    rest: Vec<u8>,
    /// What the other side had no room for.
    waiting: Vec<u8>,
}

/// Serves until it is killed. The first line that it says is where.
pub(crate) fn serve(writes: Writes, bytes: usize, log: &Path) -> Result<(), String> {
    let door = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(text)?;
    door.set_nonblocking(true).map_err(text)?;
    let epoll = epoll::create(CreateFlags::CLOEXEC).map_err(text)?;
    epoll::add(&epoll, &door, EventData::new_u64(DOOR), EventFlags::IN).map_err(text)?;
    say(&door.local_addr().map_err(text)?.to_string())?;
    let log = File::options().create(true).append(true).open(log).map_err(text)?;
    let sender = Field::behind(SENDER);
    let mut raw = Raw { writes, bytes, log, epoll, sockets: Vec::new(), seq: 0, sender };
    let (mut events, mut chunk) = (Vec::with_capacity(1_024), vec![0; CHUNK]);
    loop {
        match epoll::wait(&raw.epoll, spare_capacity(&mut events), None) {
            Ok(_) | Err(Errno::INTR) => {}
            Err(error) => return Err(error.to_string()),
        }
        let mut said = Vec::new();
        for event in events.drain(..) {
            match event.data.u64() {
                DOOR => raw.admit(&door)?,
                number => raw.attend(number, &mut chunk, &mut said)?,
            }
        }
        raw.tell(&said)?;
    }
}

impl Raw {
    fn admit(&mut self, door: &TcpListener) -> Result<(), String> {
        while let Ok((stream, _)) = door.accept() {
            stream.set_nonblocking(true).map_err(text)?;
            stream.set_nodelay(true).map_err(text)?;
            let number = EventData::new_u64(self.sockets.len() as u64);
            epoll::add(&self.epoll, &stream, number, EventFlags::IN).map_err(text)?;
            self.sockets.push(Socket { stream, rest: Vec::new(), waiting: Vec::new() });
        }
        Ok(())
    }

    /// Writes what waits for the socket, and reads what it says.
    fn attend(&mut self, number: u64, chunk: &mut [u8], said: &mut Vec<u64>) -> Result<(), String> {
        let number = usize::try_from(number).map_err(text)?;
        let socket = self.sockets.get_mut(number).ok_or("there is no such socket")?;
        if !socket.waiting.is_empty() {
            let waiting = std::mem::take(&mut socket.waiting);
            socket.write(&waiting)?;
            if socket.waiting.is_empty() {
                epoll::modify(&self.epoll, &socket.stream, EventData::new_u64(number as u64), EventFlags::IN)
                    .map_err(text)?;
            }
        }
        match socket.stream.read(chunk) {
            // The load has gone, and so does this.
            Ok(0) => std::process::exit(0),
            Ok(count) => socket.rest.extend_from_slice(chunk.get(..count).unwrap_or_default()),
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            Err(error) => return Err(error.to_string()),
        }
        let mut used = 0;
        while let Some(frame) = split(socket.rest.get(used..).unwrap_or_default()) {
            said.push(self.sender.number(frame.payload).ok_or("somebody says nothing")?);
            used += frame.length;
        }
        socket.rest.drain(..used);
        Ok(())
    }

    /// Appends and syncs what was said, and writes it to all.
    fn tell(&mut self, said: &[u64]) -> Result<(), String> {
        let synced_at_once = if self.writes == Writes::One { 1 } else { said.len().max(1) };
        for together in said.chunks(synced_at_once) {
            let frames: Vec<_> = together.iter().map(|sender| self.frame(*sender)).collect();
            let all = frames.concat();
            self.log.write_all(&all).and_then(|()| self.log.sync_data()).map_err(text)?;
            match self.writes {
                Writes::Batched => self.write(&all)?,
                Writes::One | Writes::Grouped => frames.iter().try_for_each(|frame| self.write(frame))?,
            }
        }
        Ok(())
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), String> {
        for (number, socket) in self.sockets.iter_mut().enumerate() {
            socket.write(bytes)?;
            if !socket.waiting.is_empty() {
                let both = EventFlags::IN | EventFlags::OUT;
                let number = EventData::new_u64(number as u64);
                epoll::modify(&self.epoll, &socket.stream, number, both).map_err(text)?;
            }
        }
        Ok(())
    }

    /// A message of this sender, of the size of ours.
    fn frame(&mut self, sender: u64) -> Vec<u8> {
        self.seq += 1;
        let begun = format!("{HEAD}{:>9},{SENDER}{sender} ", self.seq);
        let filled = self.bytes.saturating_sub(begun.len() + 2);
        unmasked(format!("{begun}{}\"}}", "x".repeat(filled)).as_bytes())
    }
}

impl Socket {
    fn write(&mut self, bytes: &[u8]) -> Result<(), String> {
        if !self.waiting.is_empty() {
            self.waiting.extend_from_slice(bytes);
            return Ok(());
        }
        match self.stream.write(bytes) {
            Ok(written) => self.waiting.extend_from_slice(bytes.get(written..).unwrap_or_default()),
            Err(error) if error.kind() == ErrorKind::WouldBlock => self.waiting.extend_from_slice(bytes),
            Err(error) => return Err(error.to_string()),
        }
        Ok(())
    }
}
