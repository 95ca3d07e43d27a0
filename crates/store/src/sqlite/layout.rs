//! The database's tables, columns and indexes, and the row about the installation.

use parlance_base::Epoch;
use rusqlite::{Connection, OptionalExtension};

use super::table;
use crate::{collection::Collection, installation::Installation};

/// What the database says of itself.
pub(super) struct Known {
    pub(super) installation: Installation,
    /// Whether the last process closed the store, or could not have lost what it acknowledged.
    pub(super) clean: bool,
}

/// What the database says of itself; nothing where it has no tables at all.
///
/// # Errors
/// `Err(None)` where there are tables, but none of ours.
pub(super) fn known(connection: &Connection) -> rusqlite::Result<Result<Option<Known>, Foreign>> {
    if !has_table(connection, "_installation")? {
        let tables: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
        return Ok(if tables == 0 { Ok(None) } else { Err(Foreign) });
    }
    let sql = "SELECT version, fingerprint, epoch, clean FROM _installation";
    let known = connection.query_row(sql, [], |row| {
        let epoch: String = row.get(2)?;
        let epoch = epoch.parse::<Epoch>().map_err(|_| rusqlite::Error::InvalidQuery)?;
        let installation = Installation { version: row.get(0)?, fingerprint: row.get(1)?, epoch };
        Ok(Known { installation, clean: row.get(3)? })
    });
    Ok(known.optional()?.map(Some).ok_or(Foreign))
}

/// The database holds somebody else's tables.
pub(super) struct Foreign;

/// Stores what the database says of itself.
pub(super) fn remember(
    connection: &Connection,
    installation: &Installation,
    clean: bool,
) -> rusqlite::Result<()> {
    connection.execute_batch(
        "CREATE TABLE IF NOT EXISTS _installation (
            only INTEGER PRIMARY KEY CHECK (only = 1), version INTEGER NOT NULL, fingerprint TEXT NOT NULL,
            epoch TEXT NOT NULL, clean INTEGER NOT NULL, settled INTEGER NOT NULL DEFAULT 0) STRICT",
    )?;
    connection.execute(
        "INSERT INTO _installation (only, version, fingerprint, epoch, clean) VALUES (1, ?, ?, ?, ?)
         ON CONFLICT (only) DO UPDATE SET version = excluded.version, fingerprint = excluded.fingerprint,
            epoch = excluded.epoch, clean = excluded.clean",
        (installation.version, &installation.fingerprint, installation.epoch.to_string(), clean),
    )?;
    Ok(())
}

/// Commits something harmless: it overwrites what a failed commit may have left in the log.
pub(super) fn settle(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute("UPDATE _installation SET settled = settled + 1", []).map(drop)
}

/// Notes that nothing acknowledged can be missing any more.
pub(super) fn mark_clean(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute("UPDATE _installation SET clean = 1 WHERE clean = 0", []).map(drop)
}

/// Makes the table where it is missing, adds the columns it lacks and drops those that no index needs. Answers
/// whether there are new columns, which rows that exist must be given values for.
pub(super) fn shape_table(connection: &Connection, collection: &Collection) -> rusqlite::Result<bool> {
    if !has_table(connection, collection.name)? {
        connection.execute_batch(&table::definition(collection))?;
        return Ok(false);
    }
    let table = table::name(collection);
    let mut statement = connection.prepare("SELECT name FROM pragma_table_info(?)")?;
    let held: Vec<String> =
        statement.query_map([collection.name], |row| row.get(0))?.collect::<Result<_, _>>()?;
    let wanted = collection.indexed();
    let fixed: Vec<&str> =
        ["_row", "id", "_document"].into_iter().chain(table::lead(collection).iter().copied()).collect();
    for name in &held {
        if !fixed.contains(&name.as_str()) && !wanted.iter().any(|field| field.name == name) {
            connection.execute_batch(&format!("ALTER TABLE {table} DROP COLUMN \"{name}\""))?;
        }
    }
    let missing: Vec<_> =
        wanted.into_iter().filter(|field| !held.iter().any(|name| name == field.name)).collect();
    for field in &missing {
        connection
            .execute_batch(&format!("ALTER TABLE {table} ADD COLUMN {}", table::column_definition(*field)))?;
    }
    Ok(!missing.is_empty())
}

/// Drops the table's indexes that are not declared, or are declared otherwise.
pub(super) fn drop_stale_indexes(connection: &Connection, collection: &Collection) -> rusqlite::Result<()> {
    let wanted: Vec<_> =
        table::indexes(collection).map(|index| table::index_definition(collection, &index)).collect();
    for (name, definition) in held_indexes(connection, collection)? {
        if !wanted.contains(&definition) {
            connection.execute_batch(&format!("DROP INDEX \"{name}\""))?;
        }
    }
    Ok(())
}

/// Makes the declared indexes that are missing.
pub(super) fn make_indexes(connection: &Connection, collection: &Collection) -> rusqlite::Result<()> {
    let held = held_indexes(connection, collection)?;
    for index in table::indexes(collection) {
        let definition = table::index_definition(collection, &index);
        if !held.iter().any(|(_, held)| *held == definition) {
            connection.execute_batch(&definition)?;
        }
    }
    Ok(())
}

/// The names of the declared indexes that the table does not have as they are declared.
pub(super) fn missing_indexes(
    connection: &Connection,
    collection: &Collection,
) -> rusqlite::Result<Vec<String>> {
    let held = held_indexes(connection, collection)?;
    let is_held = |definition: &String| held.iter().any(|(_, held)| held == definition);
    let missing = table::indexes(collection)
        .filter(|index| !is_held(&table::index_definition(collection, index)))
        .map(|index| index.name.to_owned());
    Ok(missing.collect())
}

/// The name and the SQL of each index that the table has.
fn held_indexes(connection: &Connection, collection: &Collection) -> rusqlite::Result<Vec<(String, String)>> {
    let sql = "SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND tbl_name = ? AND sql IS NOT NULL";
    connection.prepare(sql)?.query_map([collection.name], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
}

fn has_table(connection: &Connection, name: &str) -> rusqlite::Result<bool> {
    connection.prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?")?.exists([name])
}
