//! Moves the write-ahead log into the database, on a thread of its own, so that no commit waits for it.
//!
//! The thread does not need to win: when a busy writer outruns it, the writer empties the log itself at
//! [`LOG_LIMIT`] pages, most of which have been moved by then.

use std::{
    io,
    sync::mpsc::{Receiver, SyncSender, sync_channel},
    thread::{self, JoinHandle},
};

use rusqlite::{Connection, ErrorCode, wal::CheckpointMode};
use tracing::warn;

use super::connection::Folder;

/// A log of this many pages (4 KiB each) is worth moving.
const LOG_WORTH_MOVING: i32 = 1_000;

/// A log of this many pages is emptied by the writer.
pub(super) const LOG_LIMIT: i32 = 16_384;

#[derive(Debug)]
pub(super) struct Checkpointer {
    wake: SyncSender<()>,
    thread: JoinHandle<()>,
}

impl Checkpointer {
    pub(super) fn start(folder: Folder) -> io::Result<Self> {
        let (wake, woken) = sync_channel(1);
        let thread =
            thread::Builder::new().name("store-checkpoint".to_owned()).spawn(move || run(&folder, &woken))?;
        Ok(Self { wake, thread })
    }

    /// Told the length of the log after a commit, has it moved when that is worth it.
    pub(super) fn log_has(&self, pages: i32) {
        if pages >= LOG_WORTH_MOVING {
            // A full channel means that it will look at the log soon anyway.
            let _ = self.wake.try_send(());
        }
    }

    /// Waits for the checkpoint that runs and ends the thread.
    pub(super) fn stop(self) {
        drop(self.wake);
        if self.thread.join().is_err() {
            warn!("the checkpoint thread had died");
        }
    }
}

/// Empties the log as far as readers allow; what they hold back is moved later.
pub(super) fn empty_log(connection: &Connection) {
    match connection.wal_checkpoint_v2(Some(rusqlite::MAIN_DB), CheckpointMode::TRUNCATE) {
        Err(error) if !is_busy(&error) => warn!(%error, "the write-ahead log could not be emptied"),
        _ => {}
    }
}

fn run(folder: &Folder, woken: &Receiver<()>) {
    let mut connection = None;
    while woken.recv().is_ok() {
        if connection.is_none() {
            connection = folder.writing().inspect_err(|error| warn!(%error, "no checkpoint now")).ok();
        }
        let Some(open) = &connection else { continue };
        match open.wal_checkpoint_v2(Some(rusqlite::MAIN_DB), CheckpointMode::PASSIVE) {
            Err(error) if !is_busy(&error) => {
                warn!(%error, "a checkpoint failed");
                connection = None;
            }
            _ => {}
        }
    }
}

/// Whether the log is being moved or emptied already, by the writer or by the checkpointer: the next commit asks again.
fn is_busy(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy)
}
