//! What a condition and a change mean, once, in plain Rust.
//!
//! The embedded engine runs this very code on what it is about to change; a differential test holds its finds, and all
//! of the other engine, to it. The stream planner runs it on what it holds in memory.

use std::cmp::Ordering;

use serde_json::Value;

use crate::{
    change::Change,
    collection::Field,
    document::Document,
    query::{Cond, Scalar},
};

/// Whether the document meets the condition.
#[must_use]
pub fn meets(document: &Document, cond: &Cond) -> bool {
    match cond {
        Cond::Eq(field, Scalar::Absent) => !document.contains_key(field.name),
        Cond::Eq(field, value) => value_of(document, *field) == *value,
        Cond::In(field, values) => values.contains(&value_of(document, *field)),
        Cond::Lt(field, value) => compare(document, *field, value) == Some(Ordering::Less),
        Cond::Gt(field, value) => compare(document, *field, value) == Some(Ordering::Greater),
    }
}

/// What the field holds, as conditions see it.
#[must_use]
pub fn value_of(document: &Document, field: Field) -> Scalar {
    document.get(field.name).map_or(Scalar::Absent, scalar_of)
}

/// The value as conditions see it: what they cannot compare is as good as absent.
pub(crate) fn scalar_of(value: &Value) -> Scalar {
    match value {
        Value::Bool(value) => Scalar::Bool(*value),
        Value::String(value) => Scalar::Text(value.clone()),
        Value::Number(value) => value.as_i64().map_or(Scalar::Absent, Scalar::Int),
        _ => Scalar::Absent,
    }
}

/// Applies the changes in order.
///
/// # Errors
/// A counter that would leave 64 bits; the document is then half changed and must be thrown away.
pub fn apply(document: &mut Document, changes: &[Change]) -> Result<(), String> {
    changes.iter().try_for_each(|change| apply_one(document, change))
}

fn apply_one(document: &mut Document, change: &Change) -> Result<(), String> {
    let name = change.field().name;
    match change {
        Change::Set(_, value) => set(document, name, value.clone()),
        Change::Unset(_) => {
            document.remove(name);
        }
        Change::Inc(_, step) => {
            let grown = integer(document, name).unwrap_or(0).checked_add(*step);
            set(document, name, grown.ok_or_else(|| format!("{name} would leave 64 bits"))?.into());
        }
        Change::Max(_, floor) => {
            let raised = integer(document, name).map_or(*floor, |value| value.max(*floor));
            set(document, name, raised.into());
        }
        Change::Add(_, element) => {
            let mut elements = elements(document, name);
            if !elements.contains(element) {
                elements.push(element.clone());
            }
            set(document, name, elements.into());
        }
        Change::Remove(_, element) => {
            if document.contains_key(name) {
                let mut elements = elements(document, name);
                elements.retain(|held| held != element);
                set(document, name, elements.into());
            }
        }
    }
    Ok(())
}

fn compare(document: &Document, field: Field, value: &Scalar) -> Option<Ordering> {
    let held = value_of(document, field);
    (std::mem::discriminant(&held) == std::mem::discriminant(value)).then(|| held.cmp(value))
}

fn set(document: &mut Document, name: &str, value: Value) {
    document.insert(name.to_owned(), value);
}

fn integer(document: &Document, name: &str) -> Option<i64> {
    document.get(name).and_then(Value::as_i64)
}

fn elements(document: &Document, name: &str) -> Vec<Value> {
    document.get(name).and_then(Value::as_array).cloned().unwrap_or_default()
}
