//! The server that is measured, and where it is.

use std::path::{Path, PathBuf};

use parlance_gateway::rehearsal::{Child, Settings};
use tempfile::TempDir;

/// A server of its own, on a store of its own that goes with it.
pub(crate) struct Measured {
    pub(crate) url: String,
    child: Child,
    _folder: TempDir,
}

impl Measured {
    pub(crate) async fn start(program: &Path) -> Result<Self, String> {
        let folder = TempDir::with_prefix("parlance-bench-").map_err(|error| error.to_string())?;
        let settings = Settings::new(program, folder.path()).map_err(|error| error.to_string())?;
        let url = settings.url();
        Ok(Self { url, child: Child::start(settings).await?, _folder: folder })
    }

    pub(crate) async fn stop(self) -> Result<(), String> {
        self.child.stop().await.map(drop)
    }
}

/// The program to measure: the one named, else the one beside this.
pub(crate) fn program(named: Option<PathBuf>) -> Result<PathBuf, String> {
    let beside = || Some(std::env::current_exe().ok()?.with_file_name("parlance"));
    let program = named.or_else(beside).filter(|program| program.is_file());
    program
        .ok_or_else(|| "there is no program `parlance` here: build it, or name it with --server".to_owned())
}
