//! `parlance license`: the vendor's side (a key pair, issuing) and the operator's (inspecting, installing).

mod inspect;
mod install;
mod issue;
mod private;
mod text;

use std::{
    io::{self, Write as _},
    path::PathBuf,
};

use clap::{Args, Subcommand};

/// What is done with license keys.
#[derive(Debug, Subcommand)]
pub(crate) enum License {
    /// Make a private key to issue license keys with; prints the public one, for the build of the servers
    Keypair {
        /// The file to make, for its owner only
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
    /// Sign a license key and print it
    Issue(issue::Issue),
    /// Say what a license key says, and whether this build would take it
    Inspect(text::KeyText),
    /// Install a license key into the configured store
    Install(install::Install),
}

/// Which store, as `parlance serve` would find it.
#[derive(Args, Debug)]
struct Place {
    /// The configuration file; without it the one that PARLANCE_CONFIG names, or parlance.toml, if it is there
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The folder for everything that is kept on this machine [default: parlance-data]
    #[arg(long, value_name = "FOLDER")]
    data: Option<PathBuf>,
}

/// Carries it out.
///
/// # Errors
/// Why it was not done, in a sentence.
pub(crate) async fn run(command: License) -> Result<(), String> {
    match command {
        License::Keypair { file } => private::make(&file),
        License::Issue(issue) => issue.run(),
        License::Inspect(text) => inspect::inspect(&text.read()?),
        License::Install(install) => install.run().await,
    }
}

/// Prints the lines to standard output.
fn print(lines: &str) -> Result<(), String> {
    let mut out = io::stdout().lock();
    let printed = writeln!(out, "{lines}").and_then(|()| out.flush());
    printed.map_err(|error| format!("cannot use standard output: {error}"))
}
