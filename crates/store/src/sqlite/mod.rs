//! The embedded engine: one SQLite database in a folder of one process.
//!
//! One thread writes ([`writer`]), a few read ([`reader`]), one moves the write-ahead log into the database
//! ([`checkpoint`]). A document is a row: its JSON text, and a column for each field that an index needs ([`layout`]).

mod ability;
mod adopt;
mod apply;
mod checkpoint;
mod connection;
mod copy;
mod inspect;
mod layout;
mod migrate;
mod reader;
mod select;
mod snapshot;
mod table;
mod writer;

use std::path::PathBuf;

use parlance_base::{Epoch, Error, Result};
use rusqlite::{Connection, ErrorCode, OptionalExtension, Row};
use tracing::error;

use self::{connection::Folder, reader::Readers, select::Select, writer::Writer};
use crate::{
    commit_error::CommitError,
    document::{Document, Found},
    engine::{Place, Write},
    meaning,
    measure::Commits,
    query::{Dir, Fitted},
    schema::{OpenError, Schema},
};

pub use self::copy::Progress;
pub(crate) use self::snapshot::Snapshot;

/// How to keep the embedded store.
#[derive(Clone, Debug)]
pub struct SqliteConfig {
    /// The folder that holds the database; it is made, for its owner only, where it is missing.
    pub folder: PathBuf,
    /// What an acknowledged commit survives.
    pub durability: Durability,
    /// How many reads run at once.
    pub readers: usize,
    /// How many reads, and how many batches, may wait; one more is refused as unavailable.
    pub queue: usize,
    /// The SQLite VFS to use, by name; none for the operating system's.
    pub vfs: Option<&'static str>,
}

impl SqliteConfig {
    /// A store in this folder that survives power cuts, with four readers and room for 1,024 to wait.
    #[must_use]
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into(), durability: Durability::Power, readers: 4, queue: 1_024, vfs: None }
    }
}

/// What an acknowledged commit survives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Durability {
    /// A power cut: every commit is synced to the disk before it is acknowledged.
    #[default]
    Power,
    /// The end of the process only: a power cut can take back the last moments, whole commits at a time.
    Process,
}

#[derive(Debug)]
pub(crate) struct Sqlite {
    folder: Folder,
    writer: Writer,
    readers: Readers,
    measured: Commits,
}

impl Sqlite {
    /// The store in the configured folder, and the epoch it counts in: `new_epoch` where it is new, or where its last
    /// process ended without closing it and may have lost what it acknowledged.
    pub(crate) async fn open(
        config: SqliteConfig,
        schema: &Schema,
        new_epoch: Epoch,
    ) -> Result<(Self, Epoch), OpenError> {
        let schema = schema.clone();
        let opening = tokio::task::spawn_blocking(move || {
            let folder = Folder::claim(&config)?;
            let mut connection = folder.writing().map_err(|error| folder.unopened(error))?;
            let epoch = migrate::bring_up(&mut connection, &folder, &schema, new_epoch)?;
            let readers = Readers::start(folder.clone(), config.readers, config.queue);
            let measured = Commits::new();
            let writer = Writer::start(connection, folder.clone(), config.queue, measured.clone());
            let writer = writer.map_err(OpenError::failed)?;
            Ok((Self { folder, writer, readers, measured }, epoch))
        });
        opening.await.map_err(OpenError::failed)?
    }

    pub(crate) async fn get_many(&self, place: Place, ids: Vec<String>) -> Result<Vec<Found>> {
        self.readers
            .read(move |snapshot| {
                let mut statement = snapshot.prepare_cached(&select::by_id(place))?;
                let mut documents = Vec::with_capacity(ids.len());
                for id in ids {
                    let parameters = place.workspace.map(|id| id.to_string()).into_iter().chain([id]);
                    let parameters = rusqlite::params_from_iter(parameters);
                    documents.extend(statement.query_row(parameters, table::found).optional()?);
                }
                Ok(documents)
            })
            .await
    }

