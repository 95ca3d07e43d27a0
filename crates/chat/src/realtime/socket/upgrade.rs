//! The handshake: how a request becomes a stream of frames (RFC 6455, section 4.2).

use axum::{body::Body, response::Response};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header, request::Parts};
use hyper::upgrade::{OnUpgrade, Upgraded};
use hyper_util::rt::TokioIo;
use parlance_base::{Error, Kind, Result};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{
        handshake::derive_accept_key,
        protocol::{Role, WebSocketConfig},
    },
};

use crate::realtime::limits::{FRAME_BYTES, SOCKET_BUFFER};

/// The connection of an upgraded request, and what reads frames from it.
pub(super) type Frames = WebSocketStream<TokioIo<Upgraded>>;

/// A request that asks to become a socket.
pub(super) struct Upgrade {
    accept: HeaderValue,
    connection: OnUpgrade,
}

impl Upgrade {
    /// Takes the connection out of a request that is a handshake.
    ///
    /// # Errors
    /// 400 `socket.upgrade_required`.
    pub(super) fn of(parts: &mut Parts) -> Result<Self> {
        let headers = &parts.headers;
        let asks = parts.method == Method::GET
            && names(headers, header::CONNECTION, "upgrade")
            && names(headers, header::UPGRADE, "websocket")
            && names(headers, header::SEC_WEBSOCKET_VERSION, "13");
        let key = headers.get(header::SEC_WEBSOCKET_KEY).filter(|_| asks).ok_or_else(no_handshake)?;
        let accept = HeaderValue::try_from(derive_accept_key(key.as_bytes())).map_err(|_| no_handshake())?;
        let connection = parts.extensions.remove().ok_or_else(no_handshake)?;
        Ok(Self { accept, connection })
    }

    /// What the request is answered with, after which its connection carries frames.
    pub(super) fn answer(&self) -> Response {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
        let headers = response.headers_mut();
        headers.insert(header::CONNECTION, HeaderValue::from_static("upgrade"));
        headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
        headers.insert(header::SEC_WEBSOCKET_ACCEPT, self.accept.clone());
        response
    }

    /// Waits until the answer is on its way; nothing if the client is gone by then.
    pub(super) async fn done(self) -> Option<Frames> {
        let connection = TokioIo::new(self.connection.await.ok()?);
        let config = WebSocketConfig::default()
            .read_buffer_size(SOCKET_BUFFER)
            .max_frame_size(Some(FRAME_BYTES))
            .max_message_size(Some(FRAME_BYTES));
        Some(WebSocketStream::from_raw_socket(connection, Role::Server, Some(config)).await)
    }
}

/// Whether one of the header's values is this token.
fn names(headers: &HeaderMap, name: HeaderName, token: &str) -> bool {
    let values = headers.get_all(name).into_iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).any(|value| value.trim().eq_ignore_ascii_case(token))
}

fn no_handshake() -> Error {
    Error::new(Kind::Malformed, "socket.upgrade_required", "this route takes WebSocket upgrades only")
}
