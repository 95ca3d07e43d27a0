//! Where log lines go: to standard error.

use std::io::{self, IsTerminal as _};

use tracing_subscriber::EnvFilter;

use crate::config::{Config, LogFormat};

/// Starts to log as configured, once a process.
///
/// # Errors
/// Where `log` is no filter, or something logs already.
pub(crate) fn start(config: &Config) -> Result<(), String> {
    let filter = EnvFilter::builder().parse(&config.log).map_err(|error| format!("log: {error}"))?;
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr);
    let lines = lines.with_ansi(io::stderr().is_terminal());
    let started = match config.log_format {
        LogFormat::Text => lines.try_init(),
        LogFormat::Json => lines.json().flatten_event(true).try_init(),
    };
    started.map_err(|error| error.to_string())
}
