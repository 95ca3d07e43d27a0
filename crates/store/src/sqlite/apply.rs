//! Applies one batch inside the open transaction: all of it, or none.

use rusqlite::{Connection, ErrorCode, OptionalExtension, params_from_iter, types::Value as Cell};

use super::table;
use crate::{
    batch::Verb,
    change::Change,
    collection::{Field, IndexName},
    commit_error::CommitError,
    document::Document,
    engine::{Place, Write},
    meaning,
    query::Cond,
};

/// Why a batch was not applied.
#[derive(Debug)]
pub(super) enum Failure {
    /// Its own fault; the transaction is as it was before the batch.
    Rejected(CommitError),
    /// The database's fault; the transaction cannot be trusted any more.
    Broken(rusqlite::Error),
}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Self {
        Self::Broken(error)
    }
}

/// Applies the batch. If that fails, part of it may be applied.
pub(super) fn unguarded(connection: &Connection, writes: &[Write]) -> Result<(), Failure> {
    writes.iter().enumerate().try_for_each(|(at, write)| one(connection, at, write))
}

/// Applies the batch, or takes back what it had begun.
pub(super) fn batch(connection: &Connection, writes: &[Write]) -> Result<(), Failure> {
    connection.prepare_cached("SAVEPOINT batch")?.execute([])?;
    let applied = unguarded(connection, writes);
    if let Err(Failure::Broken(_)) = applied {
        return applied;
    }
    if applied.is_err() {
        connection.prepare_cached("ROLLBACK TO batch")?.execute([])?;
    }
    connection.prepare_cached("RELEASE batch")?.execute([])?;
    applied
}

fn one(connection: &Connection, at: usize, write: &Write) -> Result<(), Failure> {
    match &write.verb {
        Verb::Insert(document) => insert(connection, at, write, document),
        Verb::Update { guard, changes } => {
            let (row, held) = guarded(connection, at, write, guard)?;
            update(connection, at, write.place, row, held, changes)
        }
        Verb::Delete { guard } => {
            let (row, _) = guarded(connection, at, write, guard)?;
            let sql = format!("DELETE FROM {} WHERE _row = ?", table::name(write.place.collection));
            connection.prepare_cached(&sql)?.execute([row])?;
            Ok(())
        }
    }
}

fn insert(connection: &Connection, at: usize, write: &Write, document: &Document) -> Result<(), Failure> {
    let collection = write.place.collection;
    let indexed = collection.indexed();
    let lead = table::lead(collection);
    let columns = lead.iter().map(|column| format!("{column}, ")).chain(["id, ".to_owned()]);
    let columns: String = columns.chain(indexed.iter().map(|field| table::column(*field) + ", ")).collect();
    let places = "?, ".repeat(lead.len() + 1 + indexed.len());
    let sql = format!("INSERT INTO {} ({columns}_document) VALUES ({places}?)", table::name(collection));
    let workspace = write.place.workspace.map(|workspace| Cell::Text(workspace.to_string()));
    let cells = workspace.into_iter().chain([Cell::Text(write.id.clone())]);
    let cells = cells.chain(indexed.iter().map(|field| table::cell(document, *field)));
    let cells = cells.chain([Cell::Text(table::text(document)?)]);
    let inserted = connection.prepare_cached(&sql)?.execute(params_from_iter(cells));
    inserted.map(drop).map_err(|error| failed(connection, at, write.place, document, None, error))
}

fn update(
    connection: &Connection,
    at: usize,
    place: Place,
    row: i64,
    held: Document,
    changes: &[Change],
) -> Result<(), Failure> {
    let mut changed = held.clone();
    meaning::apply(&mut changed, changes)
        .map_err(|reason| Failure::Rejected(CommitError::Refused(reason)))?;
    // An index is written anew when its column is named, even if nothing changes: so only what changes is named.
    let moved = place
        .collection
        .indexed()
        .into_iter()
        .filter(|field| held.get(field.name) != changed.get(field.name));
    let moved: Vec<Field> = moved.collect();
    let columns: String = moved.iter().map(|field| format!("{} = ?, ", table::column(*field))).collect();
    let sql = format!("UPDATE {} SET {columns}_document = ? WHERE _row = ?", table::name(place.collection));
    let cells = moved.iter().map(|field| table::cell(&changed, *field));
    let cells = cells.chain([Cell::Text(table::text(&changed)?), Cell::Integer(row)]);
    let updated = connection.prepare_cached(&sql)?.execute(params_from_iter(cells));
    updated.map(drop).map_err(|error| failed(connection, at, place, &changed, Some(row), error))
}

/// The document that the write is about, if it is there and meets the guard.
fn guarded(
    connection: &Connection,
    at: usize,
    write: &Write,
    guard: &[Cond],
) -> Result<(i64, Document), Failure> {
    let collection = write.place.collection;
    let columns = table::lead(collection).iter().chain(&["id"]);
    let conditions: Vec<_> = columns.map(|column| format!("{column} = ?")).collect();
    let (table, conditions) = (table::name(collection), conditions.join(" AND "));
    let sql = format!("SELECT _row, _document FROM {table} WHERE {conditions}");
    let workspace = write.place.workspace.map(|workspace| workspace.to_string());
    let parameters = params_from_iter(workspace.into_iter().chain([write.id.clone()]));
    let found = connection
        .prepare_cached(&sql)?
        .query_row(parameters, |row| Ok((row.get(0)?, table::parse(row, 1)?)))
        .optional()?;
    match found {
        None => Err(Failure::Rejected(CommitError::Missing(at))),
        Some((_, document)) if !guard.iter().all(|cond| meaning::meets(&document, cond)) => {
            Err(Failure::Rejected(CommitError::Conflict(at)))
        }
        Some(found) => Ok(found),
    }
}

/// What a failed statement means: a key that another document has, or a broken database.
fn failed(
    connection: &Connection,
    at: usize,
    place: Place,
    document: &Document,
    row: Option<i64>,
    error: rusqlite::Error,
) -> Failure {
    if error.sqlite_error_code() != Some(ErrorCode::ConstraintViolation) {
        return Failure::Broken(error);
    }
    match repeated(connection, place, document, row) {
        Ok(Some(index)) => Failure::Rejected(CommitError::Duplicate(at, index)),
        Ok(None) => Failure::Broken(error),
        Err(error) => Failure::Broken(error),
    }
}

/// The first unique index in which another row has the document's key.
fn repeated(
    connection: &Connection,
    place: Place,
    document: &Document,
    row: Option<i64>,
) -> rusqlite::Result<Option<IndexName>> {
    for index in table::indexes(place.collection).filter(|index| index.unique) {
        let lead = table::lead(place.collection).iter().map(|column| (*column).to_owned());
        let columns = lead.chain(index.fields.iter().copied().map(table::column));
        let conditions: Vec<_> = columns.map(|column| format!("{column} = ?")).collect();
        let (table, conditions) = (table::name(place.collection), conditions.join(" AND "));
        let sql = format!("SELECT 1 FROM {table} WHERE {conditions} AND _row IS NOT ?");
        let workspace = place.workspace.map(|workspace| Cell::Text(workspace.to_string()));
        let key = index.fields.iter().map(|field| table::cell(document, *field));
        let cells = workspace.into_iter().chain(key).chain([row.map_or(Cell::Null, Cell::Integer)]);
        if connection.prepare_cached(&sql)?.exists(params_from_iter(cells))? {
            return Ok(Some(index.name));
        }
    }
    Ok(None)
}
