//! Makes a new database, or brings an older one up to the schema, in one transaction: a crash leaves it as it was.

use parlance_base::Epoch;
use rusqlite::{Connection, ErrorCode, TransactionBehavior, params_from_iter, types::Value as Cell};
use tracing::info;

use super::{
    Durability,
    connection::Folder,
    layout::{self, Foreign},
    table,
};
use crate::{
    collection::Collection,
    document,
    installation::Installation,
    schema::{OpenError, Schema},
};

/// Leaves the database as the schema declares it, and answers the epoch it counts in.
pub(super) fn bring_up(
    connection: &mut Connection,
    folder: &Folder,
    schema: &Schema,
    new_epoch: Epoch,
) -> Result<Epoch, OpenError> {
    let known = match layout::known(connection) {
        Ok(Ok(known)) => known,
        Ok(Err(Foreign)) => return Err(folder.foreign()),
        Err(error) => return Err(folder.unopened(error)),
    };
    let (from, current) = match &known {
        Some(known) => {
            let held = &known.installation;
            (held.version, schema.accepts(held.version, &held.fingerprint)?)
        }
        None => (schema.version, false),
    };
    let is_new = known.is_none();
    let epoch = match known {
        Some(known) if known.clean => known.installation.epoch,
        _ => new_epoch,
    };
    let clean = folder.durability() == Durability::Power;
    let transaction =
        connection.transaction_with_behavior(TransactionBehavior::Exclusive).map_err(OpenError::failed)?;
    if !current {
        rebuild(&transaction, schema, from)?;
    }
    let installation = Installation { version: schema.version, fingerprint: schema.fingerprint(), epoch };
    layout::remember(&transaction, &installation, clean).map_err(OpenError::failed)?;
    transaction.commit().map_err(OpenError::failed)?;
    // That this process may lose commits must be on the disk before the first of them.
    super::checkpoint::empty_log(connection);
    if is_new {
        info!(folder = %folder.path().display(), "a new installation was made");
    }
    Ok(epoch)
}

fn rebuild(connection: &Connection, schema: &Schema, from: u32) -> Result<(), OpenError> {
    for collection in &schema.collections {
        if let Some(reason) = reshape(connection, schema, from, collection).map_err(OpenError::failed)? {
            return Err(OpenError::Migration { to: schema.version, reason });
        }
    }
    Ok(())
}

/// Brings one collection up to its declaration; a reason where one of its documents cannot be.
fn reshape(
    connection: &Connection,
    schema: &Schema,
    from: u32,
    collection: &'static Collection,
) -> rusqlite::Result<Option<String>> {
    layout::drop_stale_indexes(connection, collection)?;
    let has_new_columns = layout::shape_table(connection, collection)?;
    let migrations =
        schema.since(from).into_iter().filter(|migration| migration.collection.name == collection.name);
    let rewrites: Vec<_> = migrations.map(|migration| migration.rewrite).collect();
    if has_new_columns || !rewrites.is_empty() {
        let rewrite = |document| rewrites.iter().fold(document, |document, rewrite| rewrite(document));
        if let Err(reason) = rewrite_all(connection, collection, rewrite)? {
            return Ok(Some(reason));
        }
    }
    match layout::make_indexes(connection, collection) {
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::ConstraintViolation) => {
            Ok(Some(error.to_string()))
        }
        made => made.map(|()| None),
    }
}

/// Rewrites every document and fills its columns anew.
fn rewrite_all(
    connection: &Connection,
    collection: &Collection,
    rewrite: impl Fn(document::Document) -> document::Document,
) -> rusqlite::Result<Result<(), String>> {
    let (table, fields) = (table::name(collection), collection.indexed());
    let columns: String = fields.iter().map(|field| format!("{} = ?, ", table::column(*field))).collect();
    let mut write =
        connection.prepare(&format!("UPDATE {table} SET {columns}_document = ? WHERE _row = ?"))?;
    let mut next = connection
        .prepare(&format!("SELECT _document, _row FROM {table} WHERE _row > ? ORDER BY _row LIMIT 1"))?;
    let mut last = i64::MIN;
    loop {
        let row = next.query_row([last], |row| Ok((table::document(row)?, row.get::<_, i64>(1)?)));
        let (held, row) = match row {
            Err(rusqlite::Error::QueryReturnedNoRows) => return Ok(Ok(())),
            row => row?,
        };
        let mut rewritten = rewrite(held.clone());
        if rewritten.get("id") != held.get("id") {
            return Ok(Err(format!("a document of {} would change its id", collection.name)));
        }
        if let Err(reason) = document::settle(collection, &mut rewritten) {
            return Ok(Err(reason));
        }
        let cells = fields.iter().map(|field| table::cell(&rewritten, *field));
        let cells = cells.chain([Cell::Text(table::text(&rewritten)?), Cell::Integer(row)]);
        write.execute(params_from_iter(cells))?;
        last = row;
    }
}
