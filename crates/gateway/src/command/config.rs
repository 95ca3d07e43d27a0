//! `parlance config`: what is set, and where.

use clap::Args;
use serde_json::Value;

use super::{Installation, print};
use crate::config::{self, Flags, Shown};

/// Show every setting and where it comes from, but for what is secret
#[derive(Args, Debug)]
pub(crate) struct ShowConfig {
    #[command(flatten)]
    installation: Installation,
}

impl ShowConfig {
    /// Prints them: as TOML that a file may hold, or as JSON.
    ///
    /// # Errors
    /// Which setting cannot be used, and why.
    pub(crate) fn run(self) -> Result<(), String> {
        let Installation { config, data, json } = self.installation;
        let flags = Flags { data, ..Flags::default() };
        let shown = config::shown(config.as_deref(), &flags).map_err(|error| error.to_string())?;
        if json {
            return print(&serde_json::to_string_pretty(&shown).map_err(|error| error.to_string())?);
        }
        print(&shown.iter().map(line).collect::<Vec<_>>().join("\n"))
    }
}

/// A line of TOML, whose strings, numbers and lists are as those of JSON.
fn line(setting: &Shown) -> String {
    let Shown { name, value, source } = setting;
    match value {
        Value::Null => format!("# {name} is not set"),
        value => format!("{:<40} # {source}", format!("{name} = {value}")),
    }
}
