//! Documents as BSON, and back. Integers are always stored with 64 bits.

use bson::{
    Bson, Document as BsonDocument, RawArray, RawArrayBuf, RawBson, RawBsonRef, RawDocument, RawDocumentBuf,
    raw::{CStr, cstr},
};
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
///
/// # Errors
/// Where it has a key that BSON cannot hold.
pub(super) fn stored(place: Place, id: &str, document: &Document) -> Result<RawDocumentBuf, String> {
    let mut stored = RawDocumentBuf::new();
    stored.append(cstr!("_id"), key::of(place, id));
    if let Some(workspace) = place.workspace {
        stored.append(name(WORKSPACE)?, workspace.to_string());
    }
    extend(&mut stored, document)?;
    Ok(stored)
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

/// The changes as an update document. If it is to write in any case, also where they change nothing, a counter of ours makes it:
/// MongoDB skips an update that changes nothing; then another transaction could change the document before this one is
/// committed, and the guard would have been about the past.
///
/// # Errors
/// As [`stored`].
pub(super) fn update(changes: &[Change], touches: bool) -> Result<RawDocumentBuf, String> {
    let mut operators: Vec<(&CStr, RawDocumentBuf)> = Vec::new();
    let mut add = |operator: &'static CStr, field: &str, value: RawBson| {
        let held = operators.iter().position(|(held, _)| *held == operator);
        let at = held.unwrap_or_else(|| {
            operators.push((operator, RawDocumentBuf::new()));
            operators.len() - 1
        });
        if let Some((_, fields)) = operators.get_mut(at) {
            fields.append(name(field)?, value);
        }
        Ok::<(), String>(())
    };
    for change in changes {
        let (operator, value) = match change {
            Change::Set(_, value) => (cstr!("$set"), raw(value)?),
            Change::Unset(_) => (cstr!("$unset"), RawBson::Boolean(true)),
            Change::Inc(_, step) => (cstr!("$inc"), RawBson::Int64(*step)),
            Change::Max(_, floor) => (cstr!("$max"), RawBson::Int64(*floor)),
            Change::Add(_, element) => (cstr!("$addToSet"), raw(element)?),
            Change::Remove(_, element) => (cstr!("$pull"), raw(element)?),
        };
        add(operator, change.field().name, value)?;
    }
    if touches {
        add(cstr!("$inc"), TOUCHED, RawBson::Int64(1))?;
    }
    if operators.is_empty() {
        operators.push((cstr!("$set"), RawDocumentBuf::new()));
    }
    Ok(operators.into_iter().collect())
}

fn extend(stored: &mut RawDocumentBuf, object: &Document) -> Result<(), String> {
    for (key, value) in object {
        stored.append(name(key)?, raw(value)?);
    }
    Ok(())
}

fn name(key: &str) -> Result<&CStr, String> {
    <&CStr>::try_from(key).map_err(|error| error.to_string())
}

fn raw(value: &Value) -> Result<RawBson, String> {
    Ok(match value {
        Value::Null => RawBson::Null,
        Value::Bool(value) => RawBson::Boolean(*value),
        // What arrives here was checked: every number is a 64-bit integer.
        Value::Number(number) => number.as_i64().map_or(RawBson::Null, RawBson::Int64),
        Value::String(text) => RawBson::String(text.clone()),
        Value::Array(elements) => {
            let mut array = RawArrayBuf::new();
            for element in elements {
                array.push(raw(element)?);
            }
            RawBson::Array(array)
        }
        Value::Object(object) => {
            let mut document = RawDocumentBuf::new();
            extend(&mut document, object)?;
            RawBson::Document(document)
        }
    })
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
