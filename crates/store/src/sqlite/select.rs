//! A find as SQL. `INDEXED BY` holds SQLite to the declared index: a statement that could not use it would not prepare.

use rusqlite::{ParamsFromIter, params_from_iter, types::Value as Cell};

use super::table;
use crate::{
    collection::Field,
    engine::Place,
    query::{Dir, Fitted, Scalar},
};

/// One walk along one index.
pub(super) struct Select {
    /// Everything from `FROM` on, ending in a limit.
    tail: String,
    parameters: Vec<Cell>,
}

/// The SQL that reads one document by its id.
pub(super) fn by_id(place: Place) -> String {
    let columns = table::lead(place.collection).iter().chain(&["id"]);
    let conditions: Vec<_> = columns.map(|column| format!("{column} = ?")).collect();
    let (table, index) = (table::name(place.collection), table::index_name(place.collection, crate::PRIMARY));
    format!("SELECT _document FROM {table} INDEXED BY {index} WHERE {}", conditions.join(" AND "))
}

impl Select {
    /// The walks that answer a find: one, or one for each value of an `In`, each cut at the limit, so that together
    /// they read no more than the values times the limit.
    pub(super) fn of(place: Place, find: &Fitted) -> Vec<Self> {
        match &find.among {
            None => vec![Self::walk(place, find, None)],
            Some((field, values)) => {
                values.iter().map(|value| Self::walk(place, find, Some((*field, value)))).collect()
            }
        }
    }

    /// The SQL for the documents themselves.
    pub(super) fn documents(&self) -> String {
        format!("SELECT _document {}", self.tail)
    }

    /// The SQL for how many there are.
    pub(super) fn count(&self) -> String {
        format!("SELECT count(*) FROM (SELECT 1 {})", self.tail)
    }

    pub(super) fn parameters(&self) -> ParamsFromIter<&[Cell]> {
        params_from_iter(self.parameters.as_slice())
    }

    fn walk(place: Place, find: &Fitted, end: Option<(Field, &Scalar)>) -> Self {
        let mut conditions: Vec<String> = Vec::new();
        let mut parameters: Vec<Cell> = Vec::new();
        for (column, workspace) in table::lead(place.collection).iter().zip(place.workspace) {
            conditions.push(format!("{column} = ?"));
            parameters.push(Cell::Text(workspace.to_string()));
        }
        let equal = find.equal.iter().map(|(field, value)| (*field, value)).chain(end);
        let equal = equal.map(|(field, value)| (field, "=", value));
        let above = find.above.iter().map(|(field, value)| (*field, ">", value));
        let below = find.below.iter().map(|(field, value)| (*field, "<", value));
        for (field, operator, value) in equal.chain(above).chain(below) {
            let column = table::column(field);
            if *value == Scalar::Absent {
                conditions.push(format!("{column} IS NULL"));
            } else {
                conditions.push(format!("{column} {operator} ?"));
                parameters.push(table::scalar(value));
            }
        }
        parameters.push(Cell::Integer(i64::try_from(find.limit).unwrap_or(i64::MAX)));
        Self { tail: tail(place, find, &conditions), parameters }
    }
}

fn tail(place: Place, find: &Fitted, conditions: &[String]) -> String {
    let table = table::name(place.collection);
    let index = table::index_name(place.collection, find.index);
    let filter =
        if conditions.is_empty() { String::new() } else { format!(" WHERE {}", conditions.join(" AND ")) };
    let order = find.sort.map(|(field, dir)| {
        let dir = if dir == Dir::Descending { " DESC" } else { "" };
        format!(" ORDER BY {}{dir}", table::column(field))
    });
    format!("FROM {table} INDEXED BY {index}{filter}{} LIMIT ?", order.unwrap_or_default())
}
