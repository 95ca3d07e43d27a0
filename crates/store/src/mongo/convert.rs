//! Documents as BSON, and back. Integers are always stored with 64 bits.

use bson::{Bson, Document as BsonDocument, RawArray, RawBsonRef, RawDocument};
use parlance_base::{Error, Result};
use serde_json::Value;

use super::key::{self, WORKSPACE};
use crate::{
    change::Change,
    document::Document,
    engine::Place,
    query::{Cond, Scalar},
};

/// A counter of ours, in documents that were changed only to hold them still.
pub(super) const TOUCHED: &str = "_touched";

/// A document as it is stored.
pub(super) fn stored(place: Place, id: &str, document: &Document) -> BsonDocument {
    let mut stored = BsonDocument::new();
    stored.insert("_id", key::of(place, id));
    if let Some(workspace) = place.workspace {
        stored.insert(WORKSPACE, workspace.to_string());
    }
    stored.extend(document.iter().map(|(key, value)| (key.clone(), bson(value))));
    stored
}

/// A stored document as it was given.
///
/// # Errors
/// `store.undecodable` where it holds what this engine never stores.
pub(super) fn given(place: Place, stored: &RawDocument) -> Result<Document> {
    let given = object(stored).map_err(|reason| {
        Error::internal("store.undecodable", format!("a document of {}: {reason}", place.collection.name))
    })?;
    Ok(given.into_iter().filter(|(key, _)| !is_ours(place, key)).collect())
}

/// Whether the engine keeps something of its own under this key of a stored document.
pub(super) fn is_ours(place: Place, key: &str) -> bool {
    key == "_id" || key == TOUCHED || (key == WORKSPACE && place.workspace.is_some())
}

/// A value that a condition compares with; nothing where it stands for absence.
pub(super) fn scalar(value: &Scalar) -> Bson {
    match value {
        Scalar::Absent => Bson::Null,
        Scalar::Bool(value) => Bson::Boolean(*value),
        Scalar::Int(value) => Bson::Int64(*value),
        Scalar::Text(text) => Bson::String(text.clone()),
    }
}

/// The condition in MongoDB's words.
pub(super) fn condition(cond: &Cond) -> BsonDocument {
    let test = match cond {
        Cond::Eq(_, value) => equal_to(value),
        Cond::In(_, values) => among(values),
        Cond::Lt(_, value) => bson::doc! { "$lt": scalar(value) },
        Cond::Gt(_, value) => bson::doc! { "$gt": scalar(value) },
    };
    bson::doc! { cond.field().name: test }
}

/// The test that a field equals `value`, or is absent.
pub(super) fn equal_to(value: &Scalar) -> BsonDocument {
    match value {
        Scalar::Absent => bson::doc! { "$exists": false },
        value => bson::doc! { "$eq": scalar(value) },
    }
}

/// The test that a field equals one of `values`.
pub(super) fn among(values: &[Scalar]) -> BsonDocument {
    bson::doc! { "$in": values.iter().map(scalar).collect::<Vec<_>>() }
}

/// The changes as an update document.
pub(super) fn update(changes: &[Change]) -> BsonDocument {
    let mut update = BsonDocument::new();
    for change in changes {
        let (operator, value) = match change {
            Change::Set(_, value) => ("$set", bson(value)),
            Change::Unset(_) => ("$unset", Bson::Boolean(true)),
            Change::Inc(_, step) => ("$inc", Bson::Int64(*step)),
            Change::Max(_, floor) => ("$max", Bson::Int64(*floor)),
            Change::Add(_, element) => ("$addToSet", bson(element)),
            Change::Remove(_, element) => ("$pull", bson(element)),
        };
        let fields = update.entry(operator.to_owned()).or_insert_with(|| Bson::Document(BsonDocument::new()));
        if let Some(fields) = fields.as_document_mut() {
            fields.insert(change.field().name, value);
        }
    }
    update
}

fn bson(value: &Value) -> Bson {
    match value {
        Value::Null => Bson::Null,
        Value::Bool(value) => Bson::Boolean(*value),
        // What arrives here was checked: every number is a 64-bit integer.
        Value::Number(number) => number.as_i64().map_or(Bson::Null, Bson::Int64),
        Value::String(text) => Bson::String(text.clone()),
        Value::Array(elements) => Bson::Array(elements.iter().map(bson).collect()),
        Value::Object(object) => {
            Bson::Document(object.iter().map(|(key, value)| (key.clone(), bson(value))).collect())
        }
    }
}

fn object(document: &RawDocument) -> Result<Document, String> {
    document
        .iter()
        .map(|element| {
            let (key, held) = element.map_err(|error| error.to_string())?;
            Ok((key.as_str().to_owned(), value(held)?))
        })
        .collect()
}

fn list(array: &RawArray) -> Result<Value, String> {
    array.into_iter().map(|element| value(element.map_err(|error| error.to_string())?)).collect()
}

fn value(held: RawBsonRef<'_>) -> Result<Value, String> {
    match held {
        RawBsonRef::Null => Ok(Value::Null),
        RawBsonRef::Boolean(value) => Ok(value.into()),
        RawBsonRef::Int64(value) => Ok(value.into()),
        RawBsonRef::Int32(value) => Ok(value.into()),
        RawBsonRef::String(text) => Ok(text.into()),
        RawBsonRef::Array(array) => list(array),
        RawBsonRef::Document(document) => object(document).map(Value::Object),
        other => Err(format!("a value of type {:?}", other.element_type())),
    }
}
