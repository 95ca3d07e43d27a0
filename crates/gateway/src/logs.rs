//! Where log lines go: to standard error. They are Parlance's own and those of libraries that use `tracing`; what comes by
//! way of the crate `log` is left out, because the WebSocket library writes whole frames there, with tokens and content.

use std::{
    io::{self, IsTerminal as _},
    sync::OnceLock,
};

use tracing::subscriber::set_global_default;
use tracing_subscriber::{
    EnvFilter, Layer as _, Registry,
    filter::{FilterExt as _, LevelFilter, filter_fn},
    fmt,
    layer::SubscriberExt as _,
    reload::{self, Handle},
};

use crate::{
    config::{Config, LogFormat},
    traces::{Traces, is_traced},
};

/// What is logged from now on, by the one log that a process has.
static FILTER: OnceLock<Handle<EnvFilter, Registry>> = OnceLock::new();

/// Starts to log as configured, and to listen to spans for the traces, once a process. Spans are no part of the log.
///
/// # Errors
/// Where `log` is no filter, or something logs already.
pub(crate) fn start(config: &Config, traces: Option<&Traces>) -> Result<(), String> {
    let (filter, handle) = reload::Layer::new(parsed(&config.log)?);
    let lines = fmt::layer().with_writer(io::stderr).with_ansi(io::stderr().is_terminal());
    let lines = match config.log_format {
        LogFormat::Text => lines.boxed(),
        LogFormat::Json => lines.json().flatten_event(true).boxed(),
    };
    // It has no bound of its own, so what is below the log's is passed over as quickly as without it.
    let no_trace = filter_fn(|metadata| !is_traced(metadata)).with_max_level_hint(LevelFilter::TRACE);
    let lines = lines.with_filter(filter.and(no_trace));
    let subscriber = Registry::default().with(lines).with(traces.map(Traces::layer));
    set_global_default(subscriber).map_err(|error| error.to_string())?;
    // There is none yet: two logs cannot both have started.
    let _ = FILTER.set(handle);
    Ok(())
}

/// Has this be logged from now on, until the process ends.
///
/// # Errors
/// Where it is no filter, or the process logs nothing by itself.
pub(crate) fn change(filter: &str) -> Result<(), String> {
    let filter = parsed(filter)?;
    let handle = FILTER.get().ok_or("this process has no log of its own")?;
    handle.reload(filter).map_err(|error| error.to_string())
}

/// The filter that this is.
///
/// # Errors
/// Where it is none.
pub(crate) fn parsed(filter: &str) -> Result<EnvFilter, String> {
    // A word that is no level would be the name of a module, all else be left out, and nobody see why.
    let bare = filter.split(',').map(str::trim).find(|part| {
        !part.contains(['=', ':', '['])
            && !part.starts_with("parlance")
            && part.parse::<LevelFilter>().is_err()
    });
    if let Some(bare) = bare.filter(|bare| !bare.is_empty()) {
        return Err(format!("log: {bare:?} is no level: off, error, warn, info, debug or trace"));
    }
    EnvFilter::builder().parse(filter).map_err(|error| format!("log: {error}"))
}
