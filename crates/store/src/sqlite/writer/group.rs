//! Requests that share a transaction, applied in it: all at once if that goes, else each so that it can be taken back.

use std::collections::VecDeque;

use rusqlite::Connection;

use super::Request;
use crate::{
    commit_error::CommitError,
    sqlite::apply::{self, Failure},
};

/// Applies requests until none is left or the database fails; those that were touched leave the group.
pub(super) fn apply(
    connection: &Connection,
    group: &mut VecDeque<Request>,
    applied: &mut Vec<Request>,
    rejected: &mut Vec<(Request, CommitError)>,
) -> rusqlite::Result<()> {
    // Nearly always all can be done, and need not be prepared for what cannot.
    if all_fit(connection, group) {
        applied.extend(group.drain(..));
        return Ok(());
    }
    if let Err(error) = begin(connection) {
        applied.extend(group.drain(..));
        return Err(error);
    }
    while let Some(request) = group.pop_front() {
        match apply::batch(connection, &request.writes) {
            Ok(()) => applied.push(request),
            Err(Failure::Rejected(error)) => rejected.push((request, error)),
            Err(Failure::Broken(error)) => {
                applied.push(request);
                return Err(error);
            }
        }
    }
    Ok(())
}

/// Whether all of the requests were applied in a transaction that is open now; if not, none of them is.
fn all_fit(connection: &Connection, group: &VecDeque<Request>) -> bool {
    begin(connection).is_ok()
        && group.iter().all(|request| apply::unguarded(connection, &request.writes).is_ok())
}

/// Begins a transaction; what one that is open has done is forgotten.
fn begin(connection: &Connection) -> rusqlite::Result<()> {
    if !connection.is_autocommit() {
        connection.prepare_cached("ROLLBACK")?.execute([])?;
    }
    connection.prepare_cached("BEGIN IMMEDIATE")?.execute([]).map(drop)
}
