//! A store as it was at one moment, all of it: to copy it elsewhere, or to look it over. Nothing that serves people comes here.

use parlance_base::{Result, WorkspaceId};

#[cfg(feature = "mongodb")]
use crate::mongo;
use crate::{
    collection::Collection,
    document::Document,
    query::{MAX_LIMIT, misuse},
    sqlite,
};

/// All documents as they were when it was taken. Those who write wait for nothing; the store keeps what they replace for as
/// long as the snapshot is held, so it is not to be held for longer than it is used. MongoDB keeps that for five minutes, unless it is
/// told otherwise (`minSnapshotHistoryWindowInSeconds`).
#[derive(Debug)]
pub struct Snapshot(pub(crate) Taken);

#[derive(Debug)]
pub(crate) enum Taken {
    Sqlite(sqlite::Snapshot),
    #[cfg(feature = "mongodb")]
    Mongo(Box<mongo::Snapshot>),
}

/// A document and whose it is.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// The workspace that it belongs to; none where it belongs to the installation.
    pub workspace: Option<WorkspaceId>,
    /// The document.
    pub document: Document,
}

/// The place of a document in its collection: workspaces in the order of their ids, and in each the documents in that of theirs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    pub(crate) workspace: Option<WorkspaceId>,
    pub(crate) id: String,
}

impl Snapshot {
    /// The next `limit` (1–5,000) documents of the collection after this place, or from the beginning.
    ///
    /// # Errors
    /// `store.unavailable` where the store is out of reach, or no longer has the snapshot; `store.misuse` for another limit.
    pub async fn walk(
        &mut self,
        collection: &'static Collection,
        after: Option<Place>,
        limit: usize,
    ) -> Result<Vec<Row>> {
        if limit == 0 || limit > MAX_LIMIT {
            return Err(misuse(format!("a limit of {limit} on {}", collection.name)));
        }
        match &mut self.0 {
            Taken::Sqlite(taken) => taken.walk(collection, after, limit).await,
            #[cfg(feature = "mongodb")]
            Taken::Mongo(taken) => taken.walk(collection, after, limit).await,
        }
    }

    /// What is wrong with how these collections lie in the store, one sentence each, at most a few of each kind: indexes that
    /// are missing, columns or keys that are not what the document says, and on the embedded store damaged pages.
    ///
    /// # Errors
    /// As [`walk`](Self::walk).
    pub async fn inspect(&mut self, collections: &[&'static Collection]) -> Result<Vec<String>> {
        match &mut self.0 {
            Taken::Sqlite(taken) => taken.inspect(collections).await,
            #[cfg(feature = "mongodb")]
            Taken::Mongo(taken) => taken.inspect(collections).await,
        }
    }
}

impl Row {
    /// Where it is.
    #[must_use]
    pub fn place(&self) -> Place {
        let id = self.document.get("id").and_then(serde_json::Value::as_str).unwrap_or_default();
        Place { workspace: self.workspace, id: id.to_owned() }
    }
}

impl Place {
    /// After every document of the workspace.
    #[must_use]
    pub fn behind(workspace: WorkspaceId) -> Self {
        Self { workspace: Some(workspace), id: char::MAX.to_string() }
    }
}
