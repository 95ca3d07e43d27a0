//! The engine for several processes: a MongoDB replica set.
//!
//! One task commits ([`committer`]): it merges what is [`queue`]d into shared [`transaction`]s and, where a merge fails,
//! finds out which batch is to blame ([`group`]). Reads ([`reader`]) see only what a majority has. A document is itself,
//! with its workspace's id beside it and in front of its own in `_id` ([`key`], [`convert`]).

mod abandoned;
mod announce;
mod committer;
mod connect;
mod contested;
mod convert;
mod fault;
mod floor;
mod group;
mod guards;
mod key;
mod layout;
mod migrate;
mod queue;
mod reader;
mod request;
mod retry;
mod rewrite;
mod select;
mod snapshot;
mod statement;
mod text;
mod transaction;
mod unreachable;

use std::{sync::Arc, time::Duration};

use bson::doc;
use mongodb::{Database, options::ConnectionString};
use parlance_base::{Epoch, Error, NodeId, Result, Time};
use tokio::time::timeout;

use self::{
    abandoned::Abandoned, committer::Committer, floor::Floor, reader::Reader, transaction::Transactions,
};
use crate::{
    commit_error::CommitError,
    document::Found,
    engine::{Place, Write},
    measure::Commits,
    query::Fitted,
    schema::{OpenError, Schema},
};

pub(crate) use self::{announce::Tail, snapshot::Snapshot};

/// How to reach MongoDB.
#[derive(Clone, Debug)]
pub struct MongoConfig {
    /// A connection string, `mongodb://host:port,…/?replicaSet=…`.
    pub uri: String,
    /// The database that is Parlance's own.
    pub database: String,
}

impl MongoConfig {
    /// Whether `uri` is a connection string at all.
    #[must_use]
    pub fn has_address(&self) -> bool {
        ConnectionString::parse(&self.uri).is_ok()
    }

    /// Whether a database can have that name.
    #[must_use]
    pub fn has_name(&self) -> bool {
        (1..64).contains(&self.database.len())
            && !self.database.contains(['/', '\\', '.', ' ', '"', '$', '\0'])
    }
}

/// How long an answer that no reader or committer asks for is waited for.
const ANSWER: Duration = Duration::from_secs(5);

/// How long what still reads is waited for when the store is closed.
const FAREWELL: Duration = Duration::from_secs(2);

#[derive(Debug)]
pub(crate) struct Mongo {
    database: Database,
    reader: Reader,
    committer: Committer,
    measured: Commits,
}

impl Mongo {
    /// Whether the configured database has a store.
    pub(crate) async fn is_there(config: &MongoConfig) -> Result<bool, OpenError> {
        let (database, _) = connect::database(config).await?;
        let known = layout::known(&database).await;
        database.client().clone().shutdown().immediate(true).await;
        Ok(known?.is_some())
    }

    /// The store in the configured database, and the epoch it counts in: `new_epoch` where it is new.
    pub(crate) async fn open(
        config: MongoConfig,
        schema: &Schema,
        new_epoch: Epoch,
    ) -> Result<(Self, Epoch), OpenError> {
        let (database, app_name) = connect::database(&config).await?;
        let epoch = migrate::bring_up(&database, schema, new_epoch).await?;
        announce::make(&database).await?;
        let floor = Arc::new(Floor::default());
        let reader = Reader::new(database.clone(), Arc::clone(&floor));
        let abandoned = Abandoned::new(&database, app_name);
        let measured = Commits::new();
        let transactions = Transactions::new(database.clone(), floor, abandoned);
        let committer = Committer::start(transactions, measured.clone());
        Ok((Self { database, reader, committer, measured }, epoch))
    }

    pub(crate) async fn get_many(&self, place: Place, ids: Vec<String>) -> Result<Vec<Found>> {
        self.reader.get_many(place, ids).await
    }

    pub(crate) async fn find(&self, place: Place, find: Fitted) -> Result<Vec<Found>> {
        self.reader.find(place, find).await
    }

    pub(crate) async fn count(&self, place: Place, find: Fitted) -> Result<usize> {
        self.reader.count(place, find).await
    }

    pub(crate) async fn explain(&self, place: Place, find: Fitted) -> Result<String> {
        self.reader.explain(place, find).await
    }

    pub(crate) async fn commit(&self, writes: Vec<Write>) -> Result<(), CommitError> {
        self.measured.timed(self.committer.commit(writes)).await
    }

    pub(crate) async fn snapshot(&self) -> Result<Snapshot> {
        Snapshot::take(&self.database).await
    }

    pub(crate) async fn announce(&self, from: NodeId, texts: &[String]) -> Result<()> {
        announce::announce(&self.database, from, texts).await
    }

    pub(crate) fn announcements(&self, node: NodeId) -> Tail {
        Tail::new(self.database.clone(), node)
    }

    /// What time it is where the writes go.
    pub(crate) async fn time(&self) -> Result<Time> {
        let asking = self.database.run_command(doc! { "hello": 1 }).selection_criteria(connect::primary());
        let unanswered = || Error::unavailable("store.unavailable", "the store does not say what time it is");
        let hello = timeout(ANSWER, asking).await.map_err(|late| unanswered().because(late))?;
        let hello = hello.map_err(|error| unanswered().because(error))?;
        let time = hello.get_datetime("localTime").map_err(|error| unanswered().because(error))?;
        Ok(Time::from_millis(time.timestamp_millis()))
    }

    pub(crate) async fn close(&self) {
        self.committer.close().await;
        let client = self.database.client();
        if timeout(FAREWELL, client.clone().shutdown()).await.is_err() {
            client.clone().shutdown().immediate(true).await;
        }
    }
}
