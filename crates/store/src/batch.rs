//! A batch: changes that happen all or not at all.

use serde_json::Value;

use crate::{
    change::Change,
    collection::{Collection, Stored},
    commit_error::CommitError,
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
