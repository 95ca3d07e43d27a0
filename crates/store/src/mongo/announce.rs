//! Announcements: a capped collection that every process writes to and tails.
//!
//! The tail is a cursor that waits on the server for up to a second at a time, so that a server which no longer answers
//! is noticed. Where to begin is a timestamp that the server gives each document: what comes after the newest one. A
//! cursor that was overtaken by the collection's bound, or lost with its server, is replaced, and that is told.

use std::{fmt, time::Duration};

use backon::{BackoffBuilder, ExponentialBuilder};
use bson::{Bson, Document, Timestamp, doc};
use mongodb::{
    ClientSession, Database,
    error::Error,
    options::{Acknowledgment, WriteConcern},
};
use parlance_base::{NodeId, Result};
use tokio::{
    sync::watch,
    time::{sleep, timeout},
};
use tracing::debug;

use super::{connect, layout};
use crate::{
    announce::{Hearing, News},
    schema::OpenError,
};

const NAME: &str = "_announcements";

/// How many bytes are kept.
const KEPT: u64 = 16 << 20;

/// How many documents come at once.
const BATCH: i32 = 100;

/// How long the server waits for news before it says that there are none …
const AWAIT: Duration = Duration::from_secs(1);

/// … and how long its answer, to this or anything else, is waited for.
const ANSWER: Duration = Duration::from_secs(5);

/// Makes the collection where it is missing. It is never empty, since nobody can wait at the end of nothing.
pub(super) async fn make(database: &Database) -> Result<(), OpenError> {
    layout::make_capped(database, NAME, KEPT).await.map_err(connect::failed)?;
    let held = database.collection::<Document>(NAME);
    if held.find_one(doc! {}).await.map_err(connect::failed)?.is_none() {
        held.insert_one(said("", &[])).await.map_err(connect::failed)?;
    }
    Ok(())
}

/// Adds what the process says. One server's word that it has it is enough.
pub(super) async fn announce(database: &Database, from: NodeId, texts: &[String]) -> Result<()> {
    let quick = WriteConcern::builder().w(Acknowledgment::Nodes(1)).journal(false).build();
    let held = database.collection::<Document>(NAME);
    let insert = held.insert_one(said(&from.to_string(), texts)).write_concern(quick);
    timeout(ANSWER, insert).await.map_err(unsaid)?.map_err(unsaid)?;
    Ok(())
}

/// A server writes the time itself where a document brings an empty one.
fn said(from: &str, texts: &[String]) -> Document {
    doc! { "at": Timestamp { time: 0, increment: 0 }, "from": from, "said": texts }
}

fn unsaid(error: impl std::error::Error + Send + Sync + 'static) -> parlance_base::Error {
    parlance_base::Error::unavailable("store.unavailable", "the store takes no announcement now")
        .because(error)
}

/// The end of the collection, as one process follows it.
pub(crate) struct Tail {
    database: Database,
    node: String,
    /// Absent while it is used: a wait that is dropped leaves none.
    cursor: Option<Cursor>,
    waits: Box<dyn Iterator<Item = Duration> + Send>,
    /// Whether the cursor is there.
    hears: watch::Sender<bool>,
}

struct Cursor {
    session: ClientSession,
    id: i64,
    /// What came with its opening.
    first: Vec<String>,
}

