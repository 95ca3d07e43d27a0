//! What can be asked of a collection, as data, and the one rule that keeps asking cheap: a find must fit a declared
//! index, so it costs what it returns at any size of the store.

use parlance_base::{Error, Result};

use crate::collection::{Collection, Field, ID, Index, IndexName, Kind, PRIMARY};

/// How many values an `In` may name.
pub const MAX_AMONG: usize = 100;

/// How many documents one read may return.
pub const MAX_LIMIT: usize = 5_000;

/// A value that a condition compares with.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scalar {
    /// No value: equal to a field that the document does not have.
    Absent,
    /// A boolean.
    Bool(bool),
    /// A 64-bit integer.
    Int(i64),
    /// Text.
    Text(String),
}

/// One condition; several are always joined by "and".
#[derive(Clone, Debug, PartialEq)]
pub enum Cond {
    /// The field equals the value, or is absent where the value is [`Scalar::Absent`].
    Eq(Field, Scalar),
    /// The field equals one of the values.
    In(Field, Vec<Scalar>),
    /// The field is present and below the value.
    Lt(Field, Scalar),
    /// The field is present and above the value.
    Gt(Field, Scalar),
}

/// Which end of an index comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dir {
    /// Lowest first.
    Ascending,
    /// Highest first.
    Descending,
}

/// A question to a collection: conditions that are an equality prefix of one index plus at most one range over its next
/// field, in the order of that next field. Documents that agree in it come in no promised order.
#[derive(Clone, Debug)]
pub struct Find {
    pub(crate) conds: Vec<Cond>,
    pub(crate) sort: Option<(Field, Dir)>,
    pub(crate) limit: usize,
}

impl Find {
    /// Documents that meet all of `conds`, at most 100 unless [`limit`](Self::limit) says otherwise.
    #[must_use]
    pub fn new(conds: impl IntoIterator<Item = Cond>) -> Self {
        Self { conds: conds.into_iter().collect(), sort: None, limit: 100 }
    }

    /// Lowest `field` first (the default, over the index's next field).
    #[must_use]
    pub fn ascending(mut self, field: Field) -> Self {
        self.sort = Some((field, Dir::Ascending));
        self
    }

    /// Highest `field` first.
    #[must_use]
    pub fn descending(mut self, field: Field) -> Self {
        self.sort = Some((field, Dir::Descending));
        self
    }

    /// At most `limit` documents, 1–[`MAX_LIMIT`]; for a count, the number it stops at.
    #[must_use]
    pub fn limit(mut self, limit: usize) -> Self {
        self.limit = limit;
        self
    }
}

impl Cond {
    /// The field the condition is about.
    #[must_use]
    pub const fn field(&self) -> Field {
        match self {
            Self::Eq(field, _) | Self::In(field, _) | Self::Lt(field, _) | Self::Gt(field, _) => *field,
        }
    }

    /// Refuses what no engine may be asked: an undeclared field, a value of another kind, a list without bound.
    pub(crate) fn check(&self, collection: &Collection) -> Result<(), String> {
        let field = self.field();
        if !collection.declared().any(|declared| declared == field) {
            return Err(format!("{}.{} is not declared", collection.name, field.name));
        }
        let (values, may_be_absent) = match self {
            Self::Eq(_, value) => (std::slice::from_ref(value), true),
            Self::In(_, values) => (values.as_slice(), false),
            Self::Lt(_, value) | Self::Gt(_, value) => (std::slice::from_ref(value), false),
        };
        if values.len() > MAX_AMONG {
            return Err(format!("{} values for {}.{}", values.len(), collection.name, field.name));
        }
        match values.iter().find(|value| !value.fits(field.kind, may_be_absent)) {
            Some(value) => Err(format!("{value:?} is not of {}.{}'s kind", collection.name, field.name)),
            None => Ok(()),
        }
    }
}

impl Scalar {
    fn fits(&self, kind: Kind, may_be_absent: bool) -> bool {
        match self {
            Self::Absent => may_be_absent,
            Self::Bool(_) => kind == Kind::Bool,
            Self::Int(_) => kind == Kind::Int,
            Self::Text(_) => kind == Kind::Text,
        }
    }
}

