//! What a writer remembers of its stream between commits: the head and documents that change only through it.

use std::{
    any::Any,
    collections::HashMap,
    sync::{Arc, OnceLock},
};

use parlance_base::Result;
use parlance_store::{Collection, Document, Stored, decode};

use crate::{
    entry::{ENTRIES, Entry},
    head::Head,
    plan::Read,
    view::{Changes, document_of},
};

/// How many documents a writer remembers; beyond it, it forgets them all and reads again what it needs.
const MAX_DOCUMENTS: usize = 1_024;

/// A document by its collection and id.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Key {
    pub(crate) collection: &'static str,
    pub(crate) id: String,
}

impl Key {
    pub(crate) fn new(collection: &'static Collection, id: impl ToString) -> Self {
        Self { collection: collection.name, id: id.to_string() }
    }
}

/// The stream as of one `seq`.
#[derive(Debug, Default)]
pub(crate) struct Cache {
    pub(crate) head: Option<Head>,
    pub(crate) documents: HashMap<Key, Held>,
}

/// A document, or that there is none; and what it was decoded to, so that plans which only look at it need not do that again.
#[derive(Debug, Default)]
pub(crate) struct Held {
    document: Option<Document>,
    decoded: OnceLock<Box<dyn Any + Send + Sync>>,
}

impl Cache {
    /// The reads whose documents are not here yet, by collection.
    pub(crate) fn missing<'a>(
        &self,
        reads: impl IntoIterator<Item = &'a Read>,
    ) -> Vec<(&'static Collection, Vec<String>)> {
        let mut missing: Vec<(&'static Collection, Vec<String>)> = Vec::new();
        for read in reads {
            if self.documents.contains_key(&Key::new(read.collection, &read.id)) {
                continue;
            }
            match missing.iter_mut().find(|(collection, _)| collection.name == read.collection.name) {
                Some((_, ids)) => ids.push(read.id.clone()),
                None => missing.push((read.collection, vec![read.id.clone()])),
            }
        }
        missing
    }

    /// Remembers what a read of these ids found.
    pub(crate) fn learn(&mut self, collection: &'static Collection, ids: Vec<String>, found: Vec<Document>) {
        for id in ids {
            self.documents.entry(Key::new(collection, id)).or_default();
        }
        for document in found {
            if let Some(id) = document.get("id").and_then(|id| id.as_str()) {
                self.documents.insert(Key::new(collection, id), Held::from(Some(document)));
            }
        }
    }

    /// Follows a commit that stands and appended these.
    pub(crate) fn advance(&mut self, changes: Changes, appended: &[(usize, Arc<Entry>)]) {
        self.head = changes.head.or(self.head.take());
        for (key, owned) in changes.owned {
            self.documents.insert(key, owned.document.into());
        }
        for (_, entry) in appended {
            // A new entry is remembered only where a plan has asked for it already.
            if let Some(held) = self.documents.get_mut(&Key::new(&ENTRIES, entry.id)) {
                *held = document_of(entry.as_ref()).ok().into();
            }
        }
    }

    /// Keeps the memory bounded between commits.
    pub(crate) fn trim(&mut self) {
        if self.documents.len() > MAX_DOCUMENTS {
            self.documents = HashMap::new();
        }
    }
}

impl Held {
    pub(crate) fn document(&self) -> Option<&Document> {
        self.document.as_ref()
    }

    /// The document as what it is.
    pub(crate) fn decoded<T: Stored + Clone + Send + Sync + 'static>(&self) -> Result<Option<T>> {
        if let Some(known) = self.decoded.get().and_then(|decoded| decoded.downcast_ref::<T>()) {
            return Ok(Some(known.clone()));
        }
        let decoded: Option<T> = self.document.clone().map(decode).transpose()?;
        if let Some(decoded) = &decoded {
            // What it was decoded to before, if that was something else, stays.
            let _ = self.decoded.set(Box::new(decoded.clone()));
        }
        Ok(decoded)
    }
}

impl From<Option<Document>> for Held {
    fn from(document: Option<Document>) -> Self {
        Self { document, decoded: OnceLock::new() }
    }
}
