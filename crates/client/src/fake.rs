//! A server of a few lines, for tests of the client: it answers HTTP as it is told, and hands its sockets to the test.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::mpsc,
    task::JoinSet,
    time::timeout,
};
use tokio_tungstenite::{
    WebSocketStream, accept_async,
    tungstenite::{
        Message,
        protocol::{CloseFrame, frame::coding::CloseCode},
    },
};

use crate::{Client, InWorkspace, Tokens};

/// How long anything is waited for.
const PATIENCE: Duration = Duration::from_secs(30);

/// What came over HTTP.
pub(crate) struct Asked {
    /// As `POST /api/auth/refresh`.
    pub(crate) line: String,
    pub(crate) head: String,
    pub(crate) body: Value,
}

/// What is answered; nothing lets a socket in.
pub(crate) type Answer = Option<(u16, String, Vec<u8>)>;

pub(crate) struct Server {
    pub(crate) url: String,
    sockets: mpsc::Receiver<Peer>,
    pub(crate) opened: Arc<AtomicUsize>,
    _task: JoinSet<()>,
}

/// The server's end of a socket.
pub(crate) struct Peer(WebSocketStream<TcpStream>);

/// Lets everybody in, and knows nothing else.
pub(crate) fn only_sockets(_: &Asked) -> Answer {
    None
}

pub(crate) fn answer(status: u16, body: &Value) -> Answer {
    Some((status, String::new(), body.to_string().into_bytes()))
}

pub(crate) fn refusal(status: u16, code: &str) -> Answer {
    answer(status, &json!({ "error": { "code": code, "message": "no", "request_id": "r" } }))
}

impl Server {
    pub(crate) async fn start(answer: impl Fn(&Asked) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (tell, sockets) = mpsc::channel(16);
        let (opened, answer) = (Arc::new(AtomicUsize::new(0)), Arc::new(answer));
        let (mut task, counted) = (JoinSet::new(), Arc::clone(&opened));
        task.spawn(async move {
            let mut served = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let (answer, tell, counted) = (Arc::clone(&answer), tell.clone(), Arc::clone(&counted));
                served.spawn(async move { serve(stream, &*answer, tell, counted).await });
            }
        });
        Self { url, sockets, opened, _task: task }
    }

    /// A client that is signed in with the access token `first`.
    pub(crate) fn client(&self) -> Client {
        let client = Client::new(&self.url).unwrap();
        client.set_tokens(Some(tokens("first")));
        client
    }

    pub(crate) fn workspace(&self) -> InWorkspace {
        self.client().in_workspace("acme")
    }

    /// The next socket that a client opens.
    pub(crate) async fn socket(&mut self) -> Peer {
        timeout(PATIENCE, self.sockets.recv()).await.expect("a socket in time").unwrap()
    }

    /// How many sockets were opened so far.
    pub(crate) fn opened(&self) -> usize {
        self.opened.load(Ordering::SeqCst)
    }
}

impl Peer {
    pub(crate) async fn send(&mut self, frame: &Value) {
        timeout(PATIENCE, self.0.send(Message::text(frame.to_string()))).await.unwrap().unwrap();
    }

    /// The client's next frame.
    pub(crate) async fn next(&mut self) -> Value {
        loop {
            match timeout(PATIENCE, self.0.next()).await.expect("a frame in time") {
                Some(Ok(Message::Text(text))) => return serde_json::from_str(&text).unwrap(),
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                other => panic!("no frame but {other:?}"),
            }
        }
    }

    pub(crate) async fn ok(&mut self, asked: &Value, data: Value) {
        self.send(&json!({ "type": "ok", "id": asked["id"], "data": data })).await;
    }

    pub(crate) async fn close(mut self, code: u16) {
        let frame = CloseFrame { code: CloseCode::from(code), reason: "".into() };
        timeout(PATIENCE, self.0.close(Some(frame))).await.unwrap().unwrap();
        self.gone().await;
    }

    /// Waits until the client is gone.
    pub(crate) async fn gone(mut self) {
        while let Some(Ok(_)) = timeout(PATIENCE, self.0.next()).await.expect("an end in time") {}
    }
}

pub(crate) fn tokens(access: &str) -> Tokens {
    let (access_token, refresh_token) = (access.to_owned(), format!("after {access}"));
    Tokens { access_token, expires_in: 900, refresh_token }
}

async fn serve(
    mut stream: TcpStream,
    answer: &(dyn Fn(&Asked) -> Answer + Send + Sync),
    tell: mpsc::Sender<Peer>,
    opened: Arc<AtomicUsize>,
) {
    let Some(head) = head(&stream).await else { return };
    let line = head.lines().next().unwrap_or_default().trim_end_matches(" HTTP/1.1").to_owned();
    let is_socket = head.to_ascii_lowercase().contains("upgrade: websocket");
    let mut asked = Asked { line, head, body: Value::Null };
    if !is_socket {
        asked.body = body(&mut stream, &asked.head).await;
    }
    match answer(&asked) {
        Some((status, headers, body)) => {
            let head =
                format!("HTTP/1.1 {status} -\r\nconnection: close\r\ncontent-length: {}\r\n", body.len());
            let head = format!("{head}{headers}\r\n");
            // A client that has heard enough goes away.
            let _ = stream.write_all(head.as_bytes()).await;
            let _ = stream.write_all(&body).await;
        }
        None if is_socket => {
            opened.fetch_add(1, Ordering::SeqCst);
            if let Ok(web) = accept_async(stream).await {
                let _ = tell.send(Peer(web)).await;
            }
        }
        None => {}
    }
}

/// The head of a request, which is left in the stream.
async fn head(stream: &TcpStream) -> Option<String> {
    let mut bytes = [0; 8_192];
    loop {
        let read = stream.peek(&mut bytes).await.ok().filter(|read| *read > 0)?;
        let text = String::from_utf8_lossy(&bytes[..read]).into_owned();
        if let Some(end) = text.find("\r\n\r\n") {
            return Some(text[..end + 4].to_owned());
        }
        tokio::task::yield_now().await;
    }
}

async fn body(stream: &mut TcpStream, head: &str) -> Value {
    let length = head
        .to_ascii_lowercase()
        .lines()
        .find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
    let mut bytes = vec![0; head.len() + length.unwrap_or(0_usize)];
    stream.read_exact(&mut bytes).await.unwrap();
    serde_json::from_slice(&bytes[head.len()..]).unwrap_or_default()
}