    pub(crate) async fn find(&self, place: Place, find: Fitted) -> Result<Vec<Found>> {
        self.readers
            .read(move |snapshot| {
                let selects = Select::of(place, &find);
                if let [select] = &selects[..] {
                    return rows(snapshot, select, table::found);
                }
                let mut documents = Vec::new();
                for select in &selects {
                    documents.extend(rows(snapshot, select, table::document)?);
                }
                merge(&mut documents, &find);
                Ok(documents.into_iter().map(Found::Document).collect())
            })
            .await
    }

    pub(crate) async fn count(&self, place: Place, find: Fitted) -> Result<usize> {
        self.readers
            .read(move |snapshot| {
                let mut count = 0_usize;
                for select in Select::of(place, &find) {
                    let counted: i64 = snapshot
                        .prepare_cached(&select.count())?
                        .query_row(select.parameters(), |row| row.get(0))?;
                    count = count.saturating_add(usize::try_from(counted).unwrap_or(usize::MAX));
                }
                Ok(count.min(find.limit))
            })
            .await
    }

    pub(crate) async fn explain(&self, place: Place, find: Fitted) -> Result<String> {
        self.readers
            .read(move |snapshot| {
                let mut lines: Vec<String> = Vec::new();
                for select in Select::of(place, &find) {
                    let mut statement =
                        snapshot.prepare(&format!("EXPLAIN QUERY PLAN {}", select.documents()))?;
                    let rows = statement.query_map(select.parameters(), |row| row.get("detail"))?;
                    lines.extend(rows.collect::<Result<Vec<_>, _>>()?);
                }
                Ok(lines.join("\n"))
            })
            .await
    }

    pub(crate) async fn commit(&self, writes: Vec<Write>) -> Result<(), CommitError> {
        self.measured.timed(self.writer.commit(writes)).await
    }

    pub(crate) async fn snapshot(&self) -> Result<Snapshot> {
        Snapshot::take(self.folder.clone()).await
    }

    pub(crate) async fn freeze(&self) -> Result<()> {
        Ok(self.writer.freeze().await?)
    }

    pub(crate) async fn writable(&self) -> Result<()> {
        self.writer.writable().await
    }

    pub(crate) fn thaw(&self) {
        self.writer.thaw();
    }

    pub(crate) async fn copy_to(
        &self,
        file: PathBuf,
        progress: impl FnMut(Progress) -> bool + Send + 'static,
    ) -> Result<()> {
        self.snapshot().await?.copy_to(file, progress).await
    }

    pub(crate) async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
        self.folder.release();
    }
}

/// Has the store in the folder, which nobody has open, count in this epoch.
pub(crate) async fn adopt(config: SqliteConfig, epoch: Epoch) -> Result<(), OpenError> {
    let adopting = tokio::task::spawn_blocking(move || adopt::adopt(&config, epoch));
    adopting.await.map_err(OpenError::failed)?
}

/// What the select finds.
fn rows<T>(
    snapshot: &Connection,
    select: &Select,
    read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
) -> rusqlite::Result<Vec<T>> {
    snapshot.prepare_cached(&select.documents())?.query_map(select.parameters(), read)?.collect()
}

/// Puts the answers to several selects in the order of the find, and cuts them at its limit.
fn merge(documents: &mut Vec<Document>, find: &Fitted) {
    if let Some((field, dir)) = find.sort {
        documents.sort_by_cached_key(|document| meaning::value_of(document, field));
        if dir == Dir::Descending {
            documents.reverse();
        }
    }
    documents.truncate(find.limit);
}

/// What a read answers when SQLite fails it.
fn unreadable(error: rusqlite::Error) -> Error {
    if matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase)) {
        error!(%error, "the store is damaged");
        return Error::unavailable("store.damaged", "the store's database is damaged").because(error);
    }
    Error::unavailable("store.unavailable", "the store cannot be read now").because(error)
}
