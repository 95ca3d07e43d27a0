//! The folder of an embedded store, claimed by this process, and connections to the database in it.

use std::{
    fs::{self, DirBuilder, File, TryLockError},
    io,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use rusqlite::{Connection, ErrorCode, OpenFlags};
use tracing::warn;

use super::{Durability, SqliteConfig};
use crate::schema::OpenError;

const DATABASE: &str = "parlance.db";
const LOCK: &str = "lock";

/// The folder, held against every other process until it is released or the last clone is dropped.
#[derive(Clone, Debug)]
pub(super) struct Folder {
    path: PathBuf,
    vfs: Option<&'static str>,
    durability: Durability,
    lock: Arc<File>,
    /// Snapshots that are held.
    holds: Arc<AtomicUsize>,
}

/// Keeps the write-ahead log from being emptied, which would wait for the snapshot.
#[derive(Debug)]
pub(super) struct Hold(Arc<AtomicUsize>);

impl Folder {
    /// Makes the folder where it is missing and claims it.
    pub(super) fn claim(config: &SqliteConfig) -> Result<Self, OpenError> {
        let path = config.folder.clone();
        make(&path).map_err(OpenError::failed)?;
        let mut options = File::options();
        options.create(true).truncate(false).write(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let lock = options.open(path.join(LOCK)).map_err(OpenError::failed)?;
        match lock.try_lock() {
            Ok(()) => Ok(Self {
                path,
                vfs: config.vfs,
                durability: config.durability,
                lock: Arc::new(lock),
                holds: Arc::default(),
            }),
            Err(TryLockError::WouldBlock) => Err(OpenError::InUse(path)),
            Err(TryLockError::Error(error)) => Err(OpenError::failed(error)),
        }
    }

    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Lets other processes have the folder; nothing of it may be open any more.
    pub(super) fn release(&self) {
        if let Err(error) = self.lock.unlock() {
            warn!(%error, "the folder stays locked until this process ends");
        }
    }

    /// What it means that the database could not be opened.
    pub(super) fn unopened(&self, error: rusqlite::Error) -> OpenError {
        match error.sqlite_error_code() {
            Some(ErrorCode::NotADatabase) => self.foreign(),
            _ => OpenError::failed(error),
        }
    }

    /// The database in the folder is somebody else's.
    pub(super) fn foreign(&self) -> OpenError {
        OpenError::Foreign(self.path.display().to_string())
    }

    /// Says that a snapshot is held, until it is dropped.
    pub(super) fn hold(&self) -> Hold {
        self.holds.fetch_add(1, Ordering::Relaxed);
        Hold(Arc::clone(&self.holds))
    }

    /// Whether a snapshot is held.
    pub(super) fn is_held(&self) -> bool {
        self.holds.load(Ordering::Relaxed) > 0
    }

    pub(super) const fn durability(&self) -> Durability {
        self.durability
    }

    /// The connection that writes: each commit is as durable as configured, and never stops for a checkpoint.
    pub(super) fn writing(&self) -> rusqlite::Result<Connection> {
        let connection = self.connect(OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE)?;
        connection.pragma_update(None, "wal_autocheckpoint", 0)?;
        connection.pragma_update(None, "cache_size", -16_384)?;
        connection.pragma_update(None, "foreign_keys", false)?;
        Ok(connection)
    }

    /// A connection for snapshots only.
    pub(super) fn reading(&self) -> rusqlite::Result<Connection> {
        let connection = self.connect(OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        connection.pragma_update(None, "query_only", true)?;
        connection.pragma_update(None, "cache_size", -1_024)?;
        Ok(connection)
    }

    fn connect(&self, flags: OpenFlags) -> rusqlite::Result<Connection> {
        let (path, flags) = (self.path.join(DATABASE), flags | OpenFlags::SQLITE_OPEN_NO_MUTEX);
        let connection = match self.vfs {
            Some(vfs) => Connection::open_with_flags_and_vfs(path, flags, vfs)?,
            None => Connection::open_with_flags(path, flags)?,
        };
        connection.busy_timeout(Duration::from_secs(5))?;
        connection.set_prepared_statement_cache_capacity(256);
        connection.pragma_update(None, "journal_mode", "wal")?;
        connection.pragma_update(None, "temp_store", "memory")?;
        let synchronous = if self.durability == Durability::Power { "full" } else { "normal" };
        connection.pragma_update(None, "synchronous", synchronous)?;
        Ok(connection)
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Makes the folder for its owner alone, and makes its name as durable as what will be in it.
fn make(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)?;
    let parent = fs::canonicalize(path)?.parent().map(Path::to_path_buf);
    parent.map_or(Ok(()), |parent| File::open(parent)?.sync_all())
}