/// A find held against the index it follows: what an engine turns into its own language.
#[derive(Debug)]
pub(crate) struct Fitted {
    pub(crate) index: IndexName,
    /// Fields held to one value each, in index order.
    pub(crate) equal: Vec<(Field, Scalar)>,
    /// The end of the prefix, held to several values; each once.
    pub(crate) among: Option<(Field, Vec<Scalar>)>,
    /// The field after the prefix must be above this …
    pub(crate) above: Option<(Field, Scalar)>,
    /// … and below this.
    pub(crate) below: Option<(Field, Scalar)>,
    /// None only where the find names a whole unique key, so that there is nothing to order.
    pub(crate) sort: Option<(Field, Dir)>,
    pub(crate) limit: usize,
}

static PRIMARY_INDEX: Index = Index { name: PRIMARY, fields: &[ID], unique: true };

impl Find {
    /// The find as it follows one of the collection's indexes.
    ///
    /// # Errors
    /// `store.misuse`, a fault of ours, where it fits none.
    pub(crate) fn fit(self, collection: &'static Collection) -> Result<Fitted> {
        if self.limit == 0 || self.limit > MAX_LIMIT {
            return Err(misuse(format!("a limit of {} on {}", self.limit, collection.name)));
        }
        for cond in &self.conds {
            cond.check(collection).map_err(misuse)?;
        }
        let indexes = std::iter::once(&PRIMARY_INDEX).chain(collection.indexes);
        indexes
            .filter_map(|index| self.follow(index))
            .next()
            .ok_or_else(|| misuse(format!("no index of {} serves {self:?}", collection.name)))
    }

    fn follow(&self, index: &'static Index) -> Option<Fitted> {
        let mut rest: Vec<&Cond> = self.conds.iter().collect();
        let mut fields = index.fields.iter().copied().peekable();
        let mut fitted = Fitted {
            index: index.name,
            equal: Vec::new(),
            among: None,
            above: None,
            below: None,
            sort: None,
            limit: self.limit,
        };
        while let Some(&field) = fields.peek() {
            let Some(at) = rest.iter().position(|cond| is_point(cond, field)) else { break };
            fields.next();
            match rest.swap_remove(at) {
                Cond::In(_, values) => {
                    fitted.among = Some((field, each_once(values)));
                    break;
                }
                Cond::Eq(_, value) => fitted.equal.push((field, value.clone())),
                Cond::Lt(..) | Cond::Gt(..) => return None,
            }
        }
        let next = fields.peek().copied();
        for cond in rest {
            match cond {
                Cond::Gt(field, value) if next == Some(*field) && fitted.above.is_none() => {
                    fitted.above = Some((*field, value.clone()));
                }
                Cond::Lt(field, value) if next == Some(*field) && fitted.below.is_none() => {
                    fitted.below = Some((*field, value.clone()));
                }
                _ => return None,
            }
        }
        fitted.sort = match (self.sort, next) {
            (Some((field, dir)), Some(next)) if field == next => Some((field, dir)),
            (Some(_), _) => return None,
            (None, Some(next)) => Some((next, Dir::Ascending)),
            (None, None) if index.unique => None,
            (None, None) => return None,
        };
        Some(fitted)
    }
}

/// Whether the condition holds `field` to single values.
fn is_point(cond: &Cond, field: Field) -> bool {
    matches!(cond, Cond::Eq(of, _) | Cond::In(of, _) if *of == field)
}

fn each_once(values: &[Scalar]) -> Vec<Scalar> {
    let mut values = values.to_vec();
    values.sort();
    values.dedup();
    values
}

/// Asking what no index serves is a mistake in our own code, in tests and in production.
pub(crate) fn misuse(what: impl Into<String>) -> Error {
    Error::internal("store.misuse", what)
}

impl From<&str> for Scalar {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}

impl From<String> for Scalar {
    fn from(value: String) -> Self {
        Self::Text(value)
    }
}

impl From<&String> for Scalar {
    fn from(value: &String) -> Self {
        Self::Text(value.clone())
    }
}

impl From<i64> for Scalar {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}

impl From<bool> for Scalar {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<parlance_base::Time> for Scalar {
    fn from(value: parlance_base::Time) -> Self {
        Self::Int(value.millis())
    }
}
