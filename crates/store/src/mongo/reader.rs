//! Reads: from the primary, and only what a majority has, so that nothing that was read is ever taken back.

use std::{future::Future, sync::Arc, time::Duration};

use bson::{RawDocumentBuf, doc};
use mongodb::{ClientSession, Collection, Database, SessionCursor, options::Hint};
use parlance_base::{Error, Result};
use tokio::{sync::Semaphore, time::timeout};

use super::{
    floor::Floor,
    select::{self, Select},
    text,
};
use crate::{document::Found, engine::Place, query::Fitted};

/// How many reads run at once; one more is unavailable.
const ROOM: usize = 1_024;

/// How long a read may take.
const READ: Duration = Duration::from_secs(10);

#[derive(Debug)]
pub(super) struct Reader {
    database: Database,
    floor: Arc<Floor>,
    room: Semaphore,
}

impl Reader {
    pub(super) fn new(database: Database, floor: Arc<Floor>) -> Self {
        Self { database, floor, room: Semaphore::new(ROOM) }
    }

    pub(super) async fn get_many(&self, place: Place, ids: Vec<String>) -> Result<Vec<Found>> {
        self.bounded(async {
            let (collection, mut session) = (self.collection(place), self.session().await?);
            let find = collection.find(select::with_ids(place, &ids)).max_time(READ);
            // Where as many are found as there can be, nobody asks for more.
            let find = find.limit(i64::try_from(ids.len()).unwrap_or(i64::MAX));
            let find = find.batch_size(u32::try_from(ids.len()).unwrap_or(u32::MAX));
            self.documents(place, find.session(&mut session).await.map_err(unreadable)?, &mut session).await
        })
        .await
    }

    pub(super) async fn find(&self, place: Place, find: Fitted) -> Result<Vec<Found>> {
        let select = Select::of(place, &find);
        self.bounded(async {
            let (collection, mut session) = (self.collection(place), self.session().await?);
            let (limit, batch) = (select.bound(), u32::try_from(select.limit).unwrap_or(u32::MAX));
            let find = collection.find(select.filter).sort(select.sort).limit(limit).batch_size(batch);
            let find = find.hint(Hint::Name(select.hint.to_owned())).max_time(READ);
            self.documents(place, find.session(&mut session).await.map_err(unreadable)?, &mut session).await
        })
        .await
    }

    pub(super) async fn count(&self, place: Place, find: Fitted) -> Result<usize> {
        let select = Select::of(place, &find);
        self.bounded(async {
            let (collection, mut session) = (self.collection(place), self.session().await?);
            let (limit, hint) =
                (u64::try_from(select.limit).unwrap_or(u64::MAX), Hint::Name(select.hint.to_owned()));
            let count = collection.count_documents(select.filter).limit(limit).hint(hint).max_time(READ);
            let count = count.session(&mut session).await.map_err(unreadable)?;
            self.floor.raise(&session);
            Ok(usize::try_from(count).unwrap_or(usize::MAX))
        })
        .await
    }

    pub(super) async fn explain(&self, place: Place, find: Fitted) -> Result<String> {
        let command =
            doc! { "explain": Select::of(place, &find).command(place), "verbosity": "executionStats" };
        self.bounded(async {
            let explained = self.database.run_command(command).await.map_err(unreadable)?;
            serde_json::to_string(&explained).map_err(unreadable)
        })
        .await
    }

    fn collection(&self, place: Place) -> Collection<RawDocumentBuf> {
        self.database.collection(place.collection.name)
    }

    async fn session(&self) -> Result<ClientSession> {
        let mut session = self.database.client().start_session().await.map_err(unreadable)?;
        self.floor.bind(&mut session);
        Ok(session)
    }

    async fn documents(
        &self,
        place: Place,
        mut found: SessionCursor<RawDocumentBuf>,
        session: &mut ClientSession,
    ) -> Result<Vec<Found>> {
        let mut documents = Vec::new();
        while found.advance(session).await.map_err(unreadable)? {
            documents.push(Found::Text(text::given(place, found.current())?));
        }
        self.floor.raise(session);
        Ok(documents)
    }

    async fn bounded<T>(&self, read: impl Future<Output = Result<T>>) -> Result<T> {
        let _place = self.room.try_acquire().map_err(unreadable)?;
        timeout(READ, read).await.map_err(unreadable)?
    }
}

/// What a read answers when the servers fail it.
pub(super) fn unreadable(error: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::unavailable("store.unavailable", "the store cannot be read now").because(error)
}
