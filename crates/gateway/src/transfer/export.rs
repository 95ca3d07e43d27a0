//! Writes all documents of a store as they are at one moment.

use std::{
    io,
    path::{Path, PathBuf},
};

use parlance_base::{Error, Kind, Result, Time};
use parlance_store::{Snapshot, Store};
use tokio::{
    fs::{self, File, OpenOptions},
    io::{AsyncWriteExt as _, BufWriter},
};

use super::{
    IMPORTS,
    line::{FORMAT, Header, Kept, Line},
};
use crate::{admin::Steps, stored::SCHEMA};

/// How many documents are read at once: a document has a mebibyte at most.
const PAGE: usize = 256;

/// How much is written at once.
const BUFFER: usize = 1 << 20;

/// What was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Exported {
    pub(crate) documents: u64,
}

/// Writes them to a file that is not there yet, which has its name once it is whole and on the disk.
///
/// # Errors
/// 409 `export.file_taken`; 503 `export.failed`, with what is wrong, and `store.unavailable`.
pub(crate) async fn export(store: &Store, file: &Path, now: Time, steps: &Steps) -> Result<Exported> {
    let taken = || {
        let message = format!("{} is there, or is no path of a file: name one that is not", file.display());
        Error::new(Kind::Conflict, "export.file_taken", message)
    };
    let name = file.file_name().filter(|_| file.is_absolute()).ok_or_else(taken)?;
    if fs::symlink_metadata(file).await.is_ok() {
        return Err(taken());
    }
    let unfinished = file.with_file_name(format!("{}.unfinished", name.to_string_lossy()));
    let mut snapshot = store.snapshot().await?;
    let mut out = Out::create(unfinished.clone()).await?;
    let written = write(&mut out, store, &mut snapshot, now, steps).await;
    let written = match written {
        Ok(documents) => out.finish(file).await.map(|()| Exported { documents }),
        Err(error) => Err(error),
    };
    if written.is_err() {
        // What stays has a name that says what it is.
        let _ = fs::remove_file(&unfinished).await;
    }
    written
}

async fn write(
    out: &mut Out,
    store: &Store,
    snapshot: &mut Snapshot,
    now: Time,
    steps: &Steps,
) -> Result<u64> {
    let (release, made_at) = (env!("CARGO_PKG_VERSION").to_owned(), now.to_rfc3339());
    out.line(&Line::Export(Header { format: FORMAT, release, schema: SCHEMA, made_at })).await?;
    let mut documents = 0;
    for collection in store.collections().iter().copied().filter(|collection| collection.name != IMPORTS.name)
    {
        let mut after = None;
        loop {
            let rows = snapshot.walk(collection, after, PAGE).await?;
            let Some(last) = rows.last() else { break };
            after = Some(last.place());
            for row in rows {
                let of = collection.name.to_owned();
                out.line(&Line::Document(Kept { of, workspace: row.workspace, is: row.document })).await?;
                documents += 1;
            }
            if !steps.tell(documents, None) {
                return Err(Error::unavailable("export.failed", "the export was given up"));
            }
        }
    }
    out.line(&Line::End { documents }).await?;
    Ok(documents)
}

/// The file while it is written.
struct Out {
    path: PathBuf,
    file: BufWriter<File>,
}

impl Out {
    async fn create(path: PathBuf) -> Result<Self> {
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true).mode(0o600);
        let file = options.open(&path).await.map_err(|error| failed(&path, error))?;
        Ok(Self { path, file: BufWriter::with_capacity(BUFFER, file) })
    }

    async fn line(&mut self, line: &Line) -> Result<()> {
        let mut text = serde_json::to_vec(line).map_err(|error| {
            Error::internal("export.failed", "a document cannot be written").because(error)
        })?;
        text.push(b'\n');
        self.file.write_all(&text).await.map_err(|error| failed(&self.path, error))
    }

    async fn finish(mut self, name: &Path) -> Result<()> {
        let finished = async {
            self.file.flush().await?;
            self.file.get_ref().sync_all().await?;
            fs::rename(&self.path, name).await?;
            File::open(name.parent().unwrap_or(Path::new("/"))).await?.sync_all().await
        };
        finished.await.map_err(|error| failed(name, error))
    }
}

fn failed(file: &Path, error: io::Error) -> Error {
    Error::unavailable("export.failed", format!("{}: {error}", file.display())).because(error)
}
