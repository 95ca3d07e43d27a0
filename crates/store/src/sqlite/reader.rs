//! Reads: off the async threads, a bounded number at once.
//!
//! What is asked for together is read together: one thread takes what waits and reads it on one snapshot, which was taken
//! after all of it was asked for. So where many ask at once, a read costs little more than its statement.

use std::{
    iter::{from_fn, once},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use parlance_base::{Error, Result};
use rusqlite::Connection;
use tokio::{
    sync::{
        Semaphore,
        mpsc::{self, error::TrySendError},
        oneshot,
    },
    task::{spawn_blocking, yield_now},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{connection::Folder, unreadable};

/// How many reads share a snapshot at most: the last of them waits for the others, and there may be idle threads.
const TOGETHER: usize = 32;

/// A read that answers whoever asked for it; whether the connection can be used again.
type Read = Box<dyn FnOnce(rusqlite::Result<&Connection>) -> bool + Send>;

#[derive(Debug)]
pub(super) struct Readers {
    waiting: mpsc::Sender<Read>,
    closing: CancellationToken,
    desk: TaskTracker,
}

/// Hands the reads that wait to threads that read them.
struct Desk {
    waiting: mpsc::Receiver<Read>,
    /// A permit for each thread that may read.
    free: Arc<Semaphore>,
    threads: u32,
    connections: Arc<Connections>,
}

/// Connections that nobody reads on; one is opened where there is none.
struct Connections {
    folder: Folder,
    idle: Mutex<Vec<Connection>>,
}

impl Readers {
    /// Reads go on until they are closed or dropped.
    pub(super) fn start(folder: Folder, readers: usize, queue: usize) -> Self {
        let (sender, waiting) = mpsc::channel(queue.max(1));
        let threads = u32::try_from(readers.max(1)).unwrap_or(u32::MAX);
        let free = Arc::new(Semaphore::new(readers.max(1)));
        let connections = Arc::new(Connections { folder, idle: Mutex::default() });
        let (closing, desk) = (CancellationToken::new(), TaskTracker::new());
        desk.spawn(Desk { waiting, free, threads, connections }.serve(closing.clone()));
        Self { waiting: sender, closing, desk }
    }

    /// What `read` makes of a snapshot.
    ///
    /// Dropping the future gives up waiting; a read that runs ends by itself.
    pub(super) async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T> {
        let (answer, answered) = oneshot::channel();
        let read = move |snapshot: rusqlite::Result<&Connection>| {
            if answer.is_closed() {
                return snapshot.is_ok();
            }
            let value = snapshot.and_then(read);
            let succeeded = value.is_ok();
            // Whoever asked may have gone meanwhile.
            let _ = answer.send(value.map_err(unreadable));
            succeeded
        };
        self.waiting.try_send(Box::new(read)).map_err(|error| match error {
            TrySendError::Full(_) => refused("too many reads are waiting"),
            TrySendError::Closed(_) => refused("the store is closed"),
        })?;
        answered.await.map_err(|_| refused("the store was closed, or the read did not end"))?
    }

    /// Waits for the reads that run, refuses all others, and closes the connections.
    pub(super) async fn close(&self) {
        self.closing.cancel();
        self.desk.close();
        self.desk.wait().await;
    }
}

impl Desk {
    async fn serve(mut self, closing: CancellationToken) {
        while let Ok(thread) = Arc::clone(&self.free).acquire_owned().await
            && let Some(Some(first)) = closing.run_until_cancelled(self.waiting.recv()).await
        {
            // Whatever can run now runs first, and may ask as well.
            yield_now().await;
            let rest = from_fn(|| self.waiting.try_recv().ok());
            let reads: Vec<Read> = once(first).chain(rest).take(TOGETHER).collect();
            let connections = Arc::clone(&self.connections);
            spawn_blocking(move || {
                connections.read(reads);
                drop(thread);
            });
        }
        // What waits still is dropped, and whoever asked for it told so.
        drop(self.waiting);
        if self.free.acquire_many(self.threads).await.is_ok() {
            self.connections.idle().clear();
        }
    }
}

impl Connections {
    /// A connection on which a read failed is not used again, whatever it has open.
    fn read(&self, reads: Vec<Read>) {
        let mut reads = reads.into_iter();
        while let Some(first) = reads.next() {
            match self.snapshot() {
                Ok(connection) => {
                    let mut rest = once(first).chain(reads.by_ref());
                    if rest.all(|read| read(Ok(&connection))) && execute(&connection, "COMMIT").is_ok() {
                        self.idle().push(connection);
                    }
                }
                Err(error) => {
                    first(Err(error));
                }
            }
        }
    }

    fn snapshot(&self) -> rusqlite::Result<Connection> {
        let idle = self.idle().pop();
        let connection = idle.map_or_else(|| self.folder.reading(), Ok)?;
        execute(&connection, "BEGIN")?;
        Ok(connection)
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Connection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn execute(connection: &Connection, sql: &str) -> rusqlite::Result<()> {
    connection.prepare_cached(sql)?.execute([]).map(drop)
}

fn refused(why: &str) -> Error {
    Error::unavailable("store.unavailable", why)
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::{super::SqliteConfig, *};

    async fn number(readers: &Readers, sql: &'static str) -> Option<i64> {
        readers.read(move |snapshot| snapshot.query_row(sql, [], |row| row.get(0))).await.ok()
    }

    #[tokio::test]
    async fn a_read_that_fails_or_breaks_takes_no_other_with_it() {
        let folder = TempDir::new().unwrap();
        let folder = Folder::claim(&SqliteConfig::new(folder.path())).unwrap();
        folder.writing().unwrap().execute_batch("CREATE TABLE one (n); INSERT INTO one VALUES (1)").unwrap();
        let readers = Readers::start(folder, 1, 100);
        let found = tokio::join!(
            number(&readers, "SELECT n FROM one"),
            number(&readers, "SELECT n FROM two"),
            number(&readers, "SELECT n + 1 FROM one"),
        );
        assert_eq!(found, (Some(1), None, Some(2)));
        let broken = readers.read(|_| -> rusqlite::Result<()> { panic!("on purpose") }).await;
        assert!(broken.is_err());
        assert_eq!(number(&readers, "SELECT n FROM one").await, Some(1));
    }

    #[tokio::test]
    async fn reads_share_a_snapshot_that_has_all_that_was_stored_before_them() {
        let folder = TempDir::new().unwrap();
        let folder = Folder::claim(&SqliteConfig::new(folder.path())).unwrap();
        let writing = folder.writing().unwrap();
        writing.execute_batch("CREATE TABLE one (n); INSERT INTO one VALUES (1)").unwrap();
        let readers = Readers::start(folder, 4, 100);
        let before = readers.read(move |snapshot| {
            let found: i64 = snapshot.query_row("SELECT n FROM one", [], |row| row.get(0))?;
            writing.execute("UPDATE one SET n = 2", [])?;
            Ok(found)
        });
        let (before, beside) = tokio::join!(before, number(&readers, "SELECT n FROM one"));
        assert_eq!((before.unwrap(), beside), (1, Some(1)));
        assert_eq!(number(&readers, "SELECT n FROM one").await, Some(2));
    }
}
