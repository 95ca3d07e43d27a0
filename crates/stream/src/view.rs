//! What a plan sees and changes: the stream's documents as of the moment they will be committed.

use std::{collections::HashMap, sync::Arc};

use parlance_base::{EntryId, Error, Result, Time};
use parlance_store::{Change, Collection, Cond, Document, Stored, decode};
use serde_json::Value;

use crate::{
    cache::{Cache, Key},
    entry::{ENTRIES, Entry},
    head::Head,
};

/// The head and the documents that the plan named, with all that earlier plans of the same commit did to them.
///
/// Documents that change only through the stream are read and written here ([`get`](Self::get), [`put`](Self::put),
/// [`remove`](Self::remove)). Others can be written beside them, unseen ([`insert`](Self::insert),
/// [`update`](Self::update)).
#[derive(Debug)]
pub struct View<'a> {
    before: &'a Cache,
    earlier: &'a Changes,
    changes: Changes,
    plan: usize,
    entry_id: EntryId,
    now: Time,
}

/// What plans did, on top of what the writer remembers.
#[derive(Debug, Default)]
pub(crate) struct Changes {
    pub(crate) head: Option<Head>,
    /// The entries that are new, in order, each with the place of its plan.
    pub(crate) appended: Vec<(usize, Entry)>,
    pub(crate) owned: HashMap<Key, Owned>,
    pub(crate) inserted: Vec<(usize, &'static Collection, Document)>,
    pub(crate) updated: Vec<Updated>,
}

/// What a plan does to a document that is not the stream's.
#[derive(Clone, Debug)]
pub(crate) struct Updated {
    pub(crate) collection: &'static Collection,
    pub(crate) id: String,
    /// What the document must be like when this is committed.
    pub(crate) guard: Vec<Cond>,
    pub(crate) changes: Vec<Change>,
    /// The place of the plan.
    pub(crate) plan: usize,
}

/// A document of the stream as the plans left it; `None` where they took it away.
#[derive(Clone, Debug)]
pub(crate) struct Owned {
    pub(crate) collection: &'static Collection,
    pub(crate) document: Option<Document>,
    /// The place of the plan that touched it last.
    pub(crate) plan: usize,
}

impl Changes {
    /// Adds what the next plan did. A new entry that it changed stays one new entry.
    pub(crate) fn absorb(&mut self, later: Self) -> Result<()> {
        self.head = later.head.or(self.head.take());
        for (key, owned) in later.owned {
            match (self.appended_at(&key), owned.document) {
                (Some(at), Some(document)) => {
                    let entry = decode(document)?;
                    if let Some((_, appended)) = self.appended.get_mut(at) {
                        *appended = entry;
                    }
                }
                (_, document) => drop(self.owned.insert(key, Owned { document, ..owned })),
            }
        }
        self.appended.extend(later.appended);
        self.inserted.extend(later.inserted);
        self.updated.extend(later.updated);
        Ok(())
    }

    /// The earlier entries that plans changed.
    pub(crate) fn changed_entries(&self) -> Arc<[Entry]> {
        let documents = self.owned.values().filter(|owned| owned.collection.name == ENTRIES.name);
        documents.filter_map(|owned| decode(owned.document.clone()?).ok()).collect()
    }

    fn appended_at(&self, key: &Key) -> Option<usize> {
        if key.collection != ENTRIES.name {
            return None;
        }
        self.appended.iter().position(|(_, entry)| entry.id.to_string() == key.id)
    }

    /// What these changes make of a document, if they touch it.
    fn look(&self, key: &Key) -> Option<Result<Option<Document>>> {
        if let Some(owned) = self.owned.get(key) {
            return Some(Ok(owned.document.clone()));
        }
        let (_, entry) = self.appended.get(self.appended_at(key)?)?;
        Some(document_of(entry).map(Some))
    }
}

impl<'a> View<'a> {
    pub(crate) fn new(
        before: &'a Cache,
        earlier: &'a Changes,
        plan: usize,
        entry_id: EntryId,
        now: Time,
    ) -> Self {
        Self { before, earlier, changes: Changes::default(), plan, entry_id, now }
    }

    pub(crate) fn into_changes(self) -> Changes {
        self.changes
    }

    /// When this is planned; the entry's `at`.
    #[must_use]
    pub const fn now(&self) -> Time {
        self.now
    }

    /// The id that the plan's entry will have.
    #[must_use]
    pub const fn entry_id(&self) -> EntryId {
        self.entry_id
    }

