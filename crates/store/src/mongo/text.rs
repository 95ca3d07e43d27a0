//! Stored documents as JSON text, from which values are read at once: to put a document together first costs twice as much.

use bson::{RawBsonRef, RawDocument};
use parlance_base::{Error, Result};
use serde::{
    Serialize, Serializer,
    ser::{Error as _, SerializeMap as _, SerializeSeq as _},
};

use super::convert;
use crate::engine::Place;

/// A stored document as it was given.
///
/// # Errors
/// `store.undecodable` where it holds what this engine never stores.
pub(super) fn given(place: Place, stored: &RawDocument) -> Result<String> {
    serde_json::to_string(&Given { place, stored }).map_err(|error| {
        let what = format!("a document of {}", place.collection.name);
        Error::internal("store.undecodable", what).because(error)
    })
}

struct Given<'a> {
    place: Place,
    stored: &'a RawDocument,
}

struct Held<'a>(RawBsonRef<'a>);

impl Serialize for Given<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        object(self.stored, |key| !convert::is_ours(self.place, key), serializer)
    }
}

impl Serialize for Held<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            RawBsonRef::Null => serializer.serialize_unit(),
            RawBsonRef::Boolean(value) => serializer.serialize_bool(value),
            RawBsonRef::Int64(value) => serializer.serialize_i64(value),
            RawBsonRef::Int32(value) => serializer.serialize_i32(value),
            RawBsonRef::String(text) => serializer.serialize_str(text),
            RawBsonRef::Array(array) => {
                let mut list = serializer.serialize_seq(None)?;
                for element in array {
                    list.serialize_element(&Self(element.map_err(S::Error::custom)?))?;
                }
                list.end()
            }
            RawBsonRef::Document(document) => object(document, |_| true, serializer),
            other => Err(S::Error::custom(format!("a value of type {:?}", other.element_type()))),
        }
    }
}

fn object<S: Serializer>(
    document: &RawDocument,
    is_given: impl Fn(&str) -> bool,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(None)?;
    for element in document {
        let (key, held) = element.map_err(S::Error::custom)?;
        if is_given(key.as_str()) {
            map.serialize_entry(key.as_str(), &Held(held))?;
        }
    }
    map.end()
}

#[cfg(test)]
mod tests {
    use bson::{RawDocumentBuf, doc};

    use super::*;
    use crate::lease::LEASES;

    fn text(document: &bson::Document) -> Result<String> {
        let place = Place { workspace: None, collection: &LEASES };
        given(place, &RawDocumentBuf::try_from(document).unwrap())
    }

    #[test]
    fn a_document_is_the_text_that_it_was_given_as() {
        let document = doc! {
            "_id": "x", "_touched": 3_i64, "a": 1_i64, "b": "\"\u{0}é", "c": [true, bson::Bson::Null, { "d": 2_i32 }],
        };
        let expected = r#"{"a":1,"b":"\"\u0000é","c":[true,null,{"d":2}]}"#;
        assert_eq!(text(&document).unwrap(), expected);
    }

    #[test]
    fn what_is_never_stored_is_not_read() {
        for document in [doc! { "a": 1.5 }, doc! { "a": { "b": [bson::DateTime::MIN] } }] {
            assert_eq!(text(&document).unwrap_err().code(), "store.undecodable", "{document}");
        }
    }
}
