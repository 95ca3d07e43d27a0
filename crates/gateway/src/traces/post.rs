//! Posting spans to the collector: over the HTTP client that everything here uses, on a thread of its own, so that neither a
//! name that takes long to be found nor a collector that says nothing takes the turn of a request.

use std::{
    error::Error as _,
    fmt::Write as _,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use http::{HeaderMap, Request, Response, header};
use opentelemetry_http::{Bytes, HttpClient, HttpError, ResponseBodyTooLarge};
use reqwest::{Client, Url, redirect::Policy};
use rustls::{ClientConfig, RootCertStore, crypto::ring};
use tokio::{runtime::Runtime, time::Instant};
use tokio_util::task::AbortOnDropHandle;
use tracing::warn;

use super::DELIVERY;

/// How long it may take to reach the collector.
const CONNECT: Duration = Duration::from_secs(3);

/// What an answer may have to say.
const ANSWER: usize = 64 * 1_024;

/// How long nothing more is said of deliveries that fail.
const SILENCE: Duration = Duration::from_secs(60);

const USER_AGENT: &str = concat!("parlance/", env!("CARGO_PKG_VERSION"));

/// The way to the collector.
#[derive(Debug)]
pub(super) struct Post {
    client: Client,
    url: Url,
    headers: HeaderMap,
    /// None once this is dropped.
    runtime: Option<Runtime>,
    complained: Mutex<Option<Instant>>,
}

impl Post {
    /// The way to this address, with these headers.
    pub(super) fn new(url: Url, headers: HeaderMap) -> Result<Self, HttpError> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .max_blocking_threads(1)
            .thread_name("traces")
            .enable_all()
            .build()?;
        Ok(Self { client: client(&url)?, url, headers, runtime: Some(runtime), complained: Mutex::default() })
    }

    /// Says what went wrong, unless something was said a moment ago.
    fn complain(&self, reason: &str) {
        let (mut complained, now) =
            (self.complained.lock().unwrap_or_else(PoisonError::into_inner), Instant::now());
        if complained.is_none_or(|last| now.duration_since(last) >= SILENCE) {
            *complained = Some(now);
            warn!(reason, "spans are not delivered; nothing more is said of it for a minute");
        }
    }
}

#[async_trait]
impl HttpClient for Post {
    /// Posts the body. All else that the request says could come from the environment, so it is said by the settings.
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let Some(runtime) = &self.runtime else { return Err("the end has come".into()) };
        let post = self
            .client
            .post(self.url.clone())
            .headers(self.headers.clone())
            .header(header::CONTENT_TYPE, "application/x-protobuf")
            .body(request.into_body());
        let answer = AbortOnDropHandle::new(runtime.spawn(answer(post))).await?;
        match &answer {
            Ok(answer) if answer.status().is_success() => {}
            Ok(answer) => self.complain(&format!("the collector answers {}", answer.status())),
            Err(error) => self.complain(&error.to_string()),
        }
        answer
    }
}

impl Drop for Post {
    fn drop(&mut self) {
        // A name that is being looked up cannot be called back, and is not waited for.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

fn client(url: &Url) -> Result<Client, HttpError> {
    // A choice that is there already stays.
    let _ = ring::default_provider().install_default();
    let client = Client::builder().no_proxy().redirect(Policy::none()).user_agent(USER_AGENT);
    let client = client.connect_timeout(CONNECT).timeout(DELIVERY);
    let client = if url.scheme() == "http" { client.tls_backend_preconfigured(no_tls()?) } else { client };
    Ok(client.build()?)
}

/// TLS that trusts nobody, so that a machine without root certificates reaches a collector that needs none.
fn no_tls() -> Result<ClientConfig, rustls::Error> {
    let settings = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let settings = settings.with_safe_default_protocol_versions()?;
    Ok(settings.with_root_certificates(RootCertStore::empty()).with_no_client_auth())
}

async fn answer(post: reqwest::RequestBuilder) -> Result<Response<Bytes>, HttpError> {
    let mut came = post.send().await.map_err(told)?;
    let mut body = Vec::new();
    while let Some(part) = came.chunk().await.map_err(told)? {
        if body.len() + part.len() > ANSWER {
            return Err(Box::new(ResponseBodyTooLarge::new()));
        }
        body.extend_from_slice(&part);
    }
    let mut answer = Response::new(Bytes::from(body));
    *answer.status_mut() = came.status();
    *answer.headers_mut() = std::mem::take(came.headers_mut());
    Ok(answer)
}

/// The error with all that led to it.
fn told(error: reqwest::Error) -> HttpError {
    let error = error.without_url();
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        // A text takes whatever is written to it.
        let _ = write!(text, ": {error}");
        cause = error.source();
    }
    text.into()
}
