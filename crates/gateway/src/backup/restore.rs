//! Makes a data folder of a backup.

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};

use parlance_base::Ids;
use parlance_store::{SqliteConfig, Store};

use super::{
    DATABASE, SECRET, UNFINISHED,
    manifest::{FORMAT, Manifest, Part},
};
use crate::{
    admin::Steps,
    config::Config,
    error::StartError,
    secret,
    stored::{FOLDER, SCHEMA},
};

/// What was restored.
#[derive(Clone, Debug)]
pub(crate) struct Restored {
    /// When the backup was made.
    pub(crate) made_at: String,
    /// Whether the secret came with it.
    pub(crate) has_secret: bool,
}

/// Nothing, where no restore to the data folder has begun and not ended.
///
/// # Errors
/// [`StartError::UnfinishedRestore`].
pub(crate) fn is_finished(config: &Config) -> Result<(), StartError> {
    let unfinished = unfinished(&config.data);
    if config.mongodb.is_none() && fs::symlink_metadata(&unfinished).is_ok() {
        return Err(StartError::UnfinishedRestore(unfinished));
    }
    Ok(())
}

fn unfinished(data: &Path) -> PathBuf {
    data.join(format!("{FOLDER}.{UNFINISHED}"))
}

/// Puts what is in the backup into the data folder, which has no store yet, and tells how many bytes are there. Its readers will begin anew.
///
/// # Errors
/// Why not, for people; the data folder is as it was then, or has a part that says that it is unfinished.
pub(crate) async fn restore(backup: &Path, data: &Path, ids: &Ids, steps: Steps) -> Result<Restored, String> {
    let manifest = Manifest::read(backup).map_err(|error| {
        format!("{} is no backup of parlance, or not a whole one: {error}", backup.display())
    })?;
    accept(&manifest)?;
    secret::make_folder(data).map_err(|error| error.to_string())?;
    let (store, unfinished) = (data.join(FOLDER), unfinished(data));
    for (path, what) in [(&store, "has a store already"), (&data.join(SECRET), "has a secret already")] {
        if fs::symlink_metadata(path).is_ok() {
            return Err(format!("{} {what}: restore to another folder", data.display()));
        }
    }
    let failed = |error: io::Error| format!("cannot restore to {}: {error}", data.display());
    if fs::symlink_metadata(&unfinished).is_ok() {
        fs::remove_dir_all(&unfinished).map_err(failed)?;
    }
    secret::make_folder(&unfinished).map_err(|error| error.to_string())?;
    let parts = manifest.files;
    let (from, to) = (backup.to_owned(), unfinished.clone());
    let copying = tokio::task::spawn_blocking(move || copy(&parts, &from, &to, &steps));
    let copied = copying.await.map_err(|error| error.to_string())?;
    if copied.is_err() {
        // What stays has a name that says what it is, and nothing starts on it.
        let _ = fs::remove_dir_all(&unfinished);
    }
    let has_secret = copied?;
    let place = SqliteConfig::new(&unfinished);
    Store::adopt(place, ids).await.map_err(|error| error.to_string())?;
    settle(&unfinished, data, &store, has_secret).map_err(failed)?;
    Ok(Restored { made_at: manifest.made_at, has_secret })
}

fn accept(manifest: &Manifest) -> Result<(), String> {
    let names: Vec<_> = manifest.files.iter().map(|part| part.name.as_str()).collect();
    if manifest.format != FORMAT || !matches!(names[..], [DATABASE] | [DATABASE, SECRET]) {
        return Err(format!("the backup was made by release {}, which is newer than this", manifest.release));
    }
    if manifest.schema > SCHEMA {
        let (release, schema) = (&manifest.release, manifest.schema);
        return Err(format!(
            "the backup was made by release {release} and has schema {schema}: this one knows schemas up to {SCHEMA}"
        ));
    }
    Ok(())
}

/// Whether there is a secret among the files.
fn copy(parts: &[Part], from: &Path, to: &Path, steps: &Steps) -> Result<bool, String> {
    let all = parts.iter().map(|part| part.bytes).sum();
    let mut done = 0_u64;
    for part in parts {
        let file = from.join(&part.name);
        let copied = |bytes| {
            done = done.saturating_add(u64::try_from(bytes).unwrap_or(u64::MAX));
            // Whether or not anybody watches, it is to be done.
            let _ = steps.tell(done, Some(all));
        };
        match part.copy(from, &to.join(&part.name), copied) {
            Ok(true) => {}
            Ok(false) => return Err(format!("{} is not as it was backed up: damaged", file.display())),
            Err(error) => return Err(format!("cannot copy {}: {error}", file.display())),
        }
    }
    Ok(parts.iter().any(|part| part.name == SECRET))
}

/// Gives everything its name, the store last.
fn settle(unfinished: &Path, data: &Path, store: &Path, has_secret: bool) -> io::Result<()> {
    if has_secret {
        fs::rename(unfinished.join(SECRET), data.join(SECRET))?;
    }
    File::open(unfinished)?.sync_all()?;
    fs::rename(unfinished, store)?;
    File::open(data)?.sync_all()
}
