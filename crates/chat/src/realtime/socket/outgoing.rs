//! What goes out over a socket: frames as they go over the wire (RFC 6455, section 5.2), whole and not masked, as servers send
//! them, and what of them is still to be written.

use std::{
    array,
    collections::VecDeque,
    fmt,
    io::{self, ErrorKind, IoSlice},
    pin::Pin,
    str,
    task::{Context, Poll, ready},
};

use axum::body::Bytes;
use tokio::io::AsyncWrite;

use crate::realtime::Text;

/// The first byte of a frame: that it is whole, and what it is.
const FINAL: u8 = 0x80;
const TEXT: u8 = 0x1;
const PING: &[u8] = &[FINAL | 0x9, 0];
/// The longest that stands before the payload.
const MOST_HEAD: usize = 10;
/// Frames that leave with one call.
const TOGETHER: usize = 32;

/// A text frame, encoded once for all whom it is sent to: clones share it.
#[derive(Clone, PartialEq, Eq)]
pub struct Frame {
    wire: Bytes,
    /// Where the text begins.
    text: usize,
}

/// What goes out over a socket.
pub(in crate::realtime) enum Outgoing {
    Text(Text),
    Ping,
}

/// What is still to be written, in order. A frame that was begun is finished before another one goes out.
#[derive(Default)]
pub(super) struct Unwritten {
    frames: VecDeque<Outgoing>,
    /// Of the first one.
    written: usize,
    /// What was written may be kept until it is flushed, as TLS does.
    unflushed: bool,
}

impl Unwritten {
    pub(super) fn push(&mut self, frames: Vec<Outgoing>) {
        if self.frames.is_empty() { self.frames = frames.into() } else { self.frames.extend(frames) }
    }

    /// So many bytes of this one were written already; nothing else is.
    pub(super) fn begin(&mut self, frame: Outgoing, written: usize) {
        self.frames.push_front(frame);
        self.written = written;
    }

    pub(super) fn is_done(&self) -> bool {
        self.frames.is_empty() && !self.unflushed
    }

    /// Only what was begun is still written.
    pub(super) fn forget(&mut self) {
        self.frames.truncate(usize::from(self.written > 0));
    }

    /// Writes as long as something is taken in, until about so many bytes were, and flushes them.
    pub(super) fn poll_write(
        &mut self,
        context: &mut Context<'_>,
        mut to: Pin<&mut impl AsyncWrite>,
        bytes: &mut usize,
    ) -> Poll<io::Result<()>> {
        while !self.frames.is_empty() && *bytes > 0 {
            let mut frames = self.frames.iter().map(Outgoing::wire);
            let first = frames.next().and_then(|first| first.get(self.written..)).unwrap_or_default();
            let written = if self.frames.len() == 1 {
                ready!(to.as_mut().poll_write(context, first))?
            } else {
                let slices: [_; TOGETHER] = array::from_fn(|at| {
                    IoSlice::new(if at == 0 { first } else { frames.next().unwrap_or_default() })
                });
                let count = slices.len().min(self.frames.len());
                ready!(to.as_mut().poll_write_vectored(context, slices.get(..count).unwrap_or_default()))?
            };
            if written == 0 {
                return Poll::Ready(Err(ErrorKind::WriteZero.into()));
            }
            *bytes = bytes.saturating_sub(written);
            self.unflushed = true;
            self.take(written);
        }
        if self.unflushed {
            ready!(to.poll_flush(context))?;
            self.unflushed = false;
        }
        Poll::Ready(Ok(()))
    }

    /// So much more was written.
    fn take(&mut self, written: usize) {
        self.written += written;
        while let Some(first) =
            self.frames.front().map(|first| first.wire().len()).filter(|first| self.written >= *first)
        {
            self.written -= first;
            self.frames.pop_front();
        }
        if self.frames.is_empty() {
            // Most sockets have nothing to say most of the time.
            self.frames = VecDeque::new();
        }
    }
}

impl Outgoing {
    /// What it says, if it is a frame with a text.
    pub(in crate::realtime) const fn text(&self) -> Option<&Text> {
        match self {
            Self::Text(text) => Some(text),
            Self::Ping => None,
        }
    }

    fn wire(&self) -> &[u8] {
        self.text().map_or(PING, |text| &text.frame().wire)
    }
}

