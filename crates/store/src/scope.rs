//! The only way to documents: a workspace's, or the installation's.

use std::sync::Arc;

use parlance_base::{Error, Result, WorkspaceId};
use tracing::Instrument as _;

use crate::{
    batch::Batch,
    collection::{Collection, Home, Stored},
    commit_error::CommitError,
    document::{Document, Found},
    engine::{Engine, Place, Write},
    query::{Find, MAX_LIMIT, misuse},
    trace,
};

/// Sees the documents of one workspace, or those of no workspace; another workspace's are simply not there.
#[derive(Clone, Debug)]
pub struct Scope {
    pub(crate) engine: Arc<Engine>,
    pub(crate) workspace: Option<WorkspaceId>,
}

impl Scope {
    /// The document with this id.
    ///
    /// # Errors
    /// `store.unavailable` while the store is out of reach or busy.
    pub async fn get<T: Stored>(&self, id: impl ToString) -> Result<Option<T>> {
        let found = self.found_with(T::COLLECTION, vec![id.to_string()]).await?;
        found.into_iter().next().map(Found::decode).transpose()
    }

    /// The documents with these ids, as far as they exist, in no promised order; at most 5,000 ids.
    ///
    /// # Errors
    /// `store.unavailable` while the store is out of reach or busy.
    pub async fn get_many<T: Stored>(&self, ids: impl IntoIterator<Item = impl ToString>) -> Result<Vec<T>> {
        let ids = ids.into_iter().map(|id| id.to_string()).collect();
        self.found_with(T::COLLECTION, ids).await?.into_iter().map(Found::decode).collect()
    }

    /// As [`get_many`](Self::get_many), for documents whose type is not known here.
    ///
    /// # Errors
    /// `store.unavailable` while the store is out of reach or busy.
    pub async fn get_documents(
        &self,
        collection: &'static Collection,
        ids: Vec<String>,
    ) -> Result<Vec<Document>> {
        let found = self.found_with(collection, ids).await?;
        found.into_iter().map(|found| found.document(collection)).collect()
    }

    async fn found_with(&self, collection: &'static Collection, mut ids: Vec<String>) -> Result<Vec<Found>> {
        ids.sort_unstable();
        ids.dedup();
        match ids.len() {
            0 => Ok(Vec::new()),
            1..=MAX_LIMIT => self.engine.get_many(self.place(collection)?, ids).await,
            many => Err(misuse(format!("{many} ids of {}", collection.name))),
        }
    }

    /// The documents that the find asks for, in its order.
    ///
    /// # Errors
    /// `store.unavailable` while the store is out of reach or busy; `store.misuse`, a fault of ours, for a find that no
    /// declared index serves.
    pub async fn find<T: Stored>(&self, find: Find) -> Result<Vec<T>> {
        self.found(T::COLLECTION, find).await?.into_iter().map(Found::decode).collect()
    }

    /// As [`find`](Self::find), for documents whose type is not known here.
    ///
    /// # Errors
    /// As [`find`](Self::find).
    pub async fn find_documents(&self, collection: &'static Collection, find: Find) -> Result<Vec<Document>> {
        let found = self.found(collection, find).await?;
        found.into_iter().map(|found| found.document(collection)).collect()
    }

    async fn found(&self, collection: &'static Collection, find: Find) -> Result<Vec<Found>> {
        self.engine.find(self.place(collection)?, find.fit(collection)?).await
    }

    /// How many documents the find asks for, counted up to its limit.
    ///
    /// # Errors
    /// As [`find`](Self::find).
    pub async fn count<T: Stored>(&self, find: Find) -> Result<usize> {
        self.engine.count(self.place(T::COLLECTION)?, find.fit(T::COLLECTION)?).await
    }

    /// How the engine goes about the find, in its own words.
    ///
    /// # Errors
    /// As [`find`](Self::find).
    pub async fn explain<T: Stored>(&self, find: Find) -> Result<String> {
        self.engine.explain(self.place(T::COLLECTION)?, find.fit(T::COLLECTION)?).await
    }

    /// Commits the batch: when this returns `Ok`, all of it is stored as durably as the store was opened for.
    ///
    /// Dropping the future does not stop a commit that was begun.
    ///
    /// # Errors
    /// Why nothing was changed; or [`CommitError::Unknown`], where only a look can tell.
    pub async fn commit(&self, batch: Batch) -> Result<(), CommitError> {
        let ops = batch.checked()?;
        if ops.is_empty() {
            return Ok(());
        }
        let writes = ops
            .into_iter()
            .map(|op| {
                let place = self.place_to_write(op.collection)?;
                Ok(Write { place, id: op.id, verb: op.verb })
            })
            .collect::<Result<Vec<_>, Error>>()
            .map_err(|error| CommitError::Refused(error.message().to_owned()))?;
        let span = trace::commit(writes.len());
        let outcome = self.engine.commit(writes).instrument(span.clone()).await;
        trace::committed(&span, &outcome);
        outcome
    }

    fn place(&self, collection: &'static Collection) -> Result<Place> {
        match (collection.home, self.workspace) {
            (Home::Workspace, Some(_)) | (Home::System | Home::Riding, None) => {
                Ok(Place { collection, workspace: self.workspace })
            }
            _ => Err(misuse(format!("{} is not reached through this scope", collection.name))),
        }
    }

    fn place_to_write(&self, collection: &'static Collection) -> Result<Place> {
        match collection.home {
            Home::Riding => Ok(Place { collection, workspace: None }),
            _ => self.place(collection),
        }
    }
}
