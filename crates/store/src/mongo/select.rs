//! A find as MongoDB is asked it. The hint holds it to the declared index.

use bson::{Bson, Document, doc};

use super::{
    convert,
    key::{self, WORKSPACE},
};
use crate::{
    collection::{Field, PRIMARY},
    engine::Place,
    query::{Dir, Fitted, Scalar},
};

/// One walk along one index.
#[derive(Debug)]
pub(super) struct Select {
    pub(super) filter: Document,
    /// Empty where there is nothing to order.
    pub(super) sort: Document,
    /// The name of the index.
    pub(super) hint: &'static str,
    pub(super) limit: usize,
}

impl Select {
    pub(super) fn of(place: Place, find: &Fitted) -> Self {
        let (filter, order_by_id) = match find.index {
            PRIMARY => (by_id(place, find), true),
            _ => (by_fields(place, find), false),
        };
        let sort = find.sort.map(|(field, dir)| {
            let field = if order_by_id { "_id" } else { field.name };
            doc! { field: if dir == Dir::Ascending { 1 } else { -1 } }
        });
        Self { filter, sort: sort.unwrap_or_default(), hint: key::index_name(find.index), limit: find.limit }
    }

    /// The limit as MongoDB takes it.
    pub(super) fn bound(&self) -> i64 {
        i64::try_from(self.limit).unwrap_or(i64::MAX)
    }

    /// The find as a command.
    pub(super) fn command(&self, place: Place) -> Document {
        doc! {
            "find": place.collection.name,
            "filter": self.filter.clone(),
            "sort": self.sort.clone(),
            "limit": self.bound(),
            "hint": self.hint,
        }
    }
}

/// The documents with these ids.
pub(super) fn with_ids(place: Place, ids: &[String]) -> Document {
    let keys: Vec<_> = ids.iter().map(|id| key::of(place, id)).collect();
    doc! { "_id": { "$in": keys } }
}

fn by_fields(place: Place, find: &Fitted) -> Document {
    let mut filter = Document::new();
    if let Some(workspace) = place.workspace {
        filter.insert(WORKSPACE, workspace.to_string());
    }
    for (field, value) in &find.equal {
        filter.insert(field.name, convert::equal_to(value));
    }
    if let Some((field, values)) = &find.among {
        filter.insert(field.name, convert::among(values));
    }
    for (operator, bound) in [("$gt", &find.above), ("$lt", &find.below)] {
        if let Some((Field { name, .. }, value)) = bound {
            add(&mut filter, name, operator, convert::scalar(value));
        }
    }
    filter
}

/// A find over `id` as one over `_id`, which starts with the workspace.
fn by_id(place: Place, find: &Fitted) -> Document {
    let key = |value: &Scalar| match value {
        Scalar::Text(id) => Bson::String(key::of(place, id)),
        // Every document has an id, and it is text: no document is meant, and none has this.
        _ => Bson::Null,
    };
    let mut filter = Document::new();
    if let Some((_, value)) = find.equal.first() {
        return doc! { "_id": key(value) };
    }
    if let Some((_, values)) = &find.among {
        return doc! { "_id": { "$in": values.iter().map(key).collect::<Vec<_>>() } };
    }
    let first = place.workspace.map(|workspace| ("$gte", Bson::String(key::first_of(workspace))));
    let end = place.workspace.map(|workspace| Bson::String(key::end_of(workspace)));
    if let Some((operator, bound)) = find.above.as_ref().map(|(_, value)| ("$gt", key(value))).or(first) {
        add(&mut filter, "_id", operator, bound);
    }
    if let Some(bound) = find.below.as_ref().map(|(_, value)| key(value)).or(end) {
        add(&mut filter, "_id", "$lt", bound);
    }
    filter
}

fn add(filter: &mut Document, field: &str, operator: &str, bound: Bson) {
    let tests = filter.entry(field.to_owned()).or_insert_with(|| Bson::Document(Document::new()));
    if let Some(tests) = tests.as_document_mut() {
        tests.insert(operator, bound);
    }
}
