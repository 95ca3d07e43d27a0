//! A real WebSocket client.

use std::time::Duration;

use futures::{SinkExt as _, StreamExt as _};
use http::{HeaderName, HeaderValue, Response};
use parlance_base::StreamId;
use serde_json::{Value, json};
use tokio::{net::TcpStream, time::timeout};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Error, Message, client::IntoClientRequest as _},
};

/// How long anything is waited for.
const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) struct Client(WebSocketStream<MaybeTlsStream<TcpStream>>);

/// What a socket ended with.
pub(crate) const ABNORMAL: u16 = 1006;

impl Client {
    /// Opens a socket, or is refused over HTTP.
    pub(crate) async fn open(
        url: &str,
        headers: &[(HeaderName, &str)],
    ) -> Result<Self, Box<Response<Option<Vec<u8>>>>> {
        let mut request = url.into_client_request().unwrap();
        for (name, value) in headers {
            request.headers_mut().insert(name.clone(), HeaderValue::from_str(value).unwrap());
        }
        match timeout(PATIENCE, connect_async(request)).await.unwrap() {
            Ok((web, _)) => Ok(Self(web)),
            Err(Error::Http(response)) => Err(response),
            Err(error) => panic!("{error}"),
        }
    }

    pub(crate) async fn with_token(url: &str, token: &str) -> Self {
        Self::open(&format!("{url}?token={token}"), &[]).await.unwrap()
    }

    pub(crate) async fn send(&mut self, frame: Value) {
        self.send_raw(Message::text(frame.to_string())).await.unwrap();
    }

    pub(crate) async fn send_raw(&mut self, message: Message) -> Result<(), Error> {
        timeout(PATIENCE, self.0.send(message)).await.unwrap()
    }

    /// The next frame, or the code that the socket was closed with. What the protocol sends by itself to keep the socket
    /// open makes nobody wait longer.
    pub(crate) async fn next(&mut self) -> Result<Value, u16> {
        timeout(PATIENCE, self.receive()).await.expect("a frame in time")
    }

    async fn receive(&mut self) -> Result<Value, u16> {
        loop {
            match self.0.next().await {
                Some(Ok(Message::Text(text))) => return Ok(serde_json::from_str(&text).unwrap()),
                Some(Ok(Message::Close(frame))) => {
                    // The next wait sends the answer to it, and ends when the server has hung up.
                    while let Some(Ok(_)) = self.0.next().await {}
                    return Err(frame.map_or(ABNORMAL, |frame| frame.code.into()));
                }
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return Err(ABNORMAL),
            }
        }
    }

    /// The next frame of this type; others before it are passed over.
    pub(crate) async fn until(&mut self, kind: &str) -> Value {
        let mut last = Value::Null;
        let wait = async {
            loop {
                match self.receive().await {
                    Ok(frame) if frame["type"] == kind => return frame,
                    Ok(frame) => last = frame,
                    Err(code) => panic!("closed with {code} before {kind}, after {last}"),
                }
            }
        };
        let frame = timeout(PATIENCE, wait).await;
        frame.unwrap_or_else(|_| panic!("no {kind} in time, after {last}"))
    }

    pub(crate) async fn ready(&mut self) -> Value {
        self.until("ready").await["data"].take()
    }

    /// The first stream of the next `resumed`.
    pub(crate) async fn verdict(&mut self) -> Value {
        self.until("resumed").await["data"]["streams"][0].take()
    }

    /// What the server closes with.
    pub(crate) async fn closed(&mut self) -> u16 {
        loop {
            if let Err(code) = self.next().await {
                return code;
            }
        }
    }

    /// Takes the entries of the stream up to `last`, and holds them to be in order, without gap, after `since`.
    pub(crate) async fn follow(&mut self, stream: StreamId, since: u64, last: u64) {
        for expected in since + 1..=last {
            let entry = loop {
                let frame =
                    self.next().await.unwrap_or_else(|code| panic!("closed with {code} before {expected}"));
                if frame["stream_id"] == json!(stream) {
                    break frame;
                }
            };
            assert_eq!(entry["seq"], expected, "{}", entry["type"]);
        }
    }

    /// Resumes one stream.
    pub(crate) async fn resume(&mut self, epoch: &Value, stream: StreamId, seq: u64) {
        let data = json!({ "epoch": epoch, "cursors": { stream.to_string(): seq } });
        self.send(json!({ "type": "resume", "id": "resume", "data": data })).await;
        assert_eq!(self.until("ok").await["id"], "resume");
    }
}
