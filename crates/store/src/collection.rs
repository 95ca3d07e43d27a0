//! Collections, their fields and their indexes, declared as constants beside the types they hold.
//!
//! A declaration is all that an engine knows of a collection. Every workspace collection and each of its indexes is
//! led by the workspace's id, which the [`Scope`](crate::Scope) adds: a declaration never names it.

use serde::{Serialize, de::DeserializeOwned};

use crate::query::{Cond, Scalar};

/// A type whose values are the documents of one collection.
///
/// It serialises to an object with a text field `id`, the fields of the declaration in their kinds, and anything else
/// made of objects, lists, text, booleans and 64-bit integers. What is `None` is not stored.
pub trait Stored: Serialize + DeserializeOwned {
    /// Where these documents live.
    const COLLECTION: &'static Collection;
}

/// A named set of documents.
#[derive(Debug)]
pub struct Collection {
    /// The name of the table or collection.
    pub name: &'static str,
    /// Whether its documents belong to a workspace.
    pub home: Home,
    /// The indexes beside the one that every collection has, unique over `id`.
    pub indexes: &'static [Index],
    /// Fields that guards test or that counters and sets live in, as far as no index has them.
    pub fields: &'static [Field],
}

/// Whom the documents of a collection belong to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Home {
    /// To a workspace: reached through `Store::workspace` only.
    Workspace,
    /// To the installation: reached through `Store::system` only.
    System,
    /// To the installation, but written in the batches of workspaces too, so that both change in one step.
    Riding,
}

/// An ordered list of fields that finds can follow, and, where unique, a natural key.
#[derive(Debug)]
pub struct Index {
    /// The name, unique in its collection; `id` is taken.
    pub name: IndexName,
    /// The fields in order. Those of a unique index are required in every document.
    pub fields: &'static [Field],
    /// Whether two documents (of one workspace) may not agree in all fields.
    pub unique: bool,
}

/// An index's name, as [`CommitError::Duplicate`](crate::CommitError::Duplicate) reports it.
pub type IndexName = &'static str;

/// The index over `id` that every collection has.
pub const PRIMARY: IndexName = "id";

/// A top-level field of a document and what it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    /// The key in the document.
    pub name: &'static str,
    /// What it holds where it is present.
    pub kind: Kind,
}

/// What a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Text, ordered by its UTF-8 bytes.
    Text,
    /// A 64-bit integer.
    Int,
    /// True or false; false is below true.
    Bool,
    /// A list used as a set of text or integers: never in a condition or an index.
    Set,
    /// Anything storable: it can be set and unset only.
    Any,
}

/// The field that every document has.
pub const ID: Field = Field::text("id");

impl Collection {
    /// Every declared field, `id` first; a field in several indexes comes several times.
    pub fn declared(&self) -> impl Iterator<Item = Field> {
        let indexed = self.indexes.iter().flat_map(|index| index.fields).copied();
        [ID].into_iter().chain(indexed).chain(self.fields.iter().copied())
    }

    /// The fields that some index has, each once, without `id`.
    pub(crate) fn indexed(&self) -> Vec<Field> {
        let mut fields: Vec<Field> = Vec::new();
        for field in self.indexes.iter().flat_map(|index| index.fields) {
            if *field != ID && !fields.contains(field) {
                fields.push(*field);
            }
        }
        fields
    }

    /// The fields that every document must have: those of the unique indexes.
    pub(crate) fn required(&self) -> impl Iterator<Item = Field> {
        self.indexes.iter().filter(|index| index.unique).flat_map(|index| index.fields).copied()
    }
}

impl Field {
    /// A field that holds text.
    #[must_use]
    pub const fn text(name: &'static str) -> Self {
        Self { name, kind: Kind::Text }
    }

    /// A field that holds a 64-bit integer.
    #[must_use]
    pub const fn int(name: &'static str) -> Self {
        Self { name, kind: Kind::Int }
    }

    /// A field that holds a boolean.
    #[must_use]
    pub const fn bool(name: &'static str) -> Self {
        Self { name, kind: Kind::Bool }
    }

    /// A field that holds a set of text or integers.
    #[must_use]
    pub const fn set_of(name: &'static str) -> Self {
        Self { name, kind: Kind::Set }
    }

    /// A field that holds anything.
    #[must_use]
    pub const fn any(name: &'static str) -> Self {
        Self { name, kind: Kind::Any }
    }

    /// The field equals `value`.
    #[must_use]
    pub fn is(self, value: impl Into<Scalar>) -> Cond {
        Cond::Eq(self, value.into())
    }

    /// The document does not have the field.
    #[must_use]
    pub fn is_absent(self) -> Cond {
        Cond::Eq(self, Scalar::Absent)
    }

    /// The field equals one of `values`; at most [`MAX_AMONG`](crate::query::MAX_AMONG).
    #[must_use]
    pub fn among<V: Into<Scalar>>(self, values: impl IntoIterator<Item = V>) -> Cond {
        Cond::In(self, values.into_iter().map(Into::into).collect())
    }

    /// The field is present and below `value`.
    #[must_use]
    pub fn below(self, value: impl Into<Scalar>) -> Cond {
        Cond::Lt(self, value.into())
    }

    /// The field is present and above `value`.
    #[must_use]
    pub fn above(self, value: impl Into<Scalar>) -> Cond {
        Cond::Gt(self, value.into())
    }
}
