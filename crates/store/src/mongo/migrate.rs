//! Makes a new store, or brings an older one up to the schema. A crash leaves a store of the old version that the next
//! opening goes on with; so does another process that does the same at the same time.

use mongodb::Database;
use parlance_base::Epoch;
use tracing::info;

use super::{layout, rewrite};
use crate::{
    installation::Installation,
    schema::{OpenError, Schema},
};

/// Leaves the database as the schema declares it, and answers the epoch it counts in.
pub(super) async fn bring_up(
    database: &Database,
    schema: &Schema,
    new_epoch: Epoch,
) -> Result<Epoch, OpenError> {
    let held = match layout::known(database).await? {
        Some(held) => held,
        None => make(database, schema, new_epoch).await?,
    };
    if !schema.accepts(held.version, &held.fingerprint)? {
        raise(database, schema, held.version).await?;
    }
    Ok(held.epoch)
}

/// Makes a new store. Of several processes that do so one decides what it says of itself.
async fn make(database: &Database, schema: &Schema, epoch: Epoch) -> Result<Installation, OpenError> {
    layout::make_collections(database, schema).await?;
    for collection in &schema.collections {
        layout::make_indexes(database, schema, collection).await?;
    }
    let installation = Installation { version: schema.version, fingerprint: schema.fingerprint(), epoch };
    let held = layout::remember(database, &installation).await?;
    // Of several processes, the one whose installation it is.
    if held.epoch == epoch {
        info!(database = database.name(), "a new installation was made");
    }
    Ok(held)
}

async fn raise(database: &Database, schema: &Schema, from: u32) -> Result<(), OpenError> {
    layout::make_collections(database, schema).await?;
    for collection in &schema.collections {
        layout::drop_stale_indexes(database, collection).await?;
        let migrations =
            schema.since(from).into_iter().filter(|migration| migration.collection.name == collection.name);
        let rewrites: Vec<_> = migrations.map(|migration| migration.rewrite).collect();
        if !rewrites.is_empty() {
            rewrite::all(database, schema, collection, &rewrites).await?;
        }
        layout::make_indexes(database, schema, collection).await?;
    }
    if layout::raise(database, from, schema).await? {
        return Ok(());
    }
    match layout::known(database).await? {
        Some(held) if schema.accepts(held.version, &held.fingerprint)? => Ok(()),
        _ => Err(OpenError::failed("another process is bringing the store to another schema")),
    }
}
