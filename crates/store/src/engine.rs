//! The two engines behind one set of verbs. What arrives here was checked: engines translate and do.

use parlance_base::{Error, Kind as ErrorKind, NodeId, Result, Time, WorkspaceId};

#[cfg(feature = "mongodb")]
use crate::mongo::Mongo;
#[cfg(feature = "mongodb")]
pub(crate) use crate::mongo::Tail;
use crate::{
    batch::Verb,
    collection::Collection,
    commit_error::CommitError,
    document::Found,
    query::Fitted,
    snapshot::{Snapshot, Taken},
    sqlite::Sqlite,
};

/// Without the engine that processes can share, nobody has anything to announce.
#[cfg(not(feature = "mongodb"))]
#[derive(Debug)]
pub(crate) enum Tail {}

#[cfg(not(feature = "mongodb"))]
impl Tail {
    pub(crate) fn hearing(&self) -> crate::Hearing {
        match *self {}
    }

    pub(crate) async fn next(&mut self) -> crate::News {
        match *self {}
    }
}

#[derive(Debug)]
pub(crate) enum Engine {
    Sqlite(Sqlite),
    #[cfg(feature = "mongodb")]
    Mongo(Mongo),
    #[cfg(feature = "fault")]
    Faulty(crate::fault::Faulty),
}

/// A collection as one scope sees it: a workspace's part of it, or all of one that belongs to no workspace.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    pub(crate) collection: &'static Collection,
    pub(crate) workspace: Option<WorkspaceId>,
}

/// One change of a batch and where it happens.
#[derive(Clone, Debug)]
pub(crate) struct Write {
    pub(crate) place: Place,
    pub(crate) id: String,
    pub(crate) verb: Verb,
}

impl Engine {
    pub(crate) async fn get_many(&self, place: Place, ids: Vec<String>) -> Result<Vec<Found>> {
        match self {
            Self::Sqlite(sqlite) => sqlite.get_many(place, ids).await,
            #[cfg(feature = "mongodb")]
            Self::Mongo(mongo) => mongo.get_many(place, ids).await,
            #[cfg(feature = "fault")]
            Self::Faulty(faulty) => faulty.get_many(place, ids).await,
        }
    }

    pub(crate) async fn find(&self, place: Place, find: Fitted) -> Result<Vec<Found>> {
        match self {
            Self::Sqlite(sqlite) => sqlite.find(place, find).await,
            #[cfg(feature = "mongodb")]
            Self::Mongo(mongo) => mongo.find(place, find).await,
            #[cfg(feature = "fault")]
            Self::Faulty(faulty) => faulty.find(place, find).await,
        }
    }

    pub(crate) async fn count(&self, place: Place, find: Fitted) -> Result<usize> {
        match self {
            Self::Sqlite(sqlite) => sqlite.count(place, find).await,
            #[cfg(feature = "mongodb")]
            Self::Mongo(mongo) => mongo.count(place, find).await,
            #[cfg(feature = "fault")]
            Self::Faulty(faulty) => faulty.count(place, find).await,
        }
    }

    pub(crate) async fn explain(&self, place: Place, find: Fitted) -> Result<String> {
        match self {
            Self::Sqlite(sqlite) => sqlite.explain(place, find).await,
            #[cfg(feature = "mongodb")]
            Self::Mongo(mongo) => mongo.explain(place, find).await,
            #[cfg(feature = "fault")]
            Self::Faulty(faulty) => Box::pin(faulty.engine.explain(place, find)).await,
        }
    }

    pub(crate) async fn commit(&self, writes: Vec<Write>) -> Result<(), CommitError> {
        match self {
            Self::Sqlite(sqlite) => sqlite.commit(writes).await,
            #[cfg(feature = "mongodb")]
            Self::Mongo(mongo) => mongo.commit(writes).await,
            #[cfg(feature = "fault")]
            Self::Faulty(faulty) => faulty.commit(writes).await,
        }
    }

