//! A batch: changes that happen all or not at all.

use parlance_base::{Error, Kind as ErrorKind};
use serde_json::Value;

use crate::{
    collection::{Collection, Field, IndexName, Kind, Stored},
    document::{self, Document},
    query::Cond,
};

/// How many changes one batch may hold.
pub const MAX_OPS: usize = 1_000;

/// Inserts, updates and deletes that are committed together. A document may appear once.
#[derive(Debug, Default)]
pub struct Batch {
    pub(crate) ops: Vec<Op>,
    refused: Option<String>,
}

#[derive(Clone, Debug)]
pub(crate) struct Op {
    pub(crate) collection: &'static Collection,
    pub(crate) id: String,
    pub(crate) verb: Verb,
}

#[derive(Clone, Debug)]
pub(crate) enum Verb {
    Insert(Document),
    Update { guard: Vec<Cond>, changes: Vec<Change> },
    Delete { guard: Vec<Cond> },
}

/// What an update does to one field; a field may appear once in an update.
#[derive(Clone, Debug)]
pub enum Change {
    /// The field holds this from now on; null takes it away.
    Set(Field, Value),
    /// The document has the field no more.
    Unset(Field),
    /// The integer grows by this, from 0 where it is absent. Past the ends of 64 bits the batch is refused.
    Inc(Field, i64),
    /// The integer is at least this from now on.
    Max(Field, i64),
    /// The set holds this text or integer from now on.
    Add(Field, Value),
    /// The set does not hold this from now on.
    Remove(Field, Value),
}

/// Why a batch was not committed, or may not have been. The number is the place of the change in the batch.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CommitError {
    /// The document is there, but not as the guard demands.
    #[error("the document of change {0} is not as its guard demands")]
    Conflict(usize),
    /// Another document has this key.
    #[error("change {0} repeats a key of index {1}")]
    Duplicate(usize, IndexName),
    /// There is no document to update or delete.
    #[error("change {0} is about a document that does not exist")]
    Missing(usize),
    /// The batch may have been committed, wholly, or not at all: only a look at the documents can tell.
    #[error("the outcome of the commit is unknown")]
    Unknown,
    /// Nothing was committed: the store is busy, full or out of reach.
    #[error("the store cannot commit now")]
    Unavailable,
    /// The batch is one that no store may be given: a fault of ours. Nothing was committed.
    #[error("the batch is refused: {0}")]
    Refused(String),
}

impl Batch {
    /// A batch without changes; committing it does nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether there is nothing to do.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ops.is_empty() && self.refused.is_none()
    }

    /// How many changes it holds; the next one gets this number.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ops.len()
    }

    /// Adds a new document.
    pub fn insert<T: Stored>(&mut self, value: &T) -> &mut Self {
        match document::encode(value) {
            Ok(document) => self.insert_document(T::COLLECTION, document),
            Err(reason) => self.refuse(reason),
        }
    }

    /// Changes the document with this id, if it meets the guard.
    pub fn update<T: Stored>(
        &mut self,
        id: impl ToString,
        guard: impl IntoIterator<Item = Cond>,
        changes: impl IntoIterator<Item = Change>,
    ) -> &mut Self {
        self.update_document(T::COLLECTION, id.to_string(), guard, changes)
    }

    /// Takes the document with this id away, if it meets the guard.
    pub fn delete<T: Stored>(
        &mut self,
        id: impl ToString,
        guard: impl IntoIterator<Item = Cond>,
    ) -> &mut Self {
        self.delete_document(T::COLLECTION, id.to_string(), guard)
    }

    /// As [`insert`](Self::insert), for a document whose type is not known here.
    pub fn insert_document(&mut self, collection: &'static Collection, document: Document) -> &mut Self {
        match document.get("id").and_then(Value::as_str).map(ToOwned::to_owned) {
            Some(id) => self.ops.push(Op { collection, id, verb: Verb::Insert(document) }),
            None => {
                self.refuse(format!("a document of {} without an id", collection.name));
            }
        }
        self
    }

    /// As [`update`](Self::update), for a document whose type is not known here.
    pub fn update_document(
        &mut self,
        collection: &'static Collection,
        id: String,
        guard: impl IntoIterator<Item = Cond>,
        changes: impl IntoIterator<Item = Change>,
    ) -> &mut Self {
        let (guard, changes) =
            (guard.into_iter().collect(), changes.into_iter().map(Change::settled).collect());
        self.ops.push(Op { collection, id, verb: Verb::Update { guard, changes } });
        self
    }

    /// As [`delete`](Self::delete), for a document whose type is not known here.
    pub fn delete_document(
        &mut self,
        collection: &'static Collection,
        id: String,
        guard: impl IntoIterator<Item = Cond>,
    ) -> &mut Self {
        self.ops.push(Op { collection, id, verb: Verb::Delete { guard: guard.into_iter().collect() } });
        self
    }

    /// The changes, each one that an engine can be given.
    pub(crate) fn checked(mut self) -> Result<Vec<Op>, CommitError> {
        if let Some(reason) = self.refused {
            return Err(CommitError::Refused(reason));
        }
        if self.ops.len() > MAX_OPS {
            return Err(CommitError::Refused(format!("{} changes in one batch", self.ops.len())));
        }
        for op in &mut self.ops {
            op.check().map_err(CommitError::Refused)?;
        }
        let mut documents: Vec<_> = self.ops.iter().map(|op| (op.collection.name, op.id.as_str())).collect();
        documents.sort_unstable();
        if documents.windows(2).any(|pair| pair.first() == pair.last()) {
            return Err(CommitError::Refused("a document appears twice in one batch".to_owned()));
        }
        Ok(self.ops)
    }

    fn refuse(&mut self, reason: String) -> &mut Self {
        self.refused.get_or_insert(reason);
        self
    }
}

