//! Makes a backup, while the server runs or without one.

use std::{
    fs::{self, DirBuilder, File},
    io::{self, Write as _},
    os::unix::fs::DirBuilderExt as _,
    path::{Path, PathBuf},
};

use parlance_base::{Error, Kind, Result, Time};
use parlance_store::Store;

use super::{
    DATABASE, MANIFEST, SECRET, UNFINISHED,
    manifest::{FORMAT, Manifest, Part, new_file},
};
use crate::{admin::Steps, stored::SCHEMA};

/// What was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Made {
    pub(crate) bytes: u64,
    /// Whether the secret is in it; it is not where the configuration gives it.
    pub(crate) has_secret: bool,
}

/// Makes a backup of the store, and of the secret where it is in a file, in a folder that is not there yet. The folder has its name once
/// it is whole and on the disk.
///
/// # Errors
/// 409 `backup.folder_taken`, `store.not_embedded`; 503 `backup.failed`, with what is wrong.
pub(crate) async fn make(
    store: &Store,
    secret: Option<PathBuf>,
    folder: PathBuf,
    now: Time,
    steps: Steps,
) -> Result<Made> {
    let name = folder.file_name().map(|name| name.to_string_lossy().into_owned());
    let name = name.filter(|_| folder.is_absolute()).ok_or_else(|| taken(&folder))?;
    if fs::symlink_metadata(&folder).is_ok() {
        return Err(taken(&folder));
    }
    let unfinished = folder.with_file_name(format!("{name}.{UNFINISHED}"));
    begin(&unfinished).map_err(|error| failed(&unfinished, error))?;
    let unfinished = Unfinished(unfinished);
    let progress = move |pages: parlance_store::Progress| steps.tell(pages.done, Some(pages.total));
    store.copy_to(unfinished.0.join(DATABASE), progress).await?;
    let finishing = tokio::task::spawn_blocking(move || {
        finish(&unfinished.0, secret.as_deref(), &folder, now).map_err(|error| failed(&folder, error))
    });
    finishing
        .await
        .map_err(|error| Error::internal("backup.failed", "the backup ended early").because(error))?
}

/// Makes the folder, in the place of one that was left by a backup that did not come to its end.
fn begin(unfinished: &Path) -> io::Result<()> {
    if fs::symlink_metadata(unfinished).is_ok() {
        for file in fs::read_dir(unfinished)? {
            let name = file?.file_name();
            if ![DATABASE, SECRET, MANIFEST].iter().any(|ours| name == *ours) {
                let error = format!("{} in it is not of a backup: remove it yourself", name.display());
                return Err(io::Error::new(io::ErrorKind::AlreadyExists, error));
            }
        }
        fs::remove_dir_all(unfinished)?;
    }
    DirBuilder::new().mode(0o700).create(unfinished)
}

fn finish(unfinished: &Path, secret: Option<&Path>, folder: &Path, now: Time) -> io::Result<Made> {
    let mut files = vec![Part::of(unfinished, DATABASE)?];
    if let Some(secret) = secret {
        let mut copy = new_file(&unfinished.join(SECRET))?;
        copy.write_all(&fs::read(secret)?)?;
        copy.sync_all()?;
        files.push(Part::of(unfinished, SECRET)?);
    }
    let made = Made { bytes: files.iter().map(|part| part.bytes).sum(), has_secret: secret.is_some() };
    let (release, made_at) = (env!("CARGO_PKG_VERSION").to_owned(), now.to_rfc3339());
    Manifest { format: FORMAT, release, schema: SCHEMA, made_at, files }.write(unfinished)?;
    File::open(unfinished)?.sync_all()?;
    fs::rename(unfinished, folder)?;
    File::open(folder.parent().unwrap_or(Path::new("/")))?.sync_all()?;
    Ok(made)
}

/// A backup that is not whole yet: it goes unless it gets its name.
struct Unfinished(PathBuf);

impl Drop for Unfinished {
    fn drop(&mut self) {
        // What stays has a name that says what it is.
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn taken(folder: &Path) -> Error {
    let message = format!("{} is there, or is no path of a folder: name one that is not", folder.display());
    Error::new(Kind::Conflict, "backup.folder_taken", message)
}

fn failed(folder: &Path, error: io::Error) -> Error {
    Error::unavailable("backup.failed", format!("{}: {error}", folder.display())).because(error)
}
