//! Where log lines go: to standard error. They are Parlance's own and those of libraries that use `tracing`; what comes by
//! way of the crate `log` is left out, because the WebSocket library writes whole frames there, with tokens and content.

use std::io::{self, IsTerminal as _};

use tracing::subscriber::set_global_default;
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
        LogFormat::Text => set_global_default(lines.finish()),
        LogFormat::Json => set_global_default(lines.json().flatten_event(true).finish()),
    };
    started.map_err(|error| error.to_string())
}
