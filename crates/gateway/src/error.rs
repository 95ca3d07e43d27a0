//! Why a server does not start.

use std::{io, net::SocketAddr, path::PathBuf};

use parlance_license::JoinError;
use parlance_store::OpenError;

/// Each says what is wrong and what to do.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The address is taken, or not ours.
    #[error("cannot listen on {0}: {1}; choose another address with --listen")]
    Listen(SocketAddr, #[source] io::Error),
    /// The same, of the address for metrics.
    #[error("cannot serve metrics on {0}: {1}; choose another address with metrics_listen")]
    ListenForMetrics(SocketAddr, #[source] io::Error),
    /// Somebody else counts in this process.
    #[error("metrics are recorded by somebody else in this process: leave metrics_listen out")]
    Recorder,
    /// The store.
    #[error(transparent)]
    Store(#[from] OpenError),
    /// A file of our own.
    #[error("cannot use {0}: {1}")]
    File(PathBuf, #[source] io::Error),
    /// Root has no business in it.
    #[error(
        "{0} belongs to the user with the id {1}, who could not open what root leaves in it: start this as that user, as by `sudo -u '#{1}' parlance`"
    )]
    OthersFolder(PathBuf, u32),
    /// A secret that others can read is none.
    #[error("{0} can be read by others: run `chmod 600 {0}`, and think about who may have read it")]
    Readable(PathBuf),
    /// Not 32 bytes in base64.
    #[error("the secret {0} is not 32 bytes in base64: `openssl rand -base64 32` makes one")]
    NoSecret(String),
    /// The store was made with a secret that is not here.
    #[error(
        "the secret of this store is missing: put it back to {0} (on another node: copy it there, or set PARLANCE_SECRET), or start once with --replace-secret, which ends every sign-in"
    )]
    LostSecret(PathBuf),
    /// The store was made with another secret.
    #[error(
        "the secret {0} is not the one that this store was made with: with it, every sign-in would end; put the right one there, or start once with --replace-secret"
    )]
    OtherSecret(String),
    /// No certificate, or no key to it.
    #[error("cannot use {0} for TLS: {1}")]
    Tls(PathBuf, String),
    /// What every process has.
    #[error("cannot use {0}: {1}")]
    System(&'static str, #[source] io::Error),
    /// The license is for one node.
    #[error(
        "another node runs on this store, and the license has no feature cluster (plan enterprise): stop that node first, or install a key that has it with `parlance license install`"
    )]
    SecondNode,
    /// Part of an installation is no installation.
    #[error(
        "an import into this store has begun and not ended: empty the store (remove its folder, or drop the database) and import again"
    )]
    UnfinishedImport,
    /// Part of a backup is no installation.
    #[error(
        "{0} is what is left of a restore that did not come to its end: run `parlance restore` again, or remove it"
    )]
    UnfinishedRestore(PathBuf),
    /// Something else said no.
    #[error("{0}")]
    Refused(#[from] parlance_base::Error),
    /// The system has no randomness to give.
    #[error("the system has no randomness to give")]
    Randomness,
}

impl From<JoinError> for StartError {
    fn from(error: JoinError) -> Self {
        match error {
            JoinError::Second => Self::SecondNode,
            JoinError::Failed(error) => Self::Refused(error),
        }
    }
}
