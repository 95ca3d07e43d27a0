//! The commands for whoever runs an installation: what is asked for, and how the answer is shown.

mod backup;
mod check;
mod config;
mod jobs;
mod license;
mod log_level;
mod page;
mod progress;
mod transfer;
mod user;
mod workspace;

use std::{
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use clap::Args;

use crate::{
    admin::{self, Answer, Request, Step},
    config::{Config, Flags},
    logs, stored,
};

pub(crate) use backup::{Backup, Restore};
pub(crate) use check::Check;
pub(crate) use config::ShowConfig;
pub(crate) use jobs::Jobs;
pub(crate) use license::License;
pub(crate) use log_level::LogLevel;
pub(crate) use transfer::{Export, Import};
pub(crate) use user::User;
pub(crate) use workspace::Workspace;

/// Which installation is meant, as `parlance serve` would find it.
#[derive(Args, Debug)]
pub(crate) struct Installation {
    /// The configuration file; without it the one that PARLANCE_CONFIG names, or parlance.toml, if it is there
    #[arg(long, value_name = "FILE", global = true)]
    pub(crate) config: Option<PathBuf>,
    /// The folder for everything that is kept on this machine [default: parlance-data]
    #[arg(long, value_name = "FOLDER", global = true)]
    pub(crate) data: Option<PathBuf>,
    /// Print the answer as JSON
    #[arg(long, global = true)]
    json: bool,
}

impl Installation {
    /// Has it done there, and prints what came of it: as JSON, or as `show` writes it for people.
    async fn ask(self, request: Request, show: impl FnOnce(&Answer) -> String) -> Result<(), String> {
        let config = self.config()?;
        self.ask_with(&config, request, show).await
    }

    async fn ask_with(
        self,
        config: &Config,
        request: Request,
        show: impl FnOnce(&Answer) -> String,
    ) -> Result<(), String> {
        let answer = admin::ask(config, &request, |Step { done, of }| match of {
            Some(of) => progress::show(&format!("{done} of {of}")),
            None if done > 0 => progress::show(&done.to_string()),
            None => {}
        })
        .await;
        progress::clear();
        let answer = answer?;
        if self.json {
            return print(&serde_json::to_string_pretty(&answer).map_err(|error| error.to_string())?);
        }
        print(&show(&answer))
    }

    /// The same, where there is something to keep.
    async fn ask_of_store(
        self,
        request: Request,
        show: impl FnOnce(&Answer) -> String,
    ) -> Result<(), String> {
        let config = self.config()?;
        stored::found(&config).await?;
        self.ask_with(&config, request, show).await
    }

    /// How it is configured. What goes wrong from now on is logged.
    fn config(&self) -> Result<Config, String> {
        let flags = Flags { data: self.data.clone(), ..Flags::default() };
        let mut config = Config::load(self.config.as_deref(), &flags).map_err(|error| error.to_string())?;
        // Who runs a command wants its answer; what a server logs meanwhile is nothing to them.
        "warn".clone_into(&mut config.log);
        logs::start(&config, None)?;
        Ok(config)
    }
}

/// The path as the server, which is somewhere else, finds it.
fn absolute(path: &Path) -> Result<PathBuf, String> {
    std::path::absolute(path).map_err(|error| format!("{}: {error}", path.display()))
}

/// Prints the lines to standard output.
fn print(lines: &str) -> Result<(), String> {
    let mut out = io::stdout().lock();
    let printed = writeln!(out, "{lines}").and_then(|()| out.flush());
    printed.map_err(|error| format!("cannot use standard output: {error}"))
}
