//! What a store must do, in the plainest way: documents in a map, every condition evaluated on every one of them.

use std::collections::BTreeMap;

use parlance_store::{Collection, CommitError, Dir, Document, IndexName, meaning};
use serde_json::Value;

use super::strategy::{Asked, COLLECTIONS, Planned, Verb};
use crate::support::model::ENTRIES;

#[derive(Clone, Debug, Default)]
pub(super) struct Oracle(BTreeMap<(&'static str, String), Document>);

impl Oracle {
    /// All documents, by collection and id.
    pub(super) fn documents(&self) -> Vec<Document> {
        let of = |collection: &'static Collection| {
            let mut documents: Vec<_> = self.of(collection).cloned().collect();
            documents.sort_by_key(|document| document["id"].to_string());
            documents
        };
        COLLECTIONS.iter().flat_map(|collection| of(collection)).collect()
    }

    /// All of the batch or none of it.
    pub(super) fn commit(&mut self, batch: &Planned) -> Result<(), CommitError> {
        let before = self.clone();
        let done = batch
            .0
            .iter()
            .enumerate()
            .try_for_each(|(at, op)| self.apply(at, op.collection, &op.id, &op.verb));
        if done.is_err() {
            *self = before;
        }
        done
    }

    /// The entries that are asked for, in order.
    pub(super) fn find(&self, asked: &Asked) -> Vec<Document> {
        let meets = |document: &&Document| asked.conds.iter().all(|cond| meaning::meets(document, cond));
        let mut found: Vec<_> = self.of(&ENTRIES).filter(meets).cloned().collect();
        if let Some((field, dir)) = asked.sort {
            found.sort_by_key(|document| meaning::value_of(document, field));
            if dir == Dir::Descending {
                found.reverse();
            }
        }
        found
    }

    fn of(&self, collection: &'static Collection) -> impl Iterator<Item = &Document> {
        self.0.iter().filter(|((name, _), _)| *name == collection.name).map(|(_, document)| document)
    }

    fn apply(
        &mut self,
        at: usize,
        collection: &'static Collection,
        id: &str,
        verb: &Verb,
    ) -> Result<(), CommitError> {
        let key = (collection.name, id.to_owned());
        match verb {
            Verb::Insert(document) => {
                if self.0.contains_key(&key) {
                    return Err(CommitError::Duplicate(at, parlance_store::PRIMARY));
                }
                let mut document = document.clone();
                document.retain(|_, value| !value.is_null());
                self.put(at, collection, key, document)
            }
            Verb::Update(guard, changes) => {
                let mut document = self.guarded(at, &key, guard)?;
                meaning::apply(&mut document, changes).map_err(CommitError::Refused)?;
                self.put(at, collection, key, document)
            }
            Verb::Delete(guard) => {
                self.guarded(at, &key, guard)?;
                self.0.remove(&key);
                Ok(())
            }
        }
    }

    fn guarded(
        &self,
        at: usize,
        key: &(&'static str, String),
        guard: &[parlance_store::Cond],
    ) -> Result<Document, CommitError> {
        let document = self.0.get(key).ok_or(CommitError::Missing(at))?;
        match guard.iter().all(|cond| meaning::meets(document, cond)) {
            true => Ok(document.clone()),
            false => Err(CommitError::Conflict(at)),
        }
    }

    fn put(
        &mut self,
        at: usize,
        collection: &'static Collection,
        key: (&'static str, String),
        mut document: Document,
    ) -> Result<(), CommitError> {
        document.retain(|_, value| *value != Value::Null);
        match self.repeated(collection, &document) {
            Some(index) => Err(CommitError::Duplicate(at, index)),
            None => {
                self.0.insert(key, document);
                Ok(())
            }
        }
    }

    /// The first unique index in which another document has the same key.
    fn repeated(&self, collection: &'static Collection, document: &Document) -> Option<IndexName> {
        let unique = collection.indexes.iter().filter(|index| index.unique);
        let repeats = |index: &&parlance_store::Index| {
            let key = |document: &Document| {
                index.fields.iter().map(|field| meaning::value_of(document, *field)).collect::<Vec<_>>()
            };
            self.of(collection).any(|other| other["id"] != document["id"] && key(other) == key(document))
        };
        unique.into_iter().find(repeats).map(|index| index.name)
    }
}
