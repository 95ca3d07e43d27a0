//! Bare SQLite: the rate at which 64 threads get their inserts committed, where one thread commits what is queued in one
//! durable transaction.

use std::{
    path::Path,
    sync::mpsc::{Receiver, SyncSender, sync_channel},
    thread,
    time::Duration,
};

use rusqlite::Connection;
use tokio::time::Instant;

use super::Counted;
use crate::text;

/// How many threads insert.
const SENDERS: usize = 64;

/// What is stored of a message, as the first measurements of stores had it.
const TABLE: &str = "
    CREATE TABLE messages (
        id INTEGER PRIMARY KEY, workspace_id TEXT NOT NULL, group_id TEXT NOT NULL, seq INTEGER NOT NULL,
        author_id TEXT NOT NULL, body TEXT NOT NULL, created_at INTEGER NOT NULL
    );
    CREATE UNIQUE INDEX messages_by_seq ON messages (group_id, seq);";

const INSERT: &str = "INSERT INTO messages (workspace_id, group_id, seq, author_id, body, created_at)
    VALUES (?, ?, ?, ?, ?, ?)";

const WORKSPACE: &str = "019ae3f0-0000-7000-8000-000000000000";

struct Request {
    sender: usize,
    seq: i64,
    answer: SyncSender<()>,
}

/// Inserts for so long, and says how many a second were committed.
pub(crate) fn insert(folder: &Path, milliseconds: u64) -> Result<(), String> {
    let mut connection = Connection::open(folder.join("bare.db")).map_err(text)?;
    connection.pragma_update(None, "journal_mode", "wal").map_err(text)?;
    connection.pragma_update(None, "synchronous", "full").map_err(text)?;
    connection.execute_batch(TABLE).map_err(text)?;
    let lasting = Duration::from_millis(milliseconds);
    let (requests, queue) = sync_channel(SENDERS);
    let began = Instant::now();
    let count = thread::scope(|scope| {
        for sender in 0..SENDERS {
            let requests = requests.clone();
            scope.spawn(move || {
                let (answer, answered) = sync_channel(1);
                for seq in 1.. {
                    let request = Request { sender, seq, answer: answer.clone() };
                    if began.elapsed() > lasting
                        || requests.send(request).is_err()
                        || answered.recv().is_err()
                    {
                        break;
                    }
                }
            });
        }
        drop(requests);
        commit(&mut connection, &queue)
    });
    #[expect(clippy::cast_precision_loss, reason = "a number of messages")]
    let count = count.map_err(text)? as f64;
    Counted::say(count, began.elapsed())
}

/// Commits whatever is queued together, until nobody asks any more.
fn commit(connection: &mut Connection, queue: &Receiver<Request>) -> rusqlite::Result<usize> {
    let (mut count, body) = (0, "x".repeat(200));
    while let Ok(first) = queue.recv() {
        let group: Vec<_> = std::iter::once(first).chain(queue.try_iter()).collect();
        let transaction = connection.transaction()?;
        for Request { sender, seq, .. } in &group {
            let id = format!("019ae3f0-0000-7000-8000-{sender:012}");
            let mut insert = transaction.prepare_cached(INSERT)?;
            insert.execute((WORKSPACE, &id, seq, &id, &body, 1_795_000_000_000_i64))?;
        }
        transaction.commit()?;
        count += group.len();
        for request in group {
            // Who has gone needs no answer.
            let _ = request.answer.send(());
        }
    }
    Ok(count)
}
