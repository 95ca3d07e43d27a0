//! What ours is held against: the least that could do the same. Each is a process of its own, this program under the
//! hidden command `yardstick`, on the core of the server.

pub(crate) mod mongodb;
pub(crate) mod raw;
pub(crate) mod sqlite;
mod started;

use std::path::PathBuf;

use clap::Subcommand;

pub(crate) use started::{Counted, Started, raw_sockets};

/// How a yardstick is started.
#[derive(Clone, Debug, Subcommand)]
pub(crate) enum Yardstick {
    /// A server without anything: what one says, it writes to all
    Raw {
        #[arg(long)]
        writes: raw::Writes,
        /// The size of a delivery
        #[arg(long)]
        bytes: usize,
        /// Where each message is appended and synced
        #[arg(long)]
        log: PathBuf,
    },
    /// Bare SQLite: 64 threads whose inserts are committed in groups
    Sqlite {
        #[arg(long)]
        folder: PathBuf,
        #[arg(long)]
        milliseconds: u64,
    },
    /// Bare MongoDB: 64 tasks that insert
    Mongodb {
        #[arg(long)]
        uri: String,
        #[arg(long)]
        milliseconds: u64,
    },
}

/// Is the yardstick, in its own process.
pub(crate) async fn run(yardstick: Yardstick) -> Result<(), String> {
    match yardstick {
        Yardstick::Raw { writes, bytes, log } => raw::serve(writes, bytes, &log),
        Yardstick::Sqlite { folder, milliseconds } => sqlite::insert(&folder, milliseconds),
        Yardstick::Mongodb { uri, milliseconds } => mongodb::insert(&uri, milliseconds).await,
    }
}
