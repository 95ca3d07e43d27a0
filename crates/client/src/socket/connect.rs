//! Opening a socket.

use std::time::Duration;

use http::{HeaderName, HeaderValue, header};
use tokio::{net::TcpStream, time::timeout};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async_with_config,
    tungstenite::{
        self, client::IntoClientRequest as _, handshake::client::Request, protocol::WebSocketConfig,
    },
};

use super::{Command, Socket};
use crate::{
    Error, InWorkspace,
    http::{Client, bearer, refused, url},
};

/// No frame of the server is read further: an entry is smaller than what a client may send, `ready` and `resumed` name at
/// most 1,000 streams.
const MOST_BYTES: usize = 1 << 20;
/// What a socket reads and writes at once.
const BUFFER_BYTES: usize = 16 << 10;

/// How one proves who one is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Proof {
    /// By the header `Authorization`: whoever is refused gets an HTTP error and no socket.
    #[default]
    Header,
    /// By the first frame, as a browser does.
    FirstFrame,
}

/// How a socket is opened.
#[derive(Clone, Copy, Debug)]
pub struct SocketOptions {
    /// How one proves who one is.
    pub proof: Proof,
    /// How long opening may take (10 s).
    pub within: Duration,
    /// After how long without anything from the server the connection counts as dead (75 s).
    pub silence: Duration,
}

impl Default for SocketOptions {
    fn default() -> Self {
        Self { proof: Proof::Header, within: Duration::from_secs(10), silence: Duration::from_secs(75) }
    }
}

impl InWorkspace {
    /// Opens a socket with the client's access token, a new one if it turns out to be expired. What comes first is
    /// `ready`: see [`Socket::ready`].
    ///
    /// # Errors
    /// [`Error::SignedOut`] where nobody is; [`Error::Api`] where the server refuses the upgrade; [`Error::Transport`],
    /// [`Error::TimedOut`].
    pub async fn connect(&self, options: SocketOptions) -> Result<Socket, Error> {
        let client = self.client();
        let token = client.access_token().await?.ok_or(Error::SignedOut)?;
        match self.open(options, &token).await {
            Err(error) if error.code() == Some("auth.token_expired") => {
                let token = client.token_after(&token).await?;
                self.open(options, &token).await
            }
            opened => opened,
        }
    }

    async fn open(&self, options: SocketOptions, token: &str) -> Result<Socket, Error> {
        let mut request = client_request(self.client())?;
        if options.proof == Proof::Header {
            let workspace = HeaderValue::from_str(self.named());
            let workspace = workspace.map_err(|_| Error::Unsendable("this names no workspace".to_owned()))?;
            request.headers_mut().insert(header::AUTHORIZATION, bearer(token)?);
            request.headers_mut().insert(HeaderName::from_static("parlance-workspace"), workspace);
        }
        let web = timeout(options.within, opened(request)).await.map_err(|_| Error::TimedOut)??;
        let mut socket = Socket::new(web, options.silence);
        if options.proof == Proof::FirstFrame {
            let (token, workspace) = (token.to_owned(), Some(self.named().to_owned()));
            socket.send_as(Some("auth"), &Command::Auth { token, workspace }).await?;
        }
        Ok(socket)
    }
}

impl Client {
    /// Opens a socket at this path, as `/api/chat/ws?ticket=…`, with these headers and nothing else: for tests of the
    /// server.
    ///
    /// # Errors
    /// As [`InWorkspace::connect`].
    pub async fn connect_to(
        &self,
        path: &str,
        headers: &[(HeaderName, HeaderValue)],
        options: SocketOptions,
    ) -> Result<Socket, Error> {
        let mut request = request_to(self, path)?;
        request.headers_mut().extend(headers.iter().cloned());
        let web = timeout(options.within, opened(request)).await.map_err(|_| Error::TimedOut)??;
        Ok(Socket::new(web, options.silence))
    }
}

fn client_request(client: &Client) -> Result<Request, Error> {
    request_to(client, "/api/chat/ws")
}

fn request_to(client: &Client, path: &str) -> Result<Request, Error> {
    let url = url(client.base(), path, &[])?;
    // The client's own address begins with http or https.
    let url = url.as_str().replacen("http", "ws", 1);
    url.into_client_request().map_err(Error::transport)
}

async fn opened(request: Request) -> Result<WebSocketStream<MaybeTlsStream<TcpStream>>, Error> {
    let config = WebSocketConfig::default().read_buffer_size(BUFFER_BYTES).write_buffer_size(0);
    let config = config.max_message_size(Some(MOST_BYTES)).max_frame_size(Some(MOST_BYTES));
    match Box::pin(connect_async_with_config(request, Some(config), true)).await {
        Ok((web, _)) => Ok(web),
        Err(tungstenite::Error::Http(response)) => {
            let body = response.body().as_deref().unwrap_or_default();
            Err(refused(response.status(), response.headers(), body))
        }
        Err(error) => Err(Error::transport(error)),
    }
}
