//! Documents in their stored form: what both engines can hold alike, and nothing else.

use parlance_base::{Error, Result};
use serde_json::Value;

use crate::collection::{Collection, Kind, Stored};

/// A document: an object without nulls at its top, whose numbers are 64-bit integers.
pub type Document = serde_json::Map<String, Value>;

/// How large a document may be: the bytes of its keys and texts, and eight for every value.
pub const MAX_SIZE: usize = 1 << 20;

const MAX_DEPTH: usize = 32;

/// The document that `value` is stored as.
pub(crate) fn encode<T: Stored>(value: &T) -> Result<Document, String> {
    match serde_json::to_value(value) {
        Ok(Value::Object(document)) => Ok(document),
        Ok(_) => Err(format!("a value of {} that is no object", T::COLLECTION.name)),
        Err(error) => Err(format!("a value of {} that cannot be written: {error}", T::COLLECTION.name)),
    }
}

/// The value that was stored as `document`.
///
/// # Errors
/// `store.undecodable`, a fault of ours: documents written by any release load.
pub fn decode<T: Stored>(document: Document) -> Result<T> {
    serde_json::from_value(Value::Object(document)).map_err(|error| undecodable(T::COLLECTION, error))
}

/// A document as an engine found it. Most are wanted as values, which are read from the text at once.
#[derive(Debug)]
pub(crate) enum Found {
    /// Its JSON text.
    Text(String),
    Document(Document),
}

impl Found {
    /// The value that was stored.
    ///
    /// # Errors
    /// As [`decode`].
    pub(crate) fn decode<T: Stored>(self) -> Result<T> {
        match self {
            Self::Text(text) => {
                serde_json::from_str(&text).map_err(|error| undecodable(T::COLLECTION, error))
            }
            Self::Document(document) => decode(document),
        }
    }

    /// The document of this collection.
    ///
    /// # Errors
    /// As [`decode`].
    pub(crate) fn document(self, collection: &Collection) -> Result<Document> {
        match self {
            Self::Text(text) => serde_json::from_str(&text).map_err(|error| undecodable(collection, error)),
            Self::Document(document) => Ok(document),
        }
    }
}

fn undecodable(collection: &Collection, error: serde_json::Error) -> Error {
    Error::internal("store.undecodable", format!("a document of {} cannot be read", collection.name))
        .because(error)
}

/// Takes nulls off the top and refuses what the engines do not hold alike, or what breaks the declaration.
pub(crate) fn settle(collection: &Collection, document: &mut Document) -> Result<(), String> {
    document.retain(|_, value| !value.is_null());
    let mut left = MAX_SIZE;
    weigh_object(document, 0, &mut left)
        .map_err(|reason| format!("a document of {}: {reason}", collection.name))?;
    if collection.home == crate::Home::Workspace && document.contains_key("workspace_id") {
        return Err(format!("a document of {} that names its workspace", collection.name));
    }
    // The engines keep fields of their own there.
    if let Some(key) = document.keys().find(|key| key.starts_with('_')) {
        return Err(format!("a document of {} with the key {key:?}", collection.name));
    }
    for field in collection.declared() {
        if let Some(value) = document.get(field.name) {
            of_kind(value, field.kind)
                .map_err(|reason| format!("{}.{}: {reason}", collection.name, field.name))?;
        }
    }
    match collection.required().find(|field| !document.contains_key(field.name)) {
        Some(field) => Err(format!("a document of {} without {}", collection.name, field.name)),
        None => Ok(()),
    }
}

/// Refuses a value that a field of this kind cannot be set to.
pub(crate) fn check_value(value: &Value, kind: Kind) -> Result<(), String> {
    of_kind(value, kind)?;
    let mut left = MAX_SIZE;
    weigh(value, 1, &mut left)
}

/// Whether a set can hold the value.
pub(crate) fn is_element(value: &Value) -> bool {
    value.is_string() || value.is_i64()
}

fn of_kind(value: &Value, kind: Kind) -> Result<(), String> {
    let fits = match kind {
        Kind::Text => value.is_string(),
        Kind::Int => value.is_i64(),
        Kind::Bool => value.is_boolean(),
        Kind::Set => value.as_array().is_some_and(|elements| elements.iter().all(is_element)),
        Kind::Any => true,
    };
    if fits { Ok(()) } else { Err(format!("a value that is not {kind:?}")) }
}

fn weigh_object(object: &Document, depth: usize, left: &mut usize) -> Result<(), String> {
    for (key, value) in object {
        // MongoDB gives these a meaning of their own, or cannot hold them.
        if key.starts_with('$') || key.contains(['.', '\0']) {
            return Err(format!("the key {key:?}"));
        }
        take(left, key.len())?;
        weigh(value, depth + 1, left)?;
    }
    Ok(())
}

fn weigh(value: &Value, depth: usize, left: &mut usize) -> Result<(), String> {
    if depth > MAX_DEPTH {
        return Err(format!("more than {MAX_DEPTH} levels"));
    }
    take(left, 8)?;
    match value {
        Value::Null | Value::Bool(_) => Ok(()),
        Value::Number(number) if number.is_i64() => Ok(()),
        Value::Number(number) => Err(format!("the number {number}")),
        Value::String(text) => take(left, text.len()),
        Value::Array(elements) => elements.iter().try_for_each(|element| weigh(element, depth + 1, left)),
        Value::Object(object) => weigh_object(object, depth, left),
    }
}

fn take(left: &mut usize, bytes: usize) -> Result<(), String> {
    *left = left.checked_sub(bytes).ok_or_else(|| format!("more than {MAX_SIZE} bytes"))?;
    Ok(())
}
