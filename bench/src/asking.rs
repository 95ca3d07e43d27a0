//! One connection over which one asks again and again. It spins until the answer is whole, so that no waking is counted.

use std::{
    io::{ErrorKind, Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

use tokio::time::Instant;

use crate::text;

/// How long an answer may take.
const WITHIN: Duration = Duration::from_secs(30);

pub(crate) struct Asking {
    stream: TcpStream,
    key: String,
    chunk: Vec<u8>,
}

impl Asking {
    pub(crate) fn with(address: SocketAddr, key: &str) -> Result<Self, String> {
        let stream = TcpStream::connect(address).map_err(text)?;
        stream.set_nodelay(true).map_err(text)?;
        stream.set_nonblocking(true).map_err(text)?;
        Ok(Self { stream, key: key.to_owned(), chunk: vec![0; 64 << 10] })
    }

    /// What is at the path, and how long it took to have the whole of it.
    pub(crate) fn ask(&mut self, path: &str) -> Result<(Vec<u8>, Duration), String> {
        let head =
            format!("GET {path} HTTP/1.1\r\nHost: parlance\r\nAuthorization: Bearer {}\r\n\r\n", self.key);
        let began = Instant::now();
        self.stream.write_all(head.as_bytes()).map_err(text)?;
        let mut answer = Vec::new();
        loop {
            match self.stream.read(&mut self.chunk) {
                Ok(0) => return Err(format!("{path} was not answered to the end")),
                Ok(count) => answer.extend_from_slice(self.chunk.get(..count).unwrap_or_default()),
                Err(error) if error.kind() == ErrorKind::WouldBlock && began.elapsed() < WITHIN => continue,
                Err(error) => return Err(format!("{path}: {error}")),
            }
            if let Some(body) = body(&answer)? {
                return Ok((body.to_vec(), began.elapsed()));
            }
        }
    }
}

/// The body of an answer, once it is whole.
fn body(answer: &[u8]) -> Result<Option<&[u8]>, String> {
    let Some(end) = answer.windows(4).position(|window| window == b"\r\n\r\n") else { return Ok(None) };
    let head = String::from_utf8_lossy(answer.get(..end).unwrap_or_default()).to_lowercase();
    let body = answer.get(end + 4..).unwrap_or_default();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse().ok());
    let length: usize = length.ok_or("an answer does not say how long it is")?;
    if body.len() < length {
        return Ok(None);
    }
    if head.starts_with("http/1.1 200 ") {
        return Ok(Some(body));
    }
    Err(format!("{head}: {}", String::from_utf8_lossy(body)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_read_once_it_is_whole() {
        let whole = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab";
        assert_eq!(body(whole), Ok(Some(&b"ab"[..])));
        assert_eq!(body(&whole[..whole.len() - 1]), Ok(None));
        assert_eq!(body(&whole[..20]), Ok(None));
        assert!(body(b"HTTP/1.1 503 No\r\ncontent-length: 0\r\n\r\n").is_err());
        assert!(body(b"HTTP/1.1 200 OK\r\n\r\nab").is_err());
    }
}
