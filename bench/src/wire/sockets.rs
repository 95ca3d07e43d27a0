//! Many sockets, read by one thread that never sleeps while it measures: a load that must be woken first is late by what
//! waking takes.

use std::{
    io::{ErrorKind, Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    os::fd::OwnedFd,
    time::Duration,
};

use rustix::{
    buffer::spare_capacity,
    event::{Timespec, epoll},
    io::Errno,
};
use tokio::time::Instant;

use super::frame::{Kind, pong, split};

/// How much is read at once.
const CHUNK: usize = 64 << 10;

/// How many sockets are looked at in one round.
const ROUND: usize = 1_024;

/// How long a server may take no bytes.
const WRITE_WITHIN: Duration = Duration::from_secs(10);

/// What one does while nothing comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Spin {
    /// Looks again at once.
    Spinning,
    /// Sleeps for a hundredth of a second at most.
    Sleeping,
}

/// Sockets by number, 0, 1, 2 …
pub(crate) struct Sockets {
    epoll: OwnedFd,
    sockets: Vec<Socket>,
    ready: Vec<epoll::Event>,
    chunk: Vec<u8>,
    worked: Duration,
}

struct Socket {
    stream: TcpStream,
    /// Whether the server has agreed to speak in frames.
    framed: bool,
    /// What came of something that is not whole yet.
    rest: Vec<u8>,
}

/// The head of the request that opens a socket with this key.
pub(crate) fn upgrade(key: &str) -> Vec<u8> {
    let lines = [
        "GET /api/chat/ws HTTP/1.1",
        "Host: parlance",
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: cGFybGFuY2UtYmVuY2gtMQ==",
    ];
    format!("{}\r\nAuthorization: Bearer {key}\r\n\r\n", lines.join("\r\n")).into_bytes()
}

impl Sockets {
    pub(crate) fn none() -> Result<Self, String> {
        let epoll = epoll::create(epoll::CreateFlags::CLOEXEC).map_err(crate::text)?;
        let (ready, chunk) = (Vec::with_capacity(ROUND), vec![0; CHUNK]);
        Ok(Self { epoll, sockets: Vec::new(), ready, chunk, worked: Duration::ZERO })
    }

    pub(crate) const fn len(&self) -> usize {
        self.sockets.len()
    }

    /// Opens one more socket, and begins with these bytes: the head of an upgrade, or nothing where the server speaks in
    /// frames from the beginning.
    pub(crate) fn open(&mut self, address: SocketAddr, head: &[u8]) -> Result<(), String> {
        let mut stream = TcpStream::connect(address).map_err(|error| format!("{address}: {error}"))?;
        stream.set_nodelay(true).map_err(crate::text)?;
        stream.write_all(head).map_err(crate::text)?;
        stream.set_nonblocking(true).map_err(crate::text)?;
        let number = epoll::EventData::new_u64(self.sockets.len() as u64);
        epoll::add(&self.epoll, &stream, number, epoll::EventFlags::IN).map_err(crate::text)?;
        self.sockets.push(Socket { stream, framed: head.is_empty(), rest: Vec::new() });
        Ok(())
    }

    /// Sends bytes that were encoded before.
    pub(crate) fn send(&mut self, number: usize, mut bytes: &[u8]) -> Result<(), String> {
        let socket = self.sockets.get_mut(number).ok_or("there is no such socket")?;
        let until = Instant::now() + WRITE_WITHIN;
        while !bytes.is_empty() {
            match socket.stream.write(bytes) {
                Ok(written) => bytes = bytes.get(written..).unwrap_or_default(),
                Err(error) if error.kind() == ErrorKind::WouldBlock && Instant::now() < until => {}
                Err(error) => return Err(format!("socket {number}: {error}")),
            }
        }
        Ok(())
    }

    /// Reads once from each socket that has something, and hands on each text with the socket's number.
    pub(crate) fn poll(&mut self, spin: Spin, mut take: impl FnMut(usize, &[u8])) -> Result<(), String> {
        self.wait(spin)?;
        if self.ready.is_empty() {
            return Ok(());
        }
        let began = Instant::now();
        let mut ready = std::mem::take(&mut self.ready);
        for event in ready.drain(..) {
            let number = usize::try_from(event.data.u64()).unwrap_or(usize::MAX);
            let Some(socket) = self.sockets.get_mut(number) else { continue };
            let told = socket.read(&mut self.chunk, |payload| take(number, payload));
            told.map_err(|reason| format!("socket {number} {reason}"))?;
        }
        self.ready = ready;
        self.worked += began.elapsed();
        Ok(())
    }

    /// How long it has been reading since it was asked last: all else of the time, nothing had come.
    pub(crate) const fn worked(&mut self) -> Duration {
        std::mem::replace(&mut self.worked, Duration::ZERO)
    }

    fn wait(&mut self, spin: Spin) -> Result<(), String> {
        let nanoseconds = if spin == Spin::Spinning { 0 } else { 10_000_000 };
        let timeout = Timespec { tv_sec: 0, tv_nsec: nanoseconds };
        match epoll::wait(&self.epoll, spare_capacity(&mut self.ready), Some(&timeout)) {
            Ok(_) | Err(Errno::INTR) => Ok(()),
            Err(error) => Err(error.to_string()),
        }
    }
}

impl Socket {
    fn read(&mut self, chunk: &mut [u8], mut take: impl FnMut(&[u8])) -> Result<(), String> {
        let count = match self.stream.read(chunk) {
            Ok(0) => return Err("was cut off".to_owned()),
            Ok(count) => count,
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
            Err(error) => return Err(error.to_string()),
        };
        let came = chunk.get(..count).unwrap_or_default();
        if self.rest.is_empty() && self.framed {
            let used = frames(&mut self.stream, came, &mut take)?;
            self.rest.extend_from_slice(came.get(used..).unwrap_or_default());
            return Ok(());
        }
        self.rest.extend_from_slice(came);
        if !self.framed && !self.agreed()? {
            return Ok(());
        }
        let used = frames(&mut self.stream, &self.rest, &mut take)?;
        self.rest.drain(..used);
        Ok(())
    }

    /// Takes the answer to the upgrade off, once it is whole.
    fn agreed(&mut self) -> Result<bool, String> {
        let Some(end) = self.rest.windows(4).position(|window| window == b"\r\n\r\n") else {
            return Ok(false);
        };
        if !self.rest.starts_with(b"HTTP/1.1 101 ") {
            return Err(format!("was refused: {}", String::from_utf8_lossy(&self.rest)));
        }
        self.rest.drain(..end + 4);
        self.framed = true;
        Ok(true)
    }
}

/// Hands on each whole text, answers pings, and says how many bytes that were.
fn frames(stream: &mut TcpStream, bytes: &[u8], take: &mut impl FnMut(&[u8])) -> Result<usize, String> {
    let mut used = 0;
    while let Some(frame) = split(bytes.get(used..).unwrap_or_default()) {
        used += frame.length;
        match frame.kind {
            Kind::Text => take(frame.payload),
            Kind::Ping => stream.write_all(&pong(frame.payload)).map_err(crate::text)?,
            Kind::Close => return Err(format!("was closed: {}", String::from_utf8_lossy(frame.payload))),
            Kind::Other => {}
        }
    }
    Ok(used)
}