    /// Tells the other processes, if there may be any.
    pub(crate) async fn announce(&self, from: NodeId, texts: &[String]) -> Result<()> {
        match self {
            Self::Sqlite(_) => {
                // Nobody else has an embedded store.
                let _ = (from, texts);
                Ok(())
            }
            #[cfg(feature = "mongodb")]
            Self::Mongo(mongo) => mongo.announce(from, texts).await,
            #[cfg(feature = "fault")]
            Self::Faulty(faulty) => Box::pin(faulty.engine.announce(from, texts)).await,
        }
    }

    /// What other processes announce, if there may be any.
    pub(crate) fn announcements(&self, node: NodeId) -> Option<Tail> {
        match self {
            Self::Sqlite(_) => {
                let _ = node;
                None
            }
            #[cfg(feature = "mongodb")]
            Self::Mongo(mongo) => Some(mongo.announcements(node)),
            #[cfg(feature = "fault")]
            Self::Faulty(faulty) => faulty.engine.announcements(node),
        }
    }

    pub(crate) async fn snapshot(&self) -> Result<Snapshot> {
        match self {
            Self::Sqlite(sqlite) => Ok(Snapshot(Taken::Sqlite(sqlite.snapshot().await?))),
            #[cfg(feature = "mongodb")]
            Self::Mongo(mongo) => Ok(Snapshot(Taken::Mongo(Box::new(mongo.snapshot().await?)))),
            #[cfg(feature = "fault")]
            Self::Faulty(faulty) => Box::pin(faulty.engine.snapshot()).await,
        }
    }

    /// Nothing, where something can be stored, as far as can be told without storing something of somebody's.
    pub(crate) async fn writable(&self) -> Result<()> {
        match self {
            Self::Sqlite(sqlite) => sqlite.writable().await,
            // Whose primary answers, it takes writes.
            #[cfg(feature = "mongodb")]
            Self::Mongo(_) => Ok(()),
            #[cfg(feature = "fault")]
            Self::Faulty(faulty) => Box::pin(faulty.engine.writable()).await,
        }
    }

    /// The embedded engine; an error where another one runs.
    pub(crate) fn embedded(&self) -> Result<&Sqlite> {
        match self {
            Self::Sqlite(sqlite) => Ok(sqlite),
            #[cfg(feature = "mongodb")]
            Self::Mongo(_) => {
                let message = "only the embedded store can be told to: MongoDB has tools of its own";
                Err(Error::new(ErrorKind::Conflict, "store.not_embedded", message))
            }
            #[cfg(feature = "fault")]
            Self::Faulty(faulty) => faulty.engine.embedded(),
        }
    }

    /// What time it is by the store's own clock, if it has one.
    pub(crate) async fn time(&self) -> Result<Option<Time>> {
        match self {
            Self::Sqlite(_) => Ok(None),
            #[cfg(feature = "mongodb")]
            Self::Mongo(mongo) => mongo.time().await.map(Some),
            #[cfg(feature = "fault")]
            Self::Faulty(faulty) => Box::pin(faulty.engine.time()).await,
        }
    }

    /// Finishes what was begun and lets go of the store.
    pub(crate) async fn close(&self) {
        match self {
            Self::Sqlite(sqlite) => sqlite.close().await,
            #[cfg(feature = "mongodb")]
            Self::Mongo(mongo) => mongo.close().await,
            #[cfg(feature = "fault")]
            Self::Faulty(faulty) => Box::pin(faulty.engine.close()).await,
        }
    }

    /// Whether other processes may write to the store as well.
    pub(crate) fn is_shared(&self) -> bool {
        match self {
            Self::Sqlite(_) => false,
            #[cfg(feature = "mongodb")]
            Self::Mongo(_) => true,
            #[cfg(feature = "fault")]
            Self::Faulty(faulty) => faulty.engine.is_shared(),
        }
    }
}
