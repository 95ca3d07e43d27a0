//! `/metrics`: what the parts count, for Prometheus, on an address of its own. Nothing of it is on the public one, so
//! nobody reads it whom the operator has not let in to that address.
//!
//! Where no address is configured, nothing is counted.

mod page;
mod process;
mod recorder;
mod requests;

use std::{io, time::Duration};

use axum::{Router, routing::get};
use metrics::{Gauge, gauge};
use tokio::{net::TcpListener, time::interval};
use tokio_util::{
    sync::{CancellationToken, DropGuard},
    task::TaskTracker,
};
use tracing::info;

use crate::{
    config::Config,
    error::StartError,
    listen::{Listening, listen},
};
use recorder::{CONNECTIONS, Exporter};

pub(crate) use page::Sources;
pub(crate) use requests::Requests;

/// How many may read at once; one more waits.
const READERS: usize = 16;

/// How often what was counted is put in order, whether or not anybody reads it: until then each value takes room.
const UPKEEP: Duration = Duration::from_secs(5);

/// An address to serve the page on, taken before anything is counted.
pub(crate) struct Desk {
    listener: TcpListener,
    exporter: Exporter,
}

/// The page, served until it is closed.
#[derive(Debug)]
pub(crate) struct Serving {
    listening: Listening,
    _upkeep: DropGuard,
}

impl Desk {
    /// Takes the configured address, and has the process count from now on; nothing where none is configured.
    pub(crate) async fn open(config: &Config) -> Result<Option<Self>, StartError> {
        let Some(address) = config.metrics_listen else { return Ok(None) };
        let refused = |error: io::Error| StartError::ListenForMetrics(address, error);
        let listener = TcpListener::bind(address).await.map_err(refused)?;
        let exporter = Exporter::of_process().ok_or(StartError::Recorder)?;
        Ok(Some(Self { listener, exporter }))
    }

    /// Serves the page, which says these things, too.
    pub(crate) fn serve(self, sources: Sources) -> Serving {
        let Self { listener, exporter } = self;
        let stop = CancellationToken::new();
        let keeping = stop.clone().run_until_cancelled_owned(keep_up(exporter.clone()));
        let tasks = TaskTracker::new();
        tasks.spawn(keeping);
        if let Ok(address) = listener.local_addr() {
            info!(%address, "metrics can be read");
        }
        let router = Router::new().route("/metrics", get(page::page)).with_state((exporter, sources));
        let listening = listen(listener, router, None, READERS, Gauge::noop());
        Serving { listening, _upkeep: stop.drop_guard() }
    }
}

impl Serving {
    pub(crate) async fn close(self, grace: Duration) {
        self.listening.shutdown(grace).await;
    }
}

/// The connections of the public address.
pub(crate) fn connections() -> Gauge {
    gauge!(CONNECTIONS)
}

/// The address that is served, for the messages of a start.
pub(crate) fn is_on(config: &Config) -> bool {
    config.metrics_listen.is_some()
}

async fn keep_up(exporter: Exporter) {
    let mut ticks = interval(UPKEEP);
    loop {
        ticks.tick().await;
        exporter.keep_up();
    }
}
