//! `parlance config`: what is set, and where, and whether a server could start with it.

use std::net::SocketAddr;

use clap::Args;
use serde_json::Value;

use super::{Installation, print};
use crate::{
    config::{Flags, Found, Shown, Wrong},
    tls::Tls,
};

/// Show every setting and where it comes from, but for what is secret, and check them as a start does
#[derive(Args, Debug)]
pub(crate) struct ShowConfig {
    /// Where to listen [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) listen: Option<SocketAddr>,
    #[command(flatten)]
    pub(crate) installation: Installation,
}

impl ShowConfig {
    /// Prints them, as TOML that a file may hold, or as JSON; then checks them.
    ///
    /// # Errors
    /// Which setting cannot be used, why, and where it was found.
    pub(crate) fn run(self) -> Result<(), String> {
        let Installation { config, data, json } = self.installation;
        let found = Found::new(config.as_deref(), &Flags { listen: self.listen, data });
        let found = found.map_err(|error| error.to_string())?;
        let shown = found.shown().map_err(|error| error.to_string())?;
        if json {
            print(&serde_json::to_string_pretty(&shown).map_err(|error| error.to_string())?)?;
        } else {
            let kept = found.keeps_secrets().err().map(|exposed| format!("# beware: {exposed}"));
            print(&shown.iter().map(line).chain(kept).collect::<Vec<_>>().join("\n"))?;
        }
        let config = found.config().map_err(|error| error.to_string())?;
        let unusable = |error| found.unusable(&Wrong::new(&["tls_certificate", "tls_key"], error));
        Tls::open(&config).map(drop).map_err(|error| unusable(error).to_string())
    }
}

/// A line of TOML, whose strings, numbers and lists are as those of JSON.
fn line(setting: &Shown) -> String {
    let Shown { name, value, source } = setting;
    match value {
        Value::Null => format!("# {name} is not set"),
        value => {
            // What stands for a secret is none: a file that said so would not start.
            let sign = if setting.is_hidden() { "# " } else { "" };
            format!("{:<40} # {source}", format!("{sign}{name} = {value}"))
        }
    }
}
