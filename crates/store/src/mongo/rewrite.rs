//! Rewrites every document of a collection, page by page. A document is replaced only if it is still as it was read, so
//! what another process writes meanwhile is not lost: the page is then read again.

use bson::{Document as BsonDocument, RawArrayBuf, RawDocumentBuf, doc, raw::cstr};
use futures::TryStreamExt;
use mongodb::Database;

use super::{connect::failed, convert, fault::Refusal, key::WORKSPACE};
use crate::{
    collection::{Collection, Home},
    document::{self, Document},
    engine::Place,
    schema::{OpenError, Schema},
};

/// How many documents are read at once …
const PAGE: i64 = 200;

/// … how many bytes of replacements are sent at once …
const MAX_BYTES: usize = 4 << 20;

/// … and how often a page is read that others are writing to.
const ATTEMPTS: usize = 20;

/// What makes a document one of a later version.
pub(super) type Rewrite = fn(Document) -> Document;

/// Puts every document through all of `rewrites`.
pub(super) async fn all(
    database: &Database,
    schema: &Schema,
    collection: &'static Collection,
    rewrites: &[Rewrite],
) -> Result<(), OpenError> {
    let refused = |reason: String| OpenError::Migration { to: schema.version, reason };
    let (mut last, mut attempts) = (None, 0);
    loop {
        let page = page(database, collection, last.as_deref()).await?;
        let Some(end) = page.last() else { return Ok(()) };
        let end = end.get_str("_id").map_err(OpenError::failed)?.to_owned();
        let statements = page.iter().filter_map(|held| replacement(collection, held, rewrites).transpose());
        let statements = statements.collect::<Result<Vec<_>, _>>().map_err(refused)?;
        if replace(database, schema, collection, statements).await? {
            (last, attempts) = (Some(end), 0);
        } else if attempts < ATTEMPTS {
            attempts += 1;
        } else {
            return Err(refused(format!("other processes keep writing to {}", collection.name)));
        }
    }
}

/// The documents that follow `last`.
async fn page(
    database: &Database,
    collection: &Collection,
    last: Option<&str>,
) -> Result<Vec<RawDocumentBuf>, OpenError> {
    let filter = last.map(|last| doc! { "_id": { "$gt": last } }).unwrap_or_default();
    let held = database.collection(collection.name);
    let found = held.find(filter).sort(doc! { "_id": 1 }).limit(PAGE).await.map_err(failed)?;
    found.try_collect().await.map_err(failed)
}

/// The statement that replaces the document, if it changes.
fn replacement(
    collection: &'static Collection,
    held: &RawDocumentBuf,
    rewrites: &[Rewrite],
) -> Result<Option<RawDocumentBuf>, String> {
    let place = place(collection, held)?;
    let given = convert::given(place, held).map_err(|error| error.message().to_owned())?;
    let mut rewritten = rewrites.iter().fold(given.clone(), |document, rewrite| rewrite(document));
    if rewritten.get("id") != given.get("id") {
        return Err(format!("a document of {} would change its id", collection.name));
    }
    document::settle(collection, &mut rewritten)?;
    if rewritten == given {
        return Ok(None);
    }
    let id = given.get("id").and_then(serde_json::Value::as_str).unwrap_or_default();
    let replacement = convert::stored(place, id, &rewritten)?;
    let held = BsonDocument::try_from(&**held).map_err(|error| error.to_string())?;
    let key = held.get("_id").cloned().unwrap_or_default();
    let still = doc! { "_id": key, "$expr": { "$eq": ["$$ROOT", { "$literal": held }] } };
    let mut statement = RawDocumentBuf::try_from(&doc! { "q": still }).map_err(|error| error.to_string())?;
    statement.append(cstr!("u"), replacement);
    Ok(Some(statement))
}

fn place(collection: &'static Collection, held: &RawDocumentBuf) -> Result<Place, String> {
    let workspace = match collection.home {
        Home::System | Home::Riding => None,
        Home::Workspace => {
            let workspace = held.get_str(WORKSPACE).map_err(|error| error.to_string())?;
            Some(
                workspace
                    .parse()
                    .map_err(|_| format!("a document of {} is of no workspace", collection.name))?,
            )
        }
    };
    Ok(Place { collection, workspace })
}

/// Sends the statements; whether all of them found their documents as they were read.
async fn replace(
    database: &Database,
    schema: &Schema,
    collection: &Collection,
    statements: Vec<RawDocumentBuf>,
) -> Result<bool, OpenError> {
    let mut all_replaced = true;
    let mut statements = statements.into_iter().peekable();
    while statements.peek().is_some() {
        let (mut updates, mut bytes, mut count) = (RawArrayBuf::new(), 0, 0);
        while let Some(statement) =
            statements.next_if(|next| bytes == 0 || bytes + next.as_bytes().len() <= MAX_BYTES)
        {
            bytes += statement.as_bytes().len();
            count += 1;
            updates.push(statement);
        }
        all_replaced &= send(database, schema, collection, updates).await? == count;
    }
    Ok(all_replaced)
}

/// How many documents were replaced.
async fn send(
    database: &Database,
    schema: &Schema,
    collection: &Collection,
    updates: RawArrayBuf,
) -> Result<i32, OpenError> {
    let mut command = RawDocumentBuf::new();
    command.append(cstr!("update"), collection.name);
    command.append(cstr!("updates"), updates);
    command.append(cstr!("writeConcern"), bson::rawdoc! { "w": "majority", "j": true });
    let reply = database.run_raw_command(command).await.map_err(failed)?;
    match Refusal::in_reply(&reply) {
        Some(Refusal::Duplicate(keys)) => Err(OpenError::Migration {
            to: schema.version,
            reason: format!("a document of {} would repeat a key over {keys}", collection.name),
        }),
        Some(refusal) => Err(OpenError::failed(format!("{refusal:?}"))),
        None => reply.get_i32("n").map_err(OpenError::failed),
    }
}
