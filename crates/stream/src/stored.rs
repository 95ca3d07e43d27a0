//! Looking for entries that may be stored already.

use parlance_base::{EntryId, Result, StreamId};
use parlance_store::{Find, Scope};

use crate::entry::{AUTHOR_ID, CLIENT_ID, Entry, STREAM_ID};

/// The entry that the author appended to the stream under this name.
pub(crate) async fn named(
    scope: &Scope,
    stream: StreamId,
    author: &str,
    name: &str,
) -> Result<Option<Entry>> {
    let key = [STREAM_ID.is(stream.to_string()), AUTHOR_ID.is(author), CLIENT_ID.is(name)];
    Ok(scope.find::<Entry>(Find::new(key)).await?.into_iter().next())
}

/// The entries of the stream that have one of these ids.
pub(crate) async fn identified(scope: &Scope, stream: StreamId, ids: Vec<EntryId>) -> Result<Vec<Entry>> {
    let mut found = scope.get_many::<Entry>(ids).await?;
    found.retain(|entry| entry.stream_id == stream);
    Ok(found)
}
