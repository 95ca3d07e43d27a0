//! Guards that are looked at before the changes that they are on.
//!
//! MongoDB carries out an update that names nothing but an id without making a plan for it, at half the cost. So what
//! many updates of a transaction demand of their documents is read once for all of them, in that transaction, and they
//! go without. Nobody comes between: a document that is changed after the transaction began to read cannot be changed by
//! it any more, and each of these updates does change its document, unless it is all of its batch: that may as well have
//! happened when the transaction began to read.

use std::collections::{BTreeMap, HashMap, HashSet};

use bson::{Document as BsonDocument, RawDocumentBuf, doc};
use mongodb::{ClientSession, Database, options::Hint};

use super::{
    convert,
    fault::Fault,
    key,
    statement::{Action, Statement},
};
use crate::{
    collection::{Collection, PRIMARY},
    meaning,
};

/// For fewer, one read more costs what it saves.
const WORTH_A_READ: usize = 8;

/// Guarded updates that go without their guards once these were found to hold.
#[derive(Debug, Default)]
pub(super) struct Guards<'a> {
    updates: BTreeMap<&'static str, Vec<&'a Statement>>,
    documents: HashSet<u64>,
}

impl<'a> Guards<'a> {
    /// Those of the statements of one transaction that can be looked at before it changes anything: their documents are
    /// touched by no other of them.
    pub(super) fn among(statements: &[&'a Statement]) -> Self {
        let mut touches: HashMap<u64, usize> = HashMap::new();
        for statement in statements {
            *touches.entry(statement.number).or_default() += 1;
        }
        let mut guards = Self::default();
        for statement in statements {
            let is_only_one = touches.get(&statement.number) == Some(&1);
            if is_only_one && statement.action == Action::Update && !statement.guard.is_empty() {
                guards.updates.entry(statement.place.collection.name).or_default().push(statement);
                guards.documents.insert(statement.number);
            }
        }
        if guards.documents.len() < WORTH_A_READ { Self::default() } else { guards }
    }

    /// Whether the statement goes without its guard.
    pub(super) fn include(&self, statement: &Statement) -> bool {
        self.documents.contains(&statement.number)
    }

    /// Whether all of them hold.
    pub(super) async fn hold(&self, database: &Database, session: &mut ClientSession) -> Result<bool, Fault> {
        for updates in self.updates.values() {
            if !all_hold(updates, database, session).await? {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// Whether the guards of these updates, all of one collection, hold.
async fn all_hold(
    updates: &[&Statement],
    database: &Database,
    session: &mut ClientSession,
) -> Result<bool, Fault> {
    let Some(Collection { name, .. }) = updates.first().map(|update| update.place.collection) else {
        return Ok(true);
    };
    let by_key: HashMap<&str, &Statement> =
        updates.iter().map(|update| (update.key.as_str(), *update)).collect();
    let fields = updates.iter().flat_map(|update| &update.guard).map(|cond| (cond.field().name, 1));
    let shown: BsonDocument = fields.map(|(name, shown)| (name.to_owned(), shown.into())).collect();
    let held = database.collection::<RawDocumentBuf>(name);
    let found = held
        .find(doc! { "_id": { "$in": by_key.keys().copied().collect::<Vec<_>>() } })
        .projection(shown)
        .hint(Hint::Name(key::index_name(PRIMARY).to_owned()))
        // One more than there are: the server knows then that it has come to the end, and is not asked for more.
        .batch_size(u32::try_from(by_key.len() + 1).unwrap_or(u32::MAX))
        .session(&mut *session);
    let mut found = found.await.map_err(Fault::before_commit)?;
    let mut count = 0;
    while found.advance(session).await.map_err(Fault::before_commit)? {
        let document = found.current();
        let update = document.get_str("_id").ok().and_then(|key| by_key.get(key));
        let Some(update) = update else { continue };
        let document =
            convert::given(update.place, document).map_err(|error| Fault::Broken(error.to_string()))?;
        if !update.guard.iter().all(|cond| meaning::meets(&document, cond)) {
            return Ok(false);
        }
        count += 1;
    }
    Ok(count == updates.len())
}