impl From<String> for Frame {
    fn from(text: String) -> Self {
        let length = text.len();
        let mut wire = Vec::with_capacity(length + MOST_HEAD);
        wire.push(FINAL | TEXT);
        match (u8::try_from(length), u16::try_from(length)) {
            (Ok(short @ ..126), _) => wire.push(short),
            (_, Ok(middling)) => {
                wire.push(126);
                wire.extend(middling.to_be_bytes());
            }
            _ => {
                wire.push(127);
                wire.extend((length as u64).to_be_bytes());
            }
        }
        let begin = wire.len();
        wire.extend_from_slice(text.as_bytes());
        Self { wire: wire.into(), text: begin }
    }
}

impl Frame {
    /// As it goes over the wire.
    pub(in crate::realtime) fn wire(&self) -> &[u8] {
        &self.wire
    }

    /// Its text.
    #[must_use]
    pub fn text(&self) -> &str {
        // It was made of one.
        self.wire.get(self.text..).and_then(|text| str::from_utf8(text).ok()).unwrap_or_default()
    }

    /// How long its text is.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.wire.len() - self.text
    }
}

impl fmt::Debug for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A frame is content, which no log may hold.
        write!(f, "Frame({} bytes)", self.bytes())
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use tokio_tungstenite::tungstenite::{Message, WebSocket, protocol::Role};

    use super::*;

    /// Takes in a few bytes at a time, and nothing every other time; passes on what it took when it is flushed twice.
    #[derive(Default)]
    struct Reluctant {
        taken: Vec<u8>,
        passed_on: usize,
        rests: bool,
        flushes: bool,
    }

    impl AsyncWrite for Reluctant {
        fn poll_write(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
            bytes: &[u8],
        ) -> Poll<io::Result<usize>> {
            self.rests = !self.rests;
            if self.rests {
                return Poll::Pending;
            }
            let taken = bytes.len().min(50_000);
            self.taken.extend_from_slice(&bytes[..taken]);
            Poll::Ready(Ok(taken))
        }

        fn poll_write_vectored(
            mut self: Pin<&mut Self>,
            context: &mut Context<'_>,
            slices: &[IoSlice<'_>],
        ) -> Poll<io::Result<usize>> {
            let bytes: Vec<u8> = slices.iter().flat_map(|slice| slice.iter().copied()).collect();
            self.as_mut().poll_write(context, &bytes)
        }

        fn poll_flush(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            self.flushes = !self.flushes;
            if self.flushes {
                return Poll::Pending;
            }
            self.passed_on = self.taken.len();
            Poll::Ready(Ok(()))
        }

        fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }
    }

    fn written(frames: Vec<Outgoing>, most: usize) -> (Vec<u8>, usize) {
        let (mut unwritten, mut to, mut rounds) = (Unwritten::default(), Reluctant::default(), 0);
        unwritten.push(frames);
        while !unwritten.is_done() {
            rounds += 1;
            let (mut context, mut bytes) = (Context::from_waker(std::task::Waker::noop()), most);
            while unwritten.poll_write(&mut context, Pin::new(&mut to), &mut bytes).is_pending() {
                assert!(!unwritten.is_done());
            }
        }
        assert_eq!(to.passed_on, to.taken.len());
        (to.taken, rounds)
    }

    #[test]
    fn a_client_reads_what_is_written_whatever_its_length_and_however_slowly_it_is_taken() {
        let lengths = [0, 1, 125, 126, 127, 0xFFFF, 0x1_0000, 200_000].into_iter().chain([3; 2 * TOGETHER]);
        let texts: Vec<String> = lengths.map(|length| "x".repeat(length)).collect();
        let mut frames: Vec<_> =
            texts.iter().map(|text| Outgoing::Text(Text::Own(text.clone().into()))).collect();
        frames.push(Outgoing::Ping);
        let (bytes, _) = written(frames, usize::MAX);
        let mut client = WebSocket::from_raw_socket(Cursor::new(bytes), Role::Client, None);
        for text in texts {
            assert_eq!(client.read().unwrap(), Message::Text(text.into()));
        }
        assert_eq!(client.read().unwrap(), Message::Ping(Vec::new().into()));
    }

    #[test]
    fn no_more_is_written_at_a_time_than_about_what_is_asked_for() {
        let frames = (0..8).map(|_| Outgoing::Text(Text::Own("x".repeat(50_000).into()))).collect();
        let (bytes, rounds) = written(frames, 100_000);
        assert_eq!((bytes.len(), rounds), (8 * 50_004, 5));
    }

    #[test]
    fn a_frame_has_its_text() {
        for text in ["", "{}", "größer", &"x".repeat(70_000)] {
            let frame = Frame::from(text.to_owned());
            assert_eq!((frame.text(), frame.bytes()), (text, text.len()));
        }
    }
}
