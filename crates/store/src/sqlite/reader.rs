//! Reads: off the async threads, a bounded number at once.
//!
//! What is asked for together is read together: one thread takes what waits and reads it on one snapshot, which was taken
//! after all of it was asked for. So where many ask at once, a read costs little more than its statement.

use std::{
    iter::{from_fn, once},
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use parlance_base::{Error, Result};
use rusqlite::Connection;
use tokio::{
    sync::{
        OwnedSemaphorePermit, Semaphore,
        mpsc::{self, error::TrySendError},
        oneshot,
    },
    task::{spawn_blocking, yield_now},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{connection::Folder, unreadable};

/// How many reads share a snapshot, if so many wait: at least these before another thread has some, and at most those, since
/// the last of them waits for the others.
const AT_LEAST: usize = 8;
const AT_MOST: usize = 32;

/// A read that answers whoever asked for it; whether the connection can be used again.
type Read = Box<dyn FnOnce(Result<&Connection>) -> bool + Send>;

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
        let read = move |snapshot: Result<&Connection>| {
            if answer.is_closed() {
                return snapshot.is_ok();
            }
            let value = snapshot.and_then(|snapshot| read(snapshot).map_err(unreadable));
            let succeeded = value.is_ok();
            // Whoever asked may have gone meanwhile.
            let _ = answer.send(value);
            succeeded
        };
        self.waiting.try_send(Box::new(read)).map_err(|error| match error {
            TrySendError::Full(_) => refused("too many reads are waiting"),
            TrySendError::Closed(_) => refused("the store is closed"),
        })?;
        let lost = |_| match self.closing.is_cancelled() {
            true => refused("the store is closed"),
            false => Error::internal("store.reader_died", "a read did not end"),
        };
        answered.await.map_err(lost)?
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
            if self.waiting.len() < AT_MOST {
                yield_now().await;
            }
            let mut next = Some((thread, first));
            while let Some((thread, first)) = next {
                self.hand_over(thread, first);
                next = self.next();
            }
        }
        // What waits still is dropped, and whoever asked for it told so.
        drop(self.waiting);
        if self.free.acquire_many(self.threads).await.is_ok() {
            self.connections.idle().clear();
        }
    }

    /// A thread that is free and a read that waits, if there are both.
    fn next(&mut self) -> Option<(OwnedSemaphorePermit, Read)> {
        let thread = Arc::clone(&self.free).try_acquire_owned().ok()?;
        Some((thread, self.waiting.try_recv().ok()?))
    }

    /// Has the thread do this read, and its part of those that wait.
    fn hand_over(&mut self, thread: OwnedSemaphorePermit, first: Read) {
        let threads = self.free.available_permits() + 1;
        let part = (self.waiting.len() + 1).div_ceil(threads).clamp(AT_LEAST, AT_MOST);
        let rest = from_fn(|| self.waiting.try_recv().ok());
        let reads: Vec<Read> = once(first).chain(rest).take(part).collect();
        let connections = Arc::clone(&self.connections);
        spawn_blocking(move || {
            connections.read(reads);
            drop(thread);
        });
    }
}

impl Connections {
    /// A connection on which a read failed is not used again, whatever it has open. Where there is no snapshot for one of them,
    /// there is none for the others: each try may take its time.
    fn read(&self, reads: Vec<Read>) {
        let mut reads = reads.into_iter();
        while let Some(first) = reads.next() {
            let connection = match self.snapshot() {
                Ok(connection) => connection,
                Err(error) => {
                    first(Err(unreadable(error)));
                    for read in reads {
                        read(Err(refused("the store cannot be read now")));
                    }
                    return;
                }
            };
            // One that breaks takes no other with it.
            let succeeds =
                |read: Read| catch_unwind(AssertUnwindSafe(|| read(Ok(&connection)))).unwrap_or(false);
            let is_good = once(first).chain(reads.by_ref()).all(succeeds);
            if is_good && execute(&connection, "COMMIT").is_ok() {
                self.idle().push(connection);
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
        let (one, none, broken, two) = tokio::join!(
            number(&readers, "SELECT n FROM one"),
            number(&readers, "SELECT n FROM two"),
            readers.read(|_| -> rusqlite::Result<()> { panic!("on purpose") }),
            number(&readers, "SELECT n + 1 FROM one"),
        );
        assert_eq!((one, none, two), (Some(1), None, Some(2)));
        assert_eq!(broken.unwrap_err().code(), "store.reader_died");
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
