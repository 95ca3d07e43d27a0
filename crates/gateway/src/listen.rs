//! Takes connections and serves HTTP/1.1 on them, within bounds: how many there are, and how long a request's head may take.

use std::{convert::Infallible, io, net::SocketAddr, sync::Arc, time::Duration};

use axum::{Router, body::Body};
use http::{Request, Response};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use metrics::Gauge;
use parlance_chat::realtime::{Plain, Wire};
use parlance_store::measure::OneMore;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{sleep, timeout},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tower::ServiceExt as _;
use tracing::{debug, warn};

use crate::{counted::Counted, full::Full, tls::Tls};

/// How long a client may take to send the head of a request, the pause before it included.
const HEAD_WITHIN: Duration = Duration::from_secs(75);

/// How much of a request may be buffered at once, its head above all.
const BUFFER: usize = 64 * 1_024;

/// How long to wait when the system has no more sockets to give.
const PAUSE: Duration = Duration::from_millis(100);

/// Where a connection comes from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer(pub(crate) SocketAddr);

/// Connections being taken and served, until told to stop.
#[derive(Debug)]
pub(crate) struct Listening {
    stop: CancellationToken,
    tasks: TaskTracker,
}

/// Serves the router to whoever connects, to `most` at once, over TLS where that is set up, and counts how many are there.
pub(crate) fn listen(
    listener: TcpListener,
    router: Router,
    tls: Option<Tls>,
    most: usize,
    open: Gauge,
) -> Listening {
    let (stop, tasks) = (CancellationToken::new(), TaskTracker::new());
    let places = Arc::new(Semaphore::new(most.min(Semaphore::MAX_PERMITS)));
    if let Some(tls) = &tls {
        tasks.spawn(stop.clone().run_until_cancelled_owned(tls.clone().keep_up()));
    }
    let door = Door { router, tls, open, stop: stop.clone(), tasks: tasks.clone() };
    tasks.spawn(door.accept(listener, places, most));
    Listening { stop, tasks }
}

impl Listening {
    /// Takes no further connection and no further request, and waits until what runs is answered, or `grace` is over.
    pub(crate) async fn shutdown(&self, grace: Duration) {
        self.stop.cancel();
        self.tasks.close();
        if timeout(grace, self.tasks.wait()).await.is_err() {
            warn!(connections = self.tasks.len(), "some requests were not answered in time");
        }
    }
}

#[derive(Clone)]
struct Door {
    router: Router,
    tls: Option<Tls>,
    open: Gauge,
    stop: CancellationToken,
    tasks: TaskTracker,
}

impl Door {
    async fn accept(self, listener: TcpListener, places: Arc<Semaphore>, most: usize) {
        let stop = self.stop.clone();
        let accepting = async {
            let mut full = Full::new(most);
            while let Ok(place) = full.taken(&places).await {
                let (stream, peer) = accepted(&listener).await;
                self.tasks.spawn(self.clone().secure(stream, Peer(peer), place));
            }
        };
        stop.run_until_cancelled(accepting).await;
    }

    async fn secure(self, stream: TcpStream, peer: Peer, place: OwnedSemaphorePermit) {
        // Frames and answers are small, and go out as soon as they are there.
        let _ = stream.set_nodelay(true);
        let Some(tls) = &self.tls else {
            let plain = Plain::new(stream);
            let wire = plain.wire();
            return self.serve(plain, peer, Some(wire), place).await;
        };
        match self.stop.run_until_cancelled(tls.accept(stream)).await {
            Some(Ok(stream)) => self.serve(stream, peer, None, place).await,
            Some(Err(error)) => debug!(error = %error, "a client does not speak TLS as this server does"),
            None => {}
        }
    }

    async fn serve(
        self,
        stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
        peer: Peer,
        wire: Option<Wire>,
        place: OwnedSemaphorePermit,
    ) {
        let Self { router, open, stop, .. } = self;
        let service = service_fn(move |request| answer(router.clone(), peer, wire.clone(), request));
        let mut http = http1::Builder::new();
        let place = (place, OneMore::of(&open));
        http.timer(TokioTimer::new()).header_read_timeout(HEAD_WITHIN).max_buf_size(BUFFER);
        let connection = http.serve_connection(TokioIo::new(Counted::new(stream, place)), service);
        let mut connection = std::pin::pin!(connection.with_upgrades());
        let ended = tokio::select! {
            ended = &mut connection => ended,
            () = stop.cancelled() => {
                connection.as_mut().graceful_shutdown();
                connection.await
            }
        };
        if let Err(error) = ended {
            debug!(error = %error, "a connection ended in the middle");
        }
    }
}

async fn answer(
    router: Router,
    peer: Peer,
    wire: Option<Wire>,
    mut request: Request<Incoming>,
) -> Result<Response<Body>, Infallible> {
    request.extensions_mut().insert(peer);
    if let Some(wire) = wire {
        request.extensions_mut().insert(wire);
    }
    router.oneshot(request.map(Body::new)).await
}

/// The next connection, however long it takes.
async fn accepted(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    loop {
        match listener.accept().await {
            Ok(accepted) => return accepted,
            Err(error) if is_of_the_client(&error) => {}
            Err(error) => {
                warn!(error = %error, "no connection can be taken now");
                sleep(PAUSE).await;
            }
        }
    }
}

/// Whether the client went away before it was let in.
fn is_of_the_client(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}
