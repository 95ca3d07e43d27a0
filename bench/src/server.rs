//! The server that is measured, and where it is.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Duration,
};

use parlance_gateway::rehearsal::{Child, Settings};
use tempfile::TempDir;

use crate::{
    mongod::Mongod,
    pin, text,
    watch::{Watch, settled},
};

/// How long what was begun when people and groups were made may go on.
const SETTLE: Duration = Duration::from_secs(300);

/// What keeps what a server stores.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Store {
    /// The embedded one
    #[default]
    Sqlite,
    /// A mongod of its own, on the core of the server
    Mongodb,
}

/// A server of its own, on a store of its own that goes with it.
pub(crate) struct Measured {
    pub(crate) url: String,
    child: Child,
    mongod: Option<Mongod>,
    folder: TempDir,
}

/// A server that does not run, with its store.
pub(crate) struct Resting {
    pub(crate) settings: Settings,
    mongod: Option<Mongod>,
    folder: TempDir,
}

/// What a command runs on.
#[derive(Clone, Debug)]
pub(crate) struct Ground {
    pub(crate) program: PathBuf,
    pub(crate) mongod: Option<PathBuf>,
    pub(crate) store: Store,
    /// Whether everything is to be over soon.
    pub(crate) quick: bool,
    /// What kept the run from having two cores of its own when it began.
    pub(crate) noise: Option<String>,
}

impl Measured {
    /// A server that runs wherever the system lets it.
    pub(crate) async fn anywhere(program: &Path) -> Result<Self, String> {
        let folder = TempDir::with_prefix("parlance-bench-").map_err(text)?;
        let settings = Settings::new(program, folder.path()).map_err(text)?;
        Self::running(Resting { settings, mongod: None, folder }).await
    }

    /// A server on its own core, and its database there too.
    pub(crate) async fn pinned(ground: &Ground) -> Result<Self, String> {
        let folder = TempDir::with_prefix("parlance-bench-").map_err(text)?;
        let mut settings = Settings::new(&ground.program, folder.path()).map_err(text)?;
        settings.variables.push(("PARLANCE_TYPING_PER_SECOND", "0".to_owned()));
        settings.variables.push(("PARLANCE_LOG", "warn".to_owned()));
        let mongod = match ground.store {
            Store::Sqlite => None,
            Store::Mongodb => Some(Mongod::start(ground.mongod.as_deref()).await?),
        };
        settings.variables.extend(mongod.iter().map(|mongod| ("PARLANCE_MONGODB", mongod.uri())));
        Resting { settings, mongod, folder }.wake().await
    }

    async fn running(resting: Resting) -> Result<Self, String> {
        let Resting { settings, mongod, folder } = resting;
        let url = settings.url();
        Ok(Self { url, child: Child::start(settings).await?, mongod, folder })
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.child.settings().listen
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    pub(crate) const fn mongod(&self) -> Option<&Mongod> {
        self.mongod.as_ref()
    }

    /// A phase in which this server, and its database, have the server's core.
    pub(crate) fn watch(&self) -> Result<Watch, String> {
        let database: Vec<_> = self.mongod.iter().map(Mongod::id).collect();
        Watch::start(&[self.id()], &database)
    }

    /// Waits until it has done all that follows from what it was asked.
    pub(crate) async fn settled(&self) -> Result<(), String> {
        settled(self.id(), SETTLE).await
    }

    pub(crate) async fn stop(self) -> Result<(), String> {
        self.rest().await.map(drop)
    }

    /// Ends the server as SIGTERM does, and keeps its store.
    pub(crate) async fn rest(self) -> Result<Resting, String> {
        Ok(Resting { settings: self.child.stop().await?, mongod: self.mongod, folder: self.folder })
    }
}

impl Resting {
    /// Starts the server again, on its own core.
    pub(crate) async fn wake(self) -> Result<Measured, String> {
        // The child runs where the thread may run that starts it.
        pin::to(pin::SERVER)?;
        let started = Measured::running(self).await;
        pin::to(pin::LOAD)?;
        started
    }
}

/// The program to measure: the one named, else the one beside this.
pub(crate) fn program(named: Option<PathBuf>) -> Result<PathBuf, String> {
    let beside = || Some(std::env::current_exe().ok()?.with_file_name("parlance"));
    let program = named.or_else(beside).filter(|program| program.is_file());
    program
        .ok_or_else(|| "there is no program `parlance` here: build it, or name it with --server".to_owned())
}
