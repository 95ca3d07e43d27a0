//! A read transaction that stays open: what it sees does not change, and nobody who writes waits for it.

use std::path::PathBuf;

use parlance_base::{Error, Result};
use rusqlite::{Connection, params_from_iter};

use super::{
    connection::{Folder, Hold},
    copy, inspect, table, unreadable,
};
use crate::{
    collection::{Collection, Home},
    snapshot::{Place, Row},
};

#[derive(Debug)]
pub(crate) struct Snapshot {
    /// None where a reader of it was given up, or it was copied.
    connection: Option<Connection>,
    _hold: Hold,
}

impl Snapshot {
    pub(super) async fn take(folder: Folder) -> Result<Self> {
        off_the_async_threads(move || {
            let hold = folder.hold();
            let connection = folder.reading()?;
            // The snapshot is that of the first read.
            connection.execute_batch("BEGIN; SELECT only FROM _installation")?;
            Ok(Self { connection: Some(connection), _hold: hold })
        })
        .await
    }

    pub(crate) async fn walk(
        &mut self,
        collection: &'static Collection,
        after: Option<Place>,
        limit: usize,
    ) -> Result<Vec<Row>> {
        self.with(move |connection| rows(connection, collection, after, limit)).await
    }

    pub(crate) async fn inspect(&mut self, collections: &[&'static Collection]) -> Result<Vec<String>> {
        let collections = collections.to_vec();
        self.with(move |connection| inspect::inspect(connection, &collections)).await
    }

    /// Copies the database as the snapshot sees it. `progress` is told how many pages there are and how many of them are still to
    /// come, and says whether to go on.
    pub(super) async fn copy_to(
        mut self,
        file: PathBuf,
        progress: impl FnMut(copy::Progress) -> bool + Send + 'static,
    ) -> Result<()> {
        let copied = self.with(move |connection| copy::copy(connection, &file, progress)).await?;
        copied.map_err(|error| {
            Error::unavailable("backup.failed", format!("the copy could not be made: {error}")).because(error)
        })
    }

    async fn with<T: Send + 'static>(
        &mut self,
        read: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T> {
        let gone = || Error::unavailable("store.unavailable", "the snapshot is gone");
        let connection = self.connection.take().ok_or_else(gone)?;
        let (connection, read) = off_the_async_threads(move || {
            let read = read(&connection);
            Ok((connection, read))
        })
        .await?;
        self.connection = Some(connection);
        read.map_err(unreadable)
    }
}

async fn off_the_async_threads<T: Send + 'static>(
    work: impl FnOnce() -> rusqlite::Result<T> + Send + 'static,
) -> Result<T> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|error| Error::internal("store.reader_died", "a read did not end").because(error))?
        .map_err(unreadable)
}

fn rows(
    connection: &Connection,
    collection: &Collection,
    after: Option<Place>,
    limit: usize,
) -> rusqlite::Result<Vec<Row>> {
    let (name, index) = (table::name(collection), table::index_name(collection, crate::PRIMARY));
    let led = collection.home == Home::Workspace;
    let (keys, marks) = if led { ("workspace_id, id", "?, ?") } else { ("id", "?") };
    let from = if after.is_some() { format!(" WHERE ({keys}) > ({marks})") } else { String::new() };
    let first = if led { "workspace_id" } else { "NULL" };
    let sql = format!(
        "SELECT {first}, _document FROM {name} INDEXED BY {index}{from} ORDER BY {keys} LIMIT {limit}"
    );
    let place = after.into_iter().flat_map(|after| {
        after.workspace.filter(|_| led).map(|id| id.to_string()).into_iter().chain([after.id])
    });
    let mut statement = connection.prepare_cached(&sql)?;
    let found = statement.query_map(params_from_iter(place), |row| {
        let workspace: Option<String> = row.get(0)?;
        let workspace = workspace.map(|id| id.parse()).transpose();
        let workspace = workspace.map_err(|_| rusqlite::Error::InvalidQuery)?;
        Ok(Row { workspace, document: table::parse(row, 1)? })
    })?;
    found.collect()
}
