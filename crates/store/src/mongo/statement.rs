//! One change of a batch as MongoDB is told it, and several of them as one command.

use bson::{
    Bson, RawArrayBuf, RawBson, RawDocumentBuf,
    raw::{CStr, cstr},
    rawdoc,
};

use super::{convert, guards::Guards, key};
use crate::{
    batch::Verb,
    change::Change,
    engine::{Place, Write},
    meaning,
    query::Cond,
};

/// How many bytes of statements one command may hold. MongoDB allows 16 MiB and a statement may have some five.
const MAX_COMMAND: usize = 8 << 20;

/// One change, encoded.
#[derive(Debug)]
pub(super) struct Statement {
    pub(super) action: Action,
    pub(super) place: Place,
    /// The `_id` of the document.
    pub(super) key: String,
    /// The [`key::number`] of the document.
    pub(super) number: u64,
    /// What the update or delete demands beyond that there is such a document.
    pub(super) guard: Vec<Cond>,
    /// Whether it may free a key of a unique index for another document before the transaction ends.
    pub(super) moves_unique_key: bool,
    body: RawDocumentBuf,
}

/// What a statement does; in this order, where several batches are committed together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Action {
    Update,
    Insert,
    Delete,
}

/// Statements that are sent together: of one action, on one collection.
#[derive(Debug)]
pub(super) struct Command<'a> {
    pub(super) action: Action,
    pub(super) statements: Vec<&'a Statement>,
}

impl Statement {
    /// The statement for a write, which may be the only one of its batch.
    ///
    /// # Errors
    /// Where the write cannot be expressed in BSON.
    pub(super) fn of(write: &Write, only: bool) -> Result<Self, String> {
        let (place, key) = (write.place, key::of(write.place, &write.id));
        let (action, guard, body) = match &write.verb {
            Verb::Insert(document) => (Action::Insert, &[][..], convert::stored(place, &write.id, document)?),
            Verb::Update { guard, changes } => {
                let touches = !only && !surely_writes(guard, changes);
                let update = convert::update(changes, touches)?;
                (Action::Update, guard.as_slice(), guarded(&key, guard, (cstr!("u"), update.into()))?)
            }
            Verb::Delete { guard } => {
                (Action::Delete, guard.as_slice(), guarded(&key, guard, (cstr!("limit"), RawBson::Int32(1)))?)
            }
        };
        Ok(Self {
            action,
            place,
            number: key::number(place.collection, &key),
            key,
            guard: guard.to_vec(),
            moves_unique_key: moves_unique_key(write),
            body,
        })
    }

    /// The update, of the document with its id as that may be.
    fn unguarded(&self) -> RawDocumentBuf {
        let mut body = RawDocumentBuf::new();
        body.append(cstr!("q"), rawdoc! { "_id": self.key.as_str() });
        if let Ok(update) = self.body.get_document("u") {
            body.append(cstr!("u"), update.to_owned());
        }
        body
    }

    /// How many bytes it has.
    pub(super) fn size(&self) -> usize {
        self.body.as_bytes().len()
    }
}

impl<'a> Command<'a> {
    /// The statements in as few commands as do: updates, then inserts, then deletes.
    pub(super) fn grouped(statements: &[&'a Statement]) -> Vec<Self> {
        let mut statements = statements.to_vec();
        // The sort is stable: what happens to one document keeps its order.
        statements.sort_by_key(|statement| (statement.action, statement.place.collection.name));
        let together = |a: &&Statement, b: &&Statement| {
            a.action == b.action && a.place.collection.name == b.place.collection.name
        };
        statements.chunk_by(together).flat_map(Self::cut).collect()
    }

    /// The statement alone.
    pub(super) fn single(statement: &'a Statement) -> Self {
        Self { action: statement.action, statements: vec![statement] }
    }

    /// What is sent, without the guards that were looked at.
    pub(super) fn encoded(&self, looked_at: &Guards<'_>) -> RawDocumentBuf {
        let (verb, list): (&CStr, &CStr) = match self.action {
            Action::Update => (cstr!("update"), cstr!("updates")),
            Action::Insert => (cstr!("insert"), cstr!("documents")),
            Action::Delete => (cstr!("delete"), cstr!("deletes")),
        };
        let mut bodies = RawArrayBuf::new();
        for statement in &self.statements {
            if looked_at.include(statement) {
                bodies.push(&*statement.unguarded());
            } else {
                bodies.push(&*statement.body);
            }
        }
        let mut command = RawDocumentBuf::new();
        let collection = self.statements.first().map_or("", |statement| statement.place.collection.name);
        command.append(verb, collection);
        command.append(list, bodies);
        command
    }

    fn cut(statements: &[&'a Statement]) -> Vec<Self> {
        let mut commands: Vec<Self> = Vec::new();
        let mut left = 0;
        for statement in statements {
            match commands.last_mut() {
                Some(command) if statement.size() <= left => command.statements.push(statement),
                _ => {
                    left = MAX_COMMAND;
                    commands.push(Self::single(statement));
                }
            }
            left = left.saturating_sub(statement.size());
        }
        commands
    }
}

/// What is done to the document with this id, if it meets the guard.
fn guarded(key: &str, guard: &[Cond], what: (&CStr, RawBson)) -> Result<RawDocumentBuf, String> {
    let mut filter = rawdoc! { "_id": key };
    if !guard.is_empty() {
        let conditions: Vec<Bson> = guard.iter().map(|cond| convert::condition(cond).into()).collect();
        let conditions = RawBson::try_from(Bson::from(conditions)).map_err(|error| error.to_string())?;
        filter.append(cstr!("$and"), conditions);
    }
    let mut body = rawdoc! { "q": filter };
    body.append(what.0, what.1);
    if !guard.is_empty() {
        // Found by its id, too. Without a guard MongoDB does so by itself, and a hint would only keep it from doing so without a
        // plan.
        body.append(cstr!("hint"), "_id_");
    }
    Ok(body)
}

/// Whether a document that meets the guard is another one after the changes.
fn surely_writes(guard: &[Cond], changes: &[Change]) -> bool {
    changes.iter().any(|change| match change {
        Change::Inc(_, step) => *step != 0,
        Change::Set(field, value) => guard.iter().any(|cond| match cond {
            Cond::Eq(held, scalar) => held == field && meaning::scalar_of(value) != *scalar,
            _ => false,
        }),
        _ => false,
    })
}

fn moves_unique_key(write: &Write) -> bool {
    match &write.verb {
        Verb::Update { changes, .. } => changes
            .iter()
            .any(|change| write.place.collection.required().any(|required| required == change.field())),
        Verb::Insert(_) | Verb::Delete { .. } => false,
    }
}