impl Op {
    fn check(&mut self) -> Result<(), String> {
        match &mut self.verb {
            Verb::Insert(document) => document::settle(self.collection, document),
            Verb::Delete { guard } => guard.iter().try_for_each(|cond| cond.check(self.collection)),
            Verb::Update { guard, changes } => {
                guard.iter().try_for_each(|cond| cond.check(self.collection))?;
                changes.iter().try_for_each(|change| change.check(self.collection))?;
                let mut fields: Vec<_> = changes.iter().map(|change| change.field().name).collect();
                fields.sort_unstable();
                match fields.windows(2).find(|pair| pair.first() == pair.last()) {
                    Some(twice) => Err(format!("{}.{twice:?} is changed twice", self.collection.name)),
                    None => Ok(()),
                }
            }
        }
    }
}

impl Change {
    /// The field it changes.
    #[must_use]
    pub const fn field(&self) -> Field {
        match self {
            Self::Set(field, _)
            | Self::Unset(field)
            | Self::Inc(field, _)
            | Self::Max(field, _)
            | Self::Add(field, _)
            | Self::Remove(field, _) => *field,
        }
    }

    /// Null and absence are one thing.
    fn settled(self) -> Self {
        match self {
            Self::Set(field, Value::Null) => Self::Unset(field),
            change => change,
        }
    }

    fn check(&self, collection: &Collection) -> Result<(), String> {
        let field = self.field();
        let name = || format!("{}.{}", collection.name, field.name);
        if field == crate::ID {
            return Err(format!("{} does not change", name()));
        }
        if !collection.declared().any(|declared| declared == field) {
            return Err(format!("{} is not declared", name()));
        }
        match self {
            Self::Set(_, value) => {
                document::check_value(value, field.kind).map_err(|reason| format!("{}: {reason}", name()))
            }
            Self::Unset(_) if collection.required().any(|required| required == field) => {
                Err(format!("{} is required", name()))
            }
            Self::Inc(..) | Self::Max(..) if field.kind != Kind::Int => {
                Err(format!("{} is no integer", name()))
            }
            Self::Add(_, value) | Self::Remove(_, value)
                if field.kind != Kind::Set || !document::is_element(value) =>
            {
                Err(format!("{} is no set of {value}", name()))
            }
            _ => Ok(()),
        }
    }
}

impl Field {
    /// The field holds `value` from now on.
    #[must_use]
    pub fn set(self, value: impl Into<Value>) -> Change {
        Change::Set(self, value.into())
    }

    /// The document has the field no more.
    #[must_use]
    pub const fn unset(self) -> Change {
        Change::Unset(self)
    }

    /// The integer grows by `step`.
    #[must_use]
    pub const fn grow(self, step: i64) -> Change {
        Change::Inc(self, step)
    }

    /// The integer is at least `floor` from now on.
    #[must_use]
    pub const fn raise_to(self, floor: i64) -> Change {
        Change::Max(self, floor)
    }

    /// The set holds `element` from now on.
    #[must_use]
    pub fn include(self, element: impl Into<Value>) -> Change {
        Change::Add(self, element.into())
    }

    /// The set does not hold `element` from now on.
    #[must_use]
    pub fn exclude(self, element: impl Into<Value>) -> Change {
        Change::Remove(self, element.into())
    }
}

impl From<CommitError> for Error {
    /// What a caller gets who did not look at the outcome: a clash, or "try again", or a fault of ours.
    fn from(error: CommitError) -> Self {
        let message = error.to_string();
        match error {
            CommitError::Conflict(_) | CommitError::Duplicate(..) | CommitError::Missing(_) => {
                Self::new(ErrorKind::Conflict, "store.conflict", message)
            }
            CommitError::Unknown => Self::unavailable("store.unknown", message),
            CommitError::Unavailable => Self::unavailable("store.unavailable", message),
            CommitError::Refused(_) => Self::internal("store.misuse", message),
        }
    }
}
