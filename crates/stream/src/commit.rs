//! Planned changes as one batch: the head under its guard, the new entries, and each touched document once. Pure.

use std::collections::BTreeMap;

use parlance_base::{Error, Result};
use parlance_store::{Batch, Change, Collection, Cond, Document, meaning};

use crate::{
    cache::{Cache, Held, Key},
    entry::ENTRIES,
    head::{HEADS, Head, SEQ},
    view::{Changes, Owned, Updated, document_of},
};

/// A batch, and for each of its changes whose it is.
#[derive(Debug, Default)]
pub(crate) struct Commit {
    pub(crate) batch: Batch,
    pub(crate) parts: Vec<Part>,
}

/// Whose a change of the batch is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// The stream's own: another writer was first if it fails.
    Head,
    /// The entry of the plan at this place.
    Entry(usize),
    /// Something the plan at this place writes beside its entry.
    Document(usize),
}

/// Updates to one document that several plans may have asked for.
struct Update {
    collection: &'static Collection,
    guard: Vec<Cond>,
    changes: Vec<Change>,
    plan: usize,
}

/// The batch that makes `changes` of what is in `cache`.
///
/// # Errors
/// A fault of ours: a plan changed a field that its collection does not declare, or wrote what is no document.
pub(crate) fn of(cache: &Cache, changes: &Changes) -> Result<Commit> {
    let mut commit = Commit::default();
    let Some(head) = &changes.head else { return Ok(commit) };
    commit.head(cache.head.as_ref(), head)?;
    for (plan, entry) in &changes.appended {
        commit.insert(Part::Entry(*plan), &ENTRIES, document_of(entry)?);
    }
    let (mut inserts, mut updates) = (BTreeMap::new(), BTreeMap::new());
    for (key, owned) in &changes.owned {
        let before = cache.documents.get(key).and_then(Held::document);
        commit.owned(key, owned, before, &mut inserts, &mut updates)?;
    }
    for updated in &changes.updated {
        beside(updated, changes, &mut inserts, &mut updates)?;
    }
    for (_, (plan, collection, document)) in inserts {
        commit.insert(Part::Document(plan), collection, document);
    }
    for (key, Update { collection, guard, changes, plan }) in updates {
        commit.parts.push(Part::Document(plan));
        commit.batch.update_document(collection, key.id, guard, changes);
    }
    for (plan, collection, document) in &changes.inserted {
        commit.insert(Part::Document(*plan), collection, document.clone());
    }
    Ok(commit)
}

impl Commit {
    /// Always first: whoever works from an old head learns that before anything else.
    fn head(&mut self, before: Option<&Head>, after: &Head) -> Result<()> {
        match before {
            None => self.insert(Part::Head, &HEADS, document_of(after)?),
            Some(head) => {
                self.parts.push(Part::Head);
                let changes = after.changes_since(head);
                self.batch.update_document(&HEADS, head.id.to_string(), [SEQ.is(head.seq)], changes);
            }
        }
        Ok(())
    }

    fn owned(
        &mut self,
        key: &Key,
        owned: &Owned,
        before: Option<&Document>,
        inserts: &mut BTreeMap<Key, (usize, &'static Collection, Document)>,
        updates: &mut BTreeMap<Key, Update>,
    ) -> Result<()> {
        let (collection, plan) = (owned.collection, owned.plan);
        match (before, &owned.document) {
            (None, None) => {}
            (None, Some(after)) => drop(inserts.insert(key.clone(), (plan, collection, after.clone()))),
            (Some(_), None) => {
                self.parts.push(Part::Document(plan));
                self.batch.delete_document(collection, key.id.clone(), []);
            }
            (Some(before), Some(after)) => {
                let changes = difference(collection, before, after)?;
                if !changes.is_empty() {
                    updates.insert(key.clone(), Update { collection, guard: Vec::new(), changes, plan });
                }
            }
        }
        Ok(())
    }

    fn insert(&mut self, part: Part, collection: &'static Collection, document: Document) {
        self.parts.push(part);
        self.batch.insert_document(collection, document);
    }
}

/// Adds what a plan does to a document that is not the stream's to what others do to it.
fn beside(
    updated: &Updated,
    changes: &Changes,
    inserts: &mut BTreeMap<Key, (usize, &'static Collection, Document)>,
    updates: &mut BTreeMap<Key, Update>,
) -> Result<()> {
    let Updated { collection, id, guard, changes: asked, plan } = updated;
    let key = Key::new(collection, id);
    let is_guarded = !guard.is_empty() || updates.get(&key).is_some_and(|update| !update.guard.is_empty());
    if is_guarded && (inserts.contains_key(&key) || updates.contains_key(&key)) {
        return Err(unwritable(format!("a guarded change of {} beside another", collection.name)));
    }
    if let Some((_, _, document)) = inserts.get_mut(&key) {
        meaning::apply(document, asked).map_err(unwritable)?;
    } else if changes.owned.get(&key).is_none_or(|owned| owned.document.is_some()) {
        let update = Update { collection, guard: guard.clone(), changes: Vec::new(), plan: *plan };
        let update: &mut Update = updates.entry(key).or_insert(update);
        asked.iter().for_each(|change| add(&mut update.changes, change));
    }
    Ok(())
}

/// The changes that lead from one document to the other. Only what differs is written, so a document's other fields may
/// change outside the stream.
fn difference(collection: &'static Collection, before: &Document, after: &Document) -> Result<Vec<Change>> {
    let mut names: Vec<&String> = before.keys().chain(after.keys()).collect();
    names.sort_unstable();
    names.dedup();
    let differing = names.into_iter().filter(|name| before.get(*name) != after.get(*name));
    differing
        .map(|name| {
            let field = collection.declared().find(|field| field.name == name);
            let field =
                field.ok_or_else(|| unwritable(format!("{}.{name} changes undeclared", collection.name)))?;
            Ok(after.get(name).map_or(field.unset(), |value| field.set(value.clone())))
        })
        .collect()
}

/// Adds a change to those asked for already; counters and floors of one field add up.
fn add(changes: &mut Vec<Change>, change: &Change) {
    let held = changes.iter_mut().find(|held| held.field() == change.field());
    match (held, change) {
        (Some(Change::Inc(_, sum)), Change::Inc(_, step)) => *sum = sum.saturating_add(*step),
        (Some(Change::Max(_, highest)), Change::Max(_, floor)) => *highest = (*highest).max(*floor),
        (Some(held), Change::Set(..) | Change::Unset(_)) => *held = change.clone(),
        // Anything else about one field makes no sense together, and the store says so.
        _ => changes.push(change.clone()),
    }
}

fn unwritable(reason: impl Into<String>) -> Error {
    Error::internal("stream.unwritable", reason)
}
