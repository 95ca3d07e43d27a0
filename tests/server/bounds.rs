//! What happens at the bounds of a connection.

use std::time::Duration;

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};

use crate::world::{On, World};

const LIVE: &[u8] = b"GET /health/live HTTP/1.1\r\nhost: a\r\n\r\n";

async fn connect(world: &World) -> TcpStream {
    TcpStream::connect(world.config.listen).await.unwrap()
}

/// The status line of the answer to what was sent.
async fn status(stream: &mut TcpStream, request: &[u8]) -> String {
    stream.write_all(request).await.unwrap();
    let mut bytes = vec![0; 4_096];
    let read = timeout(Duration::from_secs(30), stream.read(&mut bytes)).await.expect("an answer in time");
    let text = String::from_utf8_lossy(&bytes[..read.unwrap()]).into_owned();
    text.lines().next().unwrap_or_default().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn one_connection_too_many_waits_until_another_ends() {
    let world = World::with(On::Sqlite, |config| config.max_connections = 2).await;
    let (mut first, mut second) = (connect(&world).await, connect(&world).await);
    assert!(status(&mut first, LIVE).await.contains("200"));
    assert!(status(&mut second, LIVE).await.contains("200"));
    let mut third = connect(&world).await;
    third.write_all(LIVE).await.unwrap();
    let mut byte = [0];
    let early = timeout(Duration::from_millis(300), third.read(&mut byte)).await;
    assert!(early.is_err(), "the third one is not served yet");
    drop(first);
    let answered = timeout(Duration::from_secs(30), third.read(&mut byte)).await.expect("an answer in time");
    assert_eq!((answered.unwrap(), byte), (1, *b"H"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_http_or_too_much_of_it_is_refused() {
    let world = World::new(On::Sqlite).await;
    let head = format!("GET / HTTP/1.1\r\nhost: a\r\nx: {}\r\n\r\n", "x".repeat(300_000));
    for (request, expected) in [
        (b"nonsense\r\n\r\n".as_slice(), "400"),
        (b"GET / HTTP/9.9\r\n\r\n", "400"),
        (head.as_bytes(), "431"),
        (b"POST /api/auth/login HTTP/1.1\r\nhost: a\r\ncontent-length: 99999999999999999999\r\n\r\n", "400"),
    ] {
        let status = status(&mut connect(&world).await, request).await;
        let begin = String::from_utf8_lossy(&request[..request.len().min(60)]);
        assert!(status.contains(expected), "{begin}: {status}");
    }
    assert!(status(&mut connect(&world).await, LIVE).await.contains("200"));
}
