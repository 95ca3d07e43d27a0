//! `parlance serve`: a server from its start to the signal that ends it.

use std::{
    io::{self, Write as _},
    sync::Arc,
};

use parlance_base::SystemClock;
use tokio::signal::unix::{SignalKind, signal};
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
    let server = Server::start(config, Arc::new(SystemClock), once).await?;
    greet(&server, config).map_err(|error| StartError::System("standard output", error))?;
    told_to_stop().await?;
    tokio::select! {
        () = end(server, traces) => Ok(()),
        told = told_to_stop() => {
            warn!("ended at once, as told: what was acknowledged is stored");
            told
        }
    }
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

/// Waits for SIGINT or SIGTERM.
pub(crate) async fn told_to_stop() -> Result<(), StartError> {
    let listening = |error| StartError::System("signals", error);
    let mut terminate = signal(SignalKind::terminate()).map_err(listening)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(listening)?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(())
}
