//! Reads: a bounded number at once, each on a snapshot of its own, off the async threads.

use std::sync::{Arc, Mutex, PoisonError};

use parlance_base::{Error, Result};
use rusqlite::Connection;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::{connection::Folder, unreadable};

#[derive(Debug)]
pub(super) struct Readers {
    /// A permit for each read that runs or waits.
    admitted: Arc<Semaphore>,
    /// A permit for each read that runs.
    running: Arc<Semaphore>,
    idle: Arc<Idle>,
    count: u32,
}

/// Connections that nobody reads on; one is opened when a read finds none.
#[derive(Debug)]
struct Idle {
    folder: Folder,
    connections: Mutex<Vec<Connection>>,
}

impl Readers {
    pub(super) fn new(folder: Folder, readers: usize, queue: usize) -> Self {
        Self {
            admitted: Arc::new(Semaphore::new(readers.saturating_add(queue))),
            running: Arc::new(Semaphore::new(readers)),
            idle: Arc::new(Idle { folder, connections: Mutex::new(Vec::new()) }),
            count: u32::try_from(readers).unwrap_or(u32::MAX),
        }
    }

    /// What `read` makes of a snapshot.
    ///
    /// Dropping the future gives up waiting; a read that runs ends by itself and lets go of its permits then.
    pub(super) async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T> {
        let admitted = Arc::clone(&self.admitted).try_acquire_owned().map_err(|_| busy())?;
        let running = Arc::clone(&self.running).acquire_owned().await.map_err(|_| busy())?;
        let idle = Arc::clone(&self.idle);
        let reading = tokio::task::spawn_blocking(move || idle.read((admitted, running), read));
        reading
            .await
            .map_err(|error| Error::internal("store.reader_died", "a read did not end").because(error))?
    }

    /// Waits for the reads that run, refuses all others, and closes the connections.
    pub(super) async fn close(&self) {
        self.admitted.close();
        let all = self.running.acquire_many(self.count).await;
        self.running.close();
        drop(all);
        self.idle.connections.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

impl Idle {
    fn read<T>(
        &self,
        permits: (OwnedSemaphorePermit, OwnedSemaphorePermit),
        read: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T> {
        let idle = self.connections.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let connection = match idle {
            Some(connection) => connection,
            None => self.folder.reading().map_err(unreadable)?,
        };
        let value = on_snapshot(&connection, read).map_err(unreadable)?;
        self.connections.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
        drop(permits);
        Ok(value)
    }
}

/// A connection that fails is not used again, whatever it has open.
fn on_snapshot<T>(
    connection: &Connection,
    read: impl FnOnce(&Connection) -> rusqlite::Result<T>,
) -> rusqlite::Result<T> {
    connection.prepare_cached("BEGIN")?.execute([])?;
    let value = read(connection)?;
    connection.prepare_cached("COMMIT")?.execute([])?;
    Ok(value)
}

fn busy() -> Error {
    Error::unavailable("store.unavailable", "too many reads are waiting")
}
