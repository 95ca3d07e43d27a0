//! `parlance serve`: a server from its start to the signal that ends it.

use std::{
    io::{self, Write as _},
    sync::Arc,
};

use parlance_base::SystemClock;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tracing::warn;

use crate::{
    config::Config,
    descriptors,
    error::StartError,
    server::{Once, Server},
    traces::Traces,
};

/// Serves until SIGINT or SIGTERM; a second one ends it at once.
pub(crate) async fn serve(config: &Config, once: Once, traces: Option<Traces>) -> Result<(), StartError> {
    let max_connections = descriptors::room_for(config.max_connections);
    let config = &Config { max_connections, ..config.clone() };
    let mut stop = Stop::listen()?;
    let server = tokio::select! {
        server = Server::start(config, Arc::new(SystemClock), once) => server?,
        () = stop.told() => return Ok(()),
    };
    greet(&server, config).map_err(|error| StartError::System("standard output", error))?;
    stop.told().await;
    tokio::select! {
        () = end(server, traces) => {}
        () = stop.told() => warn!("ended at once, as told: what was acknowledged is stored"),
    }
    Ok(())
}

/// Ends the server, and then sends what it left in its traces.
async fn end(server: Server, traces: Option<Traces>) {
    server.shutdown().await;
    if let Some(traces) = traces {
        traces.end().await;
    }
}

/// Says where the server is, and how to begin with a new one.
fn greet(server: &Server, config: &Config) -> io::Result<()> {
    let (url, mut out) = (server.public_url(), io::stdout().lock());
    writeln!(out, "Parlance {} listens at {}", env!("CARGO_PKG_VERSION"), config.found_at(server.address()))?;
    writeln!(out, "  try it and read about it   {url}/docs")?;
    writeln!(out, "  data and secret            {}", config.data.display())?;
    if server.is_new() {
        writeln!(out, "\nNobody has registered yet. Whoever is first becomes the installation's admin:\n")?;
        writeln!(
            out,
            "  curl {url}/api/auth/register --json '{{\"email\":\"you@example.com\",\"full_name\":\"Your Name\",\"password\":\"at least 12 characters\"}}'"
        )?;
    }
    out.flush()
}

/// SIGINT and SIGTERM, from when this is made: they no longer end the process by themselves.
pub(crate) struct Stop {
    terminate: Signal,
    interrupt: Signal,
}

impl Stop {
    pub(crate) fn listen() -> Result<Self, StartError> {
        let listening = |error| StartError::System("signals", error);
        let terminate = signal(SignalKind::terminate()).map_err(listening)?;
        let interrupt = signal(SignalKind::interrupt()).map_err(listening)?;
        Ok(Self { terminate, interrupt })
    }

    /// Waits for the next of them.
    pub(crate) async fn told(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}
