//! The database's collections, their indexes, and the document about the installation.
//!
//! Several processes may open a store at the same moment: every step can be taken by two of them at once, and again after
//! a crash.

use bson::{Document, doc};
use futures::TryStreamExt;
use mongodb::{
    Collection as Held, Database, IndexModel,
    error::{Error, ErrorKind},
    options::{IndexOptions, ReturnDocument},
};
use parlance_base::Epoch;

use super::{
    connect::{durable, failed},
    key,
};
use crate::{
    collection::{Collection, Index},
    installation::Installation,
    schema::{OpenError, Schema},
};

/// Made first of all: a database that has collections, but not this one, is somebody else's.
pub(super) const INSTALLATION: &str = "_installation";
const ONLY: &str = "installation";

const EXISTS: i32 = 48;
const INDEX_NOT_FOUND: i32 = 27;

/// What the database says of itself; nothing where it is new, or was not yet wholly made.
pub(super) async fn known(database: &Database) -> Result<Option<Installation>, OpenError> {
    let names = database.list_collection_names().await.map_err(failed)?;
    if names.iter().any(|name| name == INSTALLATION) {
        let held = installations(database).find_one(doc! { "_id": ONLY }).await.map_err(failed)?;
        return held.as_ref().map(read).transpose();
    }
    match names.iter().find(|name| !name.starts_with("system.")) {
        Some(_) => Err(OpenError::Foreign(format!("the MongoDB database {}", database.name()))),
        None => Ok(None),
    }
}

/// Makes the collections that are missing.
pub(super) async fn make_collections(database: &Database, schema: &Schema) -> Result<(), OpenError> {
    let declared = schema.collections.iter().map(|collection| collection.name);
    for name in [INSTALLATION].into_iter().chain(declared) {
        let made = database.create_collection(name).write_concern(durable()).await;
        unless(made, EXISTS).map_err(failed)?;
    }
    Ok(())
}

/// Makes a collection that keeps its newest documents only, up to this many bytes, if it is missing.
pub(super) async fn make_capped(database: &Database, name: &str, bytes: u64) -> Result<(), Error> {
    unless(database.create_collection(name).capped(true).size(bytes).await, EXISTS)
}

/// Drops the indexes that are not declared, or are declared otherwise.
pub(super) async fn drop_stale_indexes(
    database: &Database,
    collection: &Collection,
) -> Result<(), OpenError> {
    let held = database.collection::<Document>(collection.name);
    let wanted: Vec<_> = collection.indexes.iter().map(|index| model(collection, index)).collect();
    for index in indexes_of(&held).await? {
        let Some(name) = name_of(&index) else { continue };
        if name != "_id_" && !wanted.iter().any(|wanted| are_alike(wanted, &index)) {
            let dropped = held.drop_index(name).write_concern(durable()).await;
            unless(dropped, INDEX_NOT_FOUND).map_err(failed)?;
        }
    }
    Ok(())
}

/// Makes the declared indexes that are missing.
pub(super) async fn make_indexes(
    database: &Database,
    schema: &Schema,
    collection: &Collection,
) -> Result<(), OpenError> {
    let models: Vec<_> = collection.indexes.iter().map(|index| model(collection, index)).collect();
    if models.is_empty() {
        return Ok(());
    }
    let held = database.collection::<Document>(collection.name);
    held.create_indexes(models).write_concern(durable()).await.map(drop).map_err(|error| match code(&error) {
        Some(11_000) => OpenError::Migration {
            to: schema.version,
            reason: format!("documents of {} repeat a key of a unique index", collection.name),
        },
        _ => failed(error),
    })
}

/// The names of the declared indexes that the collection does not have as they are declared.
pub(super) async fn missing_indexes(
    database: &Database,
    collection: &Collection,
) -> Result<Vec<String>, OpenError> {
    let held = indexes_of(&database.collection::<Document>(collection.name)).await?;
    let is_held = |index: &&Index| held.iter().any(|held| are_alike(&model(collection, index), held));
    let missing = collection.indexes.iter().filter(|index| !is_held(index));
    Ok(missing.map(|index| index.name.to_owned()).collect())
}

/// Stores what the database says of itself, unless it says something already; answers what it says.
pub(super) async fn remember(
    database: &Database,
    installation: &Installation,
) -> Result<Installation, OpenError> {
    let insert = doc! { "$setOnInsert": written(installation) };
    let remembered = installations(database)
        .find_one_and_update(doc! { "_id": ONLY }, insert)
        .upsert(true)
        .return_document(ReturnDocument::After)
        .write_concern(durable())
        .await;
    match remembered {
        Ok(Some(held)) => read(&held),
        // Another process was first.
        Err(error) if code(&error) != Some(11_000) => Err(failed(error)),
        _ => known(database).await?.ok_or_else(|| OpenError::failed("the installation was not remembered")),
    }
}

/// Stores the new version and declarations, if the database still says that it has the version `from`.
pub(super) async fn raise(database: &Database, from: u32, schema: &Schema) -> Result<bool, OpenError> {
    let (filter, raised) = (
        doc! { "_id": ONLY, "version": i64::from(from) },
        doc! { "$set": { "version": i64::from(schema.version), "fingerprint": schema.fingerprint() } },
    );
    let updated = installations(database).update_one(filter, raised).write_concern(durable()).await;
    Ok(updated.map_err(failed)?.matched_count == 1)
}

fn installations(database: &Database) -> Held<Document> {
    database.collection(INSTALLATION)
}

fn written(installation: &Installation) -> Document {
    doc! {
        "version": i64::from(installation.version),
        "fingerprint": &installation.fingerprint,
        "epoch": installation.epoch.to_string(),
    }
}

fn read(held: &Document) -> Result<Installation, OpenError> {
    let version = held.get_i64("version").map_err(OpenError::failed)?;
    let epoch = held.get_str("epoch").map_err(OpenError::failed)?;
    Ok(Installation {
        version: u32::try_from(version).map_err(OpenError::failed)?,
        fingerprint: held.get_str("fingerprint").map_err(OpenError::failed)?.to_owned(),
        epoch: epoch
            .parse::<Epoch>()
            .map_err(|_| OpenError::failed("the installation's epoch is not one"))?,
    })
}

fn model(collection: &Collection, index: &Index) -> IndexModel {
    let options = IndexOptions::builder().name(index.name.to_owned()).unique(index.unique).build();
    IndexModel::builder().keys(key::index_keys(collection, index)).options(options).build()
}

async fn indexes_of(held: &Held<Document>) -> Result<Vec<IndexModel>, OpenError> {
    held.list_indexes().await.map_err(failed)?.try_collect().await.map_err(failed)
}

fn are_alike(one: &IndexModel, other: &IndexModel) -> bool {
    key::are_alike(&one.keys, &other.keys)
        && name_of(one) == name_of(other)
        && is_unique(one) == is_unique(other)
}

fn name_of(index: &IndexModel) -> Option<&str> {
    index.options.as_ref()?.name.as_deref()
}

fn is_unique(index: &IndexModel) -> bool {
    index.options.as_ref().and_then(|options| options.unique).unwrap_or(false)
}

/// Success, also where it failed because there was nothing to do.
fn unless(done: Result<(), Error>, done_before: i32) -> Result<(), Error> {
    match done {
        Err(error) if code(&error) == Some(done_before) => Ok(()),
        done => done,
    }
}

fn code(error: &Error) -> Option<i32> {
    match &*error.kind {
        ErrorKind::Command(command) => Some(command.code),
        ErrorKind::Write(mongodb::error::WriteFailure::WriteError(write)) => Some(write.code),
        _ => None,
    }
}