/// Why a cursor is of no use.
#[derive(Debug, thiserror::Error)]
enum Lost {
    #[error("the servers failed it: {0}")]
    Failed(#[from] Error),
    #[error("the server did not answer in time")]
    Silent(#[from] tokio::time::error::Elapsed),
    #[error("its end was reached, or what the server said is no cursor")]
    Ended,
}

impl Tail {
    pub(super) fn new(database: Database, node: NodeId) -> Self {
        let hears = watch::Sender::new(false);
        Self { database, node: node.to_string(), cursor: None, waits: waits(), hears }
    }

    pub(crate) fn hearing(&self) -> Hearing {
        Hearing::told_by(self.hears.subscribe())
    }

    pub(crate) async fn next(&mut self) -> News {
        loop {
            let Some(mut cursor) = self.cursor.take() else {
                self.open().await;
                return News::Lagged;
            };
            match cursor.more(&self.database).await {
                Ok(texts) => {
                    self.cursor = Some(cursor);
                    self.waits = waits();
                    if !texts.is_empty() {
                        return News::Said(texts);
                    }
                }
                Err(lost) => {
                    self.hears.send_replace(false);
                    debug!(reason = %lost, "announcements are no longer heard");
                }
            }
        }
    }

    /// Opens a cursor at the end, however long it takes.
    async fn open(&mut self) {
        loop {
            sleep(self.waits.next().unwrap_or(ANSWER)).await;
            match Cursor::open(&self.database, &self.node).await {
                Ok(cursor) => {
                    self.cursor = Some(cursor);
                    self.hears.send_replace(true);
                    return;
                }
                Err(lost) => debug!(reason = %lost, "announcements cannot be heard"),
            }
        }
    }
}

impl Cursor {
    async fn open(database: &Database, node: &str) -> Result<Self, Lost> {
        let mut session =
            timeout(ANSWER, database.client().start_session().causal_consistency(false)).await??;
        let newest = doc! { "find": NAME, "sort": { "$natural": -1 }, "limit": 1, "projection": { "at": 1 } };
        let (_, newest) = ask(database, &mut session, newest).await?;
        let end = newest.first().and_then(|newest| newest.get_timestamp("at").ok()).ok_or(Lost::Ended)?;
        let tail = doc! {
            "find": NAME,
            "filter": { "at": { "$gt": end }, "from": { "$ne": node } },
            "tailable": true,
            "awaitData": true,
            "batchSize": BATCH,
        };
        let (id, first) = ask(database, &mut session, tail).await?;
        if id == 0 { Err(Lost::Ended) } else { Ok(Self { session, id, first: texts(&first) }) }
    }

    /// What was said next; nothing if nothing was for a while.
    async fn more(&mut self, database: &Database) -> Result<Vec<String>, Lost> {
        if !self.first.is_empty() {
            return Ok(std::mem::take(&mut self.first));
        }
        let wait = i64::try_from(AWAIT.as_millis()).unwrap_or(i64::MAX);
        let more = doc! { "getMore": self.id, "collection": NAME, "batchSize": BATCH, "maxTimeMS": wait };
        let (id, batch) = ask(database, &mut self.session, more).await?;
        // A cursor that ended may still have something to say: it is heard of again as lost.
        if id == 0 { Err(Lost::Ended) } else { Ok(texts(&batch)) }
    }
}

/// Sends a command that is answered by a cursor: its id, and its documents so far.
async fn ask(
    database: &Database,
    session: &mut ClientSession,
    command: Document,
) -> Result<(i64, Vec<Document>), Lost> {
    let command = database.run_command(command).selection_criteria(connect::primary()).session(session);
    let mut reply = timeout(ANSWER, command).await??;
    let Some(Bson::Document(mut cursor)) = reply.remove("cursor") else { return Err(Lost::Ended) };
    let id = cursor.get_i64("id").map_err(|_| Lost::Ended)?;
    let batch = cursor.remove("firstBatch").or_else(|| cursor.remove("nextBatch"));
    let Some(Bson::Array(batch)) = batch else { return Err(Lost::Ended) };
    let documents =
        batch.into_iter().filter_map(|one| if let Bson::Document(one) = one { Some(one) } else { None });
    Ok((id, documents.collect()))
}

fn texts(said: &[Document]) -> Vec<String> {
    let texts = said.iter().filter_map(|document| document.get_array("said").ok()).flatten();
    texts.filter_map(Bson::as_str).map(ToOwned::to_owned).collect()
}

/// The waits before a cursor is opened again, without end: the first is short, since servers change quickly.
fn waits() -> Box<dyn Iterator<Item = Duration> + Send> {
    let waits = ExponentialBuilder::new().with_min_delay(Duration::from_millis(20)).with_max_delay(AWAIT);
    Box::new(waits.without_max_times().with_jitter().build())
}

impl fmt::Debug for Tail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tail").field("node", &self.node).finish_non_exhaustive()
    }
}
