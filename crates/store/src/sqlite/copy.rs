//! A copy of the database in another file, by SQLite's own means.

use std::{fs::File, io, path::Path, thread, time::Duration};

use rusqlite::{
    Connection, ErrorCode, OpenFlags,
    backup::{Backup, StepResult},
};

/// How many pages are copied at a time: 4 MiB.
const STEP: i32 = 1_024;

/// What is left to the others after each step.
const PAUSE: Duration = Duration::from_millis(1);

/// How far a copy is, in pages of 4 KiB.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// How many were copied.
    pub done: u64,
    /// How many there are.
    pub total: u64,
}

/// Copies what the connection sees to `file`, which must not be there, makes sure that the copy is whole, and syncs it. The inner
/// error is of the copy, the outer one of what is copied.
pub(super) fn copy(
    source: &Connection,
    file: &Path,
    mut progress: impl FnMut(Progress) -> bool,
) -> rusqlite::Result<Result<(), io::Error>> {
    let mut target = match make(file) {
        Ok(target) => target,
        Err(error) => return Ok(Err(error)),
    };
    let backup = Backup::new(source, &mut target)?;
    loop {
        let step = match backup.step(STEP) {
            Err(error) if is_of_target(&error) => return Ok(Err(io::Error::other(error))),
            step => step?,
        };
        let (all, rest) = (backup.progress().pagecount, backup.progress().remaining);
        let pages = |count: i32| u64::try_from(count).unwrap_or_default();
        let goes_on = progress(Progress { done: pages(all.saturating_sub(rest)), total: pages(all) });
        match step {
            StepResult::Done => break,
            _ if !goes_on => {
                return Ok(Err(io::Error::new(io::ErrorKind::Interrupted, "the copy was given up")));
            }
            _ => thread::sleep(PAUSE),
        }
    }
    drop(backup);
    // A copy of what is damaged is none, and is found to be so while what it was made of is still there.
    let found: String = target.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    if found != "ok" {
        let damaged = format!("the store is damaged, and no backup was made of it: {found}");
        return Ok(Err(io::Error::new(io::ErrorKind::InvalidData, damaged)));
    }
    drop(target);
    Ok(File::open(file).and_then(|file| file.sync_all()))
}

fn make(file: &Path) -> io::Result<Connection> {
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(file)?;
    open(file).map_err(io::Error::other)
}

/// Whoever finds a copy that was not finished begins anew: nothing is to be rolled back.
fn open(file: &Path) -> rusqlite::Result<Connection> {
    let target = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    target.pragma_update(None, "journal_mode", "off")?;
    target.pragma_update(None, "synchronous", "off")?;
    Ok(target)
}

/// Whether what is read cannot be to blame.
fn is_of_target(error: &rusqlite::Error) -> bool {
    use ErrorCode::{CannotOpen, DiskFull, ReadOnly};
    matches!(error.sqlite_error_code(), Some(DiskFull | CannotOpen | ReadOnly))
}
