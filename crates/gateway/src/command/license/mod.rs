//! `parlance license`: the vendor's side (a key pair, issuing) and the operator's (inspecting, installing).

mod inspect;
mod install;
mod issue;
mod private;
mod text;

use std::path::PathBuf;

use clap::Subcommand;

use super::{Installation, print};

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
    /// Install a license key: through the server that runs, or into the configured store
    Install(install::Install),
}

impl License {
    /// Carries it out.
    ///
    /// # Errors
    /// Why it was not done, in a sentence.
    pub(crate) async fn run(self) -> Result<(), String> {
        match self {
            Self::Keypair { file } => private::make(&file),
            Self::Issue(issue) => issue.run(),
            Self::Inspect(text) => inspect::inspect(&text.read()?),
            Self::Install(install) => install.run().await,
        }
    }
}
