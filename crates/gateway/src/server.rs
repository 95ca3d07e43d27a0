//! A server: from its configuration to its end. Tests start it as `main` does.

use std::{fmt, io, net::SocketAddr, sync::Arc, time::Duration};

use parlance_base::Clock;
use parlance_license::Trust;
use tokio::{
    net::{TcpListener, TcpSocket},
    time::timeout,
};
use tracing::{info, warn};

use crate::{
    admin::AdminSocket,
    compose::{Composition, compose},
    config::Config,
    error::StartError,
    listen::{Listening, listen},
    measure::{self, Desk, Serving},
    owner,
    parts::Parts,
    stored,
    tls::Tls,
};

/// How long requests may go on once the server is told to stop.
const GRACE: Duration = Duration::from_secs(10);

/// How long all may take after that.
const END: Duration = Duration::from_secs(20);

/// How many connections may wait to be taken; the system has a bound of its own, on Linux `net.core.somaxconn`.
const BACKLOG: u32 = 4_096;

/// A server that runs until [`Server::shutdown`].
pub struct Server {
    address: SocketAddr,
    public_url: String,
    listening: Listening,
    composition: Composition,
    admin: Option<AdminSocket>,
    metrics: Option<Serving>,
}

/// What one start may do that no setting should.
#[derive(Clone, Copy, Debug, Default)]
pub struct Once {
    /// Takes the secret that is there for the right one from now on.
    pub replace_secret: bool,
    /// Whose license keys count: those of whom the build trusts, but in tests. `parlance` sets nothing else.
    pub trust: Trust,
}

impl Server {
    /// Starts a server that tells the time by `clock`.
    ///
    /// # Errors
    /// [`StartError`], which says what to do.
    pub async fn start(config: &Config, clock: Arc<dyn Clock>, once: Once) -> Result<Self, StartError> {
        let refused = |error| StartError::Listen(config.listen, error);
        owner::is_open_to_us(&config.data)?;
        let tls = Tls::open(config)?;
        let listener = listening_on(config.listen).map_err(refused)?;
        let address = listener.local_addr().map_err(refused)?;
        let public_url = config.public_url.as_ref().map(|url| url.trim_end_matches('/').to_owned());
        let public_url = public_url.unwrap_or_else(|| config.found_at(address));
        // What is opened before somebody records counts nothing.
        let desk = Desk::open(config).await?;
        let parts = Parts::open(config, clock, &public_url, once).await?;
        let office = parts.office();
        let (composition, router) = compose(config, parts).await?;
        let admin = AdminSocket::open(config, office);
        let listening = listen(listener, router, tls, config.max_connections, measure::connections());
        let metrics = desk.map(|desk| desk.serve(composition.sources.clone()));
        info!(%address, store = stored::engine(config), "listening");
        Ok(Self { address, public_url, listening, composition, admin, metrics })
    }

    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where browsers find it.
    #[must_use]
    pub fn public_url(&self) -> &str {
        &self.public_url
    }

    /// Whether nobody had registered when it started.
    #[must_use]
    pub const fn is_new(&self) -> bool {
        self.composition.is_new
    }

    /// Ends the server in order: sockets are told to come back elsewhere, requests that run are answered, what is
    /// acknowledged is stored. Takes half a minute at most.
    pub async fn shutdown(self) {
        info!("shutting down");
        let administration = async {
            if let Some(socket) = self.admin {
                socket.close(GRACE).await;
            }
        };
        tokio::join!(self.composition.stop(), self.listening.shutdown(GRACE), administration);
        if let Some(metrics) = self.metrics {
            metrics.close(GRACE).await;
        }
        match timeout(END, self.composition.end()).await {
            Ok(()) => info!("shut down"),
            Err(_) => warn!("not everything came to its end in time; what was acknowledged is stored"),
        }
    }
}

/// A listener that keeps as many waiting as the system lets it: clients that come back all at once are not put off.
fn listening_on(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server").field("address", &self.address).finish_non_exhaustive()
    }
}
