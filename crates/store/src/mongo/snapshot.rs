//! Reads of one moment, whatever is committed meanwhile: MongoDB's snapshot sessions.

use bson::{Document as BsonDocument, RawDocument, RawDocumentBuf, doc};
use mongodb::{
    ClientSession, Database,
    options::{CollectionOptions, Hint, ReadConcern},
};
use parlance_base::{Error, Result};

use super::{convert, key, layout, reader::unreadable};
use crate::{
    collection::{Collection, Home, PRIMARY},
    engine,
    snapshot::{Place, Row},
};

#[derive(Debug)]
pub(crate) struct Snapshot {
    database: Database,
    session: ClientSession,
}

impl Snapshot {
    pub(super) async fn take(database: &Database) -> Result<Self> {
        let session = database.client().start_session().snapshot(true).await.map_err(unreadable)?;
        let mut snapshot = Self { database: database.clone(), session };
        // The snapshot is that of the first read.
        snapshot.read(layout::INSTALLATION, BsonDocument::new(), 1).await?;
        Ok(snapshot)
    }

    pub(crate) async fn walk(
        &mut self,
        collection: &'static Collection,
        after: Option<Place>,
        limit: usize,
    ) -> Result<Vec<Row>> {
        let filter = after.map(|Place { workspace, id }| {
            let place = engine::Place { collection, workspace };
            doc! { "_id": { "$gt": key::of(place, &id) } }
        });
        let found = self.read(collection.name, filter.unwrap_or_default(), limit).await?;
        found.iter().map(|stored| row(collection, stored)).collect()
    }

    /// What is wrong with the indexes; of the keys, every read of this engine makes sure.
    pub(crate) async fn inspect(&self, collections: &[&'static Collection]) -> Result<Vec<String>> {
        let mut findings = Vec::new();
        for collection in collections {
            let missing = layout::missing_indexes(&self.database, collection).await;
            let missing = missing.map_err(unreadable)?;
            findings.extend(missing.into_iter().map(|name| format!("{}: no index {name}", collection.name)));
        }
        Ok(findings)
    }

    async fn read(&mut self, name: &str, filter: BsonDocument, limit: usize) -> Result<Vec<RawDocumentBuf>> {
        // The database's own read concern would take precedence over the session's.
        let options = CollectionOptions::builder().read_concern(ReadConcern::snapshot()).build();
        let collection = self.database.collection_with_options::<RawDocumentBuf>(name, options);
        let (bound, batch) =
            (i64::try_from(limit).unwrap_or(i64::MAX), u32::try_from(limit).unwrap_or(u32::MAX));
        let find = collection.find(filter).sort(doc! { "_id": 1 }).limit(bound).batch_size(batch);
        let find = find.hint(Hint::Name(key::index_name(PRIMARY).to_owned()));
        let mut found = find.session(&mut self.session).await.map_err(unreadable)?;
        let mut documents = Vec::new();
        while found.advance(&mut self.session).await.map_err(unreadable)? {
            documents.push(found.current().to_owned());
        }
        Ok(documents)
    }
}

fn row(collection: &'static Collection, stored: &RawDocument) -> Result<Row> {
    let foreign = || {
        let message = format!("a document of {} names no workspace", collection.name);
        Error::internal("store.undecodable", message)
    };
    let workspace = match collection.home {
        Home::Workspace => {
            let id = stored.get_str(key::WORKSPACE).map_err(|_| foreign())?;
            Some(id.parse().map_err(|_| foreign())?)
        }
        Home::System | Home::Riding => None,
    };
    let place = engine::Place { collection, workspace };
    Ok(Row { workspace, document: convert::given(place, stored)? })
}
