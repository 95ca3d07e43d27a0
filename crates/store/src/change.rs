//! What an update does to the fields of a document.

use serde_json::Value;

use crate::{
    collection::{Collection, Field, Kind},
    document,
};

/// What an update does to one field; a field may appear once in an update.
#[derive(Clone, Debug)]
pub enum Change {
    /// The field holds this from now on; null takes it away.
    Set(Field, Value),
    /// The document has the field no more.
    Unset(Field),
    /// The integer grows by this, from 0 where it is absent. Past the ends of 64 bits the batch is refused.
    Inc(Field, i64),
    /// The integer is at least this from now on.
    Max(Field, i64),
    /// The set holds this text or integer from now on.
    Add(Field, Value),
    /// The set does not hold this from now on.
    Remove(Field, Value),
}

impl Change {
    /// The field it changes.
    #[must_use]
    pub const fn field(&self) -> Field {
        match self {
            Self::Set(field, _)
            | Self::Unset(field)
            | Self::Inc(field, _)
            | Self::Max(field, _)
            | Self::Add(field, _)
            | Self::Remove(field, _) => *field,
        }
    }

    /// Null and absence are one thing.
    pub(crate) fn settled(self) -> Self {
        match self {
            Self::Set(field, Value::Null) => Self::Unset(field),
            change => change,
        }
    }

    pub(crate) fn check(&self, collection: &Collection) -> Result<(), String> {
        let field = self.field();
        let name = || format!("{}.{}", collection.name, field.name);
        if field == crate::ID {
            return Err(format!("{} does not change", name()));
        }
        if !collection.declared().any(|declared| declared == field) {
            return Err(format!("{} is not declared", name()));
        }
        match self {
            Self::Set(_, value) => {
                document::check_value(value, field.kind).map_err(|reason| format!("{}: {reason}", name()))
            }
            Self::Unset(_) if collection.required().any(|required| required == field) => {
                Err(format!("{} is required", name()))
            }
            Self::Inc(..) | Self::Max(..) if field.kind != Kind::Int => {
                Err(format!("{} is no integer", name()))
            }
            Self::Add(_, value) | Self::Remove(_, value)
                if field.kind != Kind::Set || !document::is_element(value) =>
            {
                Err(format!("{} is no set of {value}", name()))
            }
            _ => Ok(()),
        }
    }
}

impl Field {
    /// The field holds `value` from now on.
    #[must_use]
    pub fn set(self, value: impl Into<Value>) -> Change {
        Change::Set(self, value.into())
    }

    /// The document has the field no more.
    #[must_use]
    pub const fn unset(self) -> Change {
        Change::Unset(self)
    }

    /// The integer grows by `step`.
    #[must_use]
    pub const fn grow(self, step: i64) -> Change {
        Change::Inc(self, step)
    }

    /// The integer is at least `floor` from now on.
    #[must_use]
    pub const fn raise_to(self, floor: i64) -> Change {
        Change::Max(self, floor)
    }

    /// The set holds `element` from now on.
    #[must_use]
    pub fn include(self, element: impl Into<Value>) -> Change {
        Change::Add(self, element.into())
    }

    /// The set does not hold `element` from now on.
    #[must_use]
    pub fn exclude(self, element: impl Into<Value>) -> Change {
        Change::Remove(self, element.into())
    }
}
