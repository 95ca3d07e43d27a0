//! What can be wrong with the tables themselves.

use rusqlite::{Connection, ErrorCode, types::Value as Cell};

use super::{layout, table};
use crate::collection::Collection;

/// How many findings of one kind are told; more tell nothing new.
const MOST: usize = 20;

/// What is wrong: damaged pages, indexes that are missing or do not hold what their table holds, columns that are not what the
/// document says.
pub(super) fn inspect(
    connection: &Connection,
    collections: &[&'static Collection],
) -> rusqlite::Result<Vec<String>> {
    match look(connection, collections) {
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseCorrupt) => {
            Ok(vec![format!("the database is damaged, and cannot be read through: {error}")])
        }
        found => found,
    }
}

fn look(connection: &Connection, collections: &[&'static Collection]) -> rusqlite::Result<Vec<String>> {
    let mut findings: Vec<String> = connection
        .prepare(&format!("PRAGMA integrity_check({MOST})"))?
        .query_map([], |row| row.get(0))?
        .filter(|line| !line.as_ref().is_ok_and(|line: &String| line == "ok"))
        .collect::<Result<_, _>>()?;
    for collection in collections {
        let missing = layout::missing_indexes(connection, collection)?;
        findings.extend(missing.into_iter().map(|name| format!("{}: no index {name}", collection.name)));
        findings.extend(strayed(connection, collection)?);
    }
    Ok(findings)
}

/// The documents whose columns say something else than they do.
fn strayed(connection: &Connection, collection: &Collection) -> rusqlite::Result<Vec<String>> {
    let fields: Vec<_> = [crate::ID].into_iter().chain(collection.indexed()).collect();
    let columns: Vec<_> = fields.iter().map(|field| table::column(*field)).collect();
    let sql = format!("SELECT _document, {} FROM {}", columns.join(", "), table::name(collection));
    let mut statement = connection.prepare(&sql)?;
    let (mut rows, mut findings) = (statement.query([])?, Vec::new());
    while let Some(row) = rows.next()? {
        let document = table::document(row)?;
        for (at, field) in fields.iter().enumerate() {
            let cell: Cell = row.get(at.saturating_add(1))?;
            if cell != table::cell(&document, *field) && findings.len() < MOST {
                let id = document.get("id").map(ToString::to_string).unwrap_or_default();
                findings.push(format!("{} {id}: its column {} is another", collection.name, field.name));
            }
        }
    }
    Ok(findings)
}
