//! The settings that are in force, and where each comes from.

use serde::Serialize;
use serde_json::Value;

use super::{Found, Hidden, Unusable};

/// A setting.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Shown {
    pub(crate) name: String,
    /// Null where it is not set; what is secret is not shown.
    pub(crate) value: Value,
    /// `default`, the file's path, or the name of the variable or the flag.
    pub(crate) source: String,
}

impl Shown {
    /// Whether its value stands for one that is not shown.
    pub(crate) fn is_hidden(&self) -> bool {
        self.value == Hidden::SHOWN
    }
}

impl Found {
    /// Every setting, by name, whether or not a server would start with it.
    ///
    /// # Errors
    /// Where one is unknown or of another kind.
    pub(crate) fn shown(&self) -> Result<Vec<Shown>, Unusable> {
        let values = serde_json::to_value(self.said()?).map_err(|error| Unusable(error.to_string()))?;
        let Value::Object(values) = values else { return Ok(Vec::new()) };
        let shown = |(name, value): (String, Value)| Shown { source: self.source(&name), name, value };
        Ok(values.into_iter().map(shown).collect())
    }
}
