//! The commands for whoever runs an installation: what is asked for, and how the answer is shown.

mod config;
mod license;
mod log_level;
mod user;

use std::{
    io::{self, Write as _},
    path::PathBuf,
};

use clap::Args;

use crate::{
    admin::{self, Answer, Request},
    config::{Config, Flags},
    logs,
};

pub(crate) use config::ShowConfig;
pub(crate) use license::License;
pub(crate) use log_level::LogLevel;
pub(crate) use user::User;

/// Which installation is meant, as `parlance serve` would find it.
#[derive(Args, Debug)]
struct Installation {
    /// The configuration file; without it the one that PARLANCE_CONFIG names, or parlance.toml, if it is there
    #[arg(long, value_name = "FILE", global = true)]
    config: Option<PathBuf>,
    /// The folder for everything that is kept on this machine [default: parlance-data]
    #[arg(long, value_name = "FOLDER", global = true)]
    data: Option<PathBuf>,
    /// Print the answer as JSON
    #[arg(long, global = true)]
    json: bool,
}

impl Installation {
    /// Has it done there, and prints what came of it: as JSON, or as `show` writes it for people.
    async fn ask(self, request: Request, show: impl FnOnce(&Answer) -> String) -> Result<(), String> {
        let flags = Flags { data: self.data, ..Flags::default() };
        let mut config = Config::load(self.config.as_deref(), &flags).map_err(|error| error.to_string())?;
        // Who runs a command wants its answer; what a server logs meanwhile is nothing to them.
        "warn".clone_into(&mut config.log);
        logs::start(&config)?;
        let answer = admin::ask(&config, &request).await?;
        if self.json {
            return print(&serde_json::to_string_pretty(&answer).map_err(|error| error.to_string())?);
        }
        print(&show(&answer))
    }
}

/// Prints the lines to standard output.
fn print(lines: &str) -> Result<(), String> {
    let mut out = io::stdout().lock();
    let printed = writeln!(out, "{lines}").and_then(|()| out.flush());
    printed.map_err(|error| format!("cannot use standard output: {error}"))
}