    /// The `seq` that the plan's entry will have.
    #[must_use]
    pub fn next_seq(&self) -> i64 {
        self.head().map_or(0, |head| head.seq) + 1
    }

    /// The head; none where the stream does not exist.
    #[must_use]
    pub fn head(&self) -> Option<&Head> {
        self.changes.head.as_ref().or(self.earlier.head.as_ref()).or(self.before.head.as_ref())
    }

    /// Writes the head: makes the stream where it does not exist. `seq` and `ordinal` are not the plan's to change.
    pub fn put_head(&mut self, head: Head) {
        self.changes.head = Some(head);
    }

    /// A document of the stream, as the plan will change it.
    ///
    /// # Errors
    /// `stream.unread`, a fault of ours, for a document that the plan did not name in its reads.
    pub fn get<T: Stored + Clone + Send + Sync + 'static>(&self, id: impl ToString) -> Result<Option<T>> {
        let key = Key::new(T::COLLECTION, id);
        match self.changes.look(&key).or_else(|| self.earlier.look(&key)) {
            Some(changed) => changed?.map(decode).transpose(),
            None => self.before.documents.get(&key).ok_or_else(|| unread(&key))?.decoded(),
        }
    }

    /// Writes a document of the stream, new or changed.
    ///
    /// # Errors
    /// `stream.unread`, a fault of ours, where the plan did not name it in its reads or it is no document.
    pub fn put<T: Stored>(&mut self, value: &T) -> Result<()> {
        let document = document_of(value)?;
        let id = document.get("id").and_then(Value::as_str).unwrap_or_default();
        self.own(T::COLLECTION, Key::new(T::COLLECTION, id), Some(document))
    }

    /// Has who hears of the commit be given this earlier entry with it, as it then is.
    ///
    /// # Errors
    /// As [`put`](Self::put).
    pub fn tell(&mut self, entry: &Entry) -> Result<()> {
        self.put(entry)
    }

    /// Takes a document of the stream away.
    ///
    /// # Errors
    /// `stream.unread`, a fault of ours, where the plan did not name it in its reads.
    pub fn remove<T: Stored>(&mut self, id: impl ToString) -> Result<()> {
        self.own(T::COLLECTION, Key::new(T::COLLECTION, id), None)
    }

    /// Inserts a document that is not the stream's (a job, a row for an index). The commit fails for this plan alone if
    /// another has its key.
    ///
    /// # Errors
    /// `stream.unwritable`, a fault of ours, where it is no document.
    pub fn insert<T: Stored>(&mut self, value: &T) -> Result<()> {
        self.changes.inserted.push((self.plan, T::COLLECTION, document_of(value)?));
        Ok(())
    }

    /// Changes fields that do not belong to the stream, of a document that exists. Several plans' changes of one field
    /// add up.
    pub fn update<T: Stored>(&mut self, id: impl ToString, changes: impl IntoIterator<Item = Change>) {
        self.update_if::<T>(id, [], changes);
    }

    /// As [`update`](Self::update), if the document meets the guard; else this plan alone fails, with a conflict.
    pub fn update_if<T: Stored>(
        &mut self,
        id: impl ToString,
        guard: impl IntoIterator<Item = Cond>,
        changes: impl IntoIterator<Item = Change>,
    ) {
        let (guard, changes) = (guard.into_iter().collect(), changes.into_iter().collect());
        let updated =
            Updated { collection: T::COLLECTION, id: id.to_string(), guard, changes, plan: self.plan };
        self.changes.updated.push(updated);
    }

    fn own(&mut self, collection: &'static Collection, key: Key, document: Option<Document>) -> Result<()> {
        if !self.before.documents.contains_key(&key) {
            return Err(unread(&key));
        }
        self.changes.owned.insert(key, Owned { collection, document, plan: self.plan });
        Ok(())
    }
}

pub(crate) fn document_of<T: Stored>(value: &T) -> Result<Document> {
    match serde_json::to_value(value) {
        Ok(Value::Object(mut document)) => {
            document.retain(|_, value| !value.is_null());
            Ok(document)
        }
        _ => Err(Error::internal(
            "stream.unwritable",
            format!("a value of {} is no document", T::COLLECTION.name),
        )),
    }
}

fn unread(key: &Key) -> Error {
    Error::internal(
        "stream.unread",
        format!("a plan uses a document of {} that it did not name", key.collection),
    )
}
