//! A connection without TLS. Besides whoever serves it, those who have something for its client may write to it at once.

use std::{
    io::{self, ErrorKind, IoSlice},
    net::Shutdown,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use socket2::SockRef;
use tokio::{
    io::{AsyncRead, AsyncWrite, Interest, ReadBuf},
    net::TcpStream,
};

use super::lane::{Carry, Wire};

/// The connection, to be read and written by whoever serves it.
#[derive(Debug)]
pub struct Plain(Arc<Stream>);

#[derive(Debug)]
struct Stream(TcpStream);

impl Plain {
    /// A connection that was accepted.
    #[must_use]
    pub fn new(stream: TcpStream) -> Self {
        Self(Arc::new(Stream(stream)))
    }

    /// The same connection, for the extensions of the requests that come over it.
    #[must_use]
    pub fn wire(&self) -> Wire {
        Wire(Arc::<Stream>::clone(&self.0))
    }

    fn poll_write_with(
        &self,
        context: &mut Context<'_>,
        write: impl Fn(&TcpStream) -> io::Result<usize>,
    ) -> Poll<io::Result<usize>> {
        let Stream(stream) = &*self.0;
        loop {
            ready!(stream.poll_write_ready(context))?;
            match write(stream) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                written => return Poll::Ready(written),
            }
        }
    }
}

impl Carry for Stream {
    fn carry(&self, bytes: &[u8]) -> io::Result<usize> {
        // Past what the runtime knows of the connection, which would have to be looked up: it learns by trying where it stands.
        SockRef::from(&self.0).send(bytes)
    }
}

impl Stream {
    /// Reads what is there. Less than there was room for is all there was: only what comes then makes it ready again, and nobody
    /// has to ask in vain.
    fn try_read(&self, buffer: &mut ReadBuf<'_>) -> io::Result<()> {
        let room = buffer.remaining();
        let mut read = None;
        let tried = self.0.try_io(Interest::READABLE, || {
            let count = self.0.try_read_buf(buffer)?;
            read = Some(count);
            if (1..room).contains(&count) { Err(ErrorKind::WouldBlock.into()) } else { Ok(()) }
        });
        if read.is_some() { Ok(()) } else { tried }
    }
}

impl AsyncRead for Plain {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        loop {
            ready!(self.0.0.poll_read_ready(context))?;
            match self.0.try_read(buffer) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                read => return Poll::Ready(read),
            }
        }
    }
}

impl AsyncWrite for Plain {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.poll_write_with(context, |stream| stream.try_write(bytes))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.poll_write_with(context, |stream| stream.try_write_vectored(slices))
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        match SockRef::from(&self.0.0).shutdown(Shutdown::Write) {
            // The other side was first.
            Err(error) if error.kind() == ErrorKind::NotConnected => Poll::Ready(Ok(())),
            shut => Poll::Ready(shut),
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::{
        io::{AsyncReadExt as _, AsyncWriteExt as _},
        join,
        net::TcpListener,
    };

    use super::*;

    async fn pair() -> (Plain, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let other = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        (Plain::new(listener.accept().await.unwrap().0), other)
    }

    #[tokio::test]
    async fn what_comes_in_pieces_is_read_to_its_end() {
        let (mut here, mut there) = pair().await;
        let mut bytes = [0; 16];
        for piece in ["a", "bc", "0123456789abcdef"] {
            there.write_all(piece.as_bytes()).await.unwrap();
            let read = here.read(&mut bytes).await.unwrap();
            assert_eq!(&bytes[..read], piece.as_bytes());
        }
        there.shutdown().await.unwrap();
        assert_eq!(here.read(&mut bytes).await.unwrap(), 0);
        here.write_all(b"bye").await.unwrap();
        here.shutdown().await.unwrap();
        let mut last = String::new();
        there.read_to_string(&mut last).await.unwrap();
        assert_eq!(last, "bye");
    }

    #[tokio::test]
    async fn what_the_wire_takes_only_in_part_is_ended_by_who_serves_it() {
        let (mut here, mut there) = pair().await;
        let (wire, frame) = (here.wire(), vec![7; 100_000]);
        let mut sent = 0;
        while sent % frame.len() == 0 {
            match wire.0.carry(&frame) {
                Ok(count) => sent += count,
                Err(error) => {
                    assert_eq!(error.kind(), ErrorKind::WouldBlock);
                    break;
                }
            }
        }
        let read = async {
            let mut all = Vec::new();
            there.read_to_end(&mut all).await.unwrap();
            all.len()
        };
        let rest = sent.next_multiple_of(frame.len()) - sent;
        let write = async {
            here.write_all(&frame[..rest]).await.unwrap();
            here.shutdown().await.unwrap();
        };
        assert_eq!(join!(read, write).0, sent + rest);
        assert!(wire.0.carry(&frame).is_err(), "it is shut");
    }
}
