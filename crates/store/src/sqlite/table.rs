//! How a collection lies in its table, and a document in its row.

use rusqlite::{Row, types::Value as Cell};
use serde_json::Value;

use crate::{
    collection::{Collection, Field, Home, ID, Index, Kind},
    document::{Document, Found},
    query::Scalar,
};

/// The name of the table, quoted.
pub(super) fn name(collection: &Collection) -> String {
    quoted(collection.name)
}

/// The name of an index, unique in the database, quoted.
pub(super) fn index_name(collection: &Collection, index: &str) -> String {
    quoted(&format!("{}.{index}", collection.name))
}

/// The columns that lead every index and every condition: the workspace, where there is one.
pub(super) fn lead(collection: &Collection) -> &'static [&'static str] {
    if collection.home == Home::Workspace { &["workspace_id"] } else { &[] }
}

/// The column of a field, quoted.
pub(super) fn column(field: Field) -> String {
    quoted(field.name)
}

/// The SQL that makes the table, without its indexes.
pub(super) fn definition(collection: &Collection) -> String {
    let lead = lead(collection).iter().map(|column| format!("{column} TEXT NOT NULL, "));
    let columns = collection.indexed().into_iter().map(column_definition).map(|column| column + ", ");
    let columns: String = lead.chain(["id TEXT NOT NULL, ".to_owned()]).chain(columns).collect();
    format!(
        "CREATE TABLE {} (_row INTEGER PRIMARY KEY, {columns}_document TEXT NOT NULL) STRICT",
        name(collection)
    )
}

/// A field's column as it is declared to SQLite.
pub(super) fn column_definition(field: Field) -> String {
    let kind = if field.kind == Kind::Text { "TEXT" } else { "INTEGER" };
    format!("{} {kind}", column(field))
}

/// The SQL that makes one of the table's indexes.
pub(super) fn index_definition(collection: &Collection, index: &Index) -> String {
    let unique = if index.unique { "UNIQUE " } else { "" };
    let lead = lead(collection).iter().map(|column| (*column).to_owned());
    let columns: Vec<_> = lead.chain(index.fields.iter().copied().map(column)).collect();
    let (index, table) = (index_name(collection, index.name), name(collection));
    format!("CREATE {unique}INDEX {index} ON {table} ({})", columns.join(", "))
}

/// Every index of the table, the one over `id` first.
pub(super) fn indexes(collection: &Collection) -> impl Iterator<Item = Index> {
    let declared = collection.indexes.iter().map(|index| Index { ..*index });
    [Index { name: crate::PRIMARY, fields: &[ID], unique: true }].into_iter().chain(declared)
}

/// The document in a row whose first column is its text.
pub(super) fn document(row: &Row<'_>) -> rusqlite::Result<Document> {
    parse(row, 0)
}

/// The same, as it is.
pub(super) fn found(row: &Row<'_>) -> rusqlite::Result<Found> {
    Ok(Found::Text(row.get(0)?))
}

/// The document whose text is in this column of the row.
pub(super) fn parse(row: &Row<'_>, column: usize) -> rusqlite::Result<Document> {
    let text = row.get_ref(column)?.as_str()?;
    serde_json::from_str(text).map_err(|error| {
        rusqlite::Error::FromSqlConversionFailure(column, rusqlite::types::Type::Text, Box::new(error))
    })
}

/// What the column of `field` holds for this document.
pub(super) fn cell(document: &Document, field: Field) -> Cell {
    match document.get(field.name) {
        Some(Value::String(text)) => Cell::Text(text.clone()),
        Some(Value::Bool(value)) => Cell::Integer(i64::from(*value)),
        Some(Value::Number(number)) => number.as_i64().map_or(Cell::Null, Cell::Integer),
        _ => Cell::Null,
    }
}

/// What a column is compared with for this value.
pub(super) fn scalar(value: &Scalar) -> Cell {
    match value {
        Scalar::Absent => Cell::Null,
        Scalar::Bool(value) => Cell::Integer(i64::from(*value)),
        Scalar::Int(value) => Cell::Integer(*value),
        Scalar::Text(text) => Cell::Text(text.clone()),
    }
}

/// The text of a document.
pub(super) fn text(document: &Document) -> rusqlite::Result<String> {
    serde_json::to_string(document).map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
