//! The settings that are in force, and where each comes from.

use std::{any::type_name, path::Path};

use figment::{Figment, Source};
use serde::Serialize;
use serde_json::Value;

use super::{Config, Flags, Unusable, unusable};

/// A setting.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Shown {
    pub(crate) name: String,
    /// Null where it is not set; what is secret is not shown.
    pub(crate) value: Value,
    /// `default`, the file's path, or the name of the variable or the flag.
    pub(crate) source: String,
}

/// Every setting of this process, by name.
///
/// # Errors
/// As [`Config::load`].
pub(crate) fn shown(file: Option<&Path>, flags: &Flags) -> Result<Vec<Shown>, Unusable> {
    let figment = Config::found(file, flags)?;
    let config: Config = figment.extract().map_err(|error| unusable(&error))?;
    let values = serde_json::to_value(config.checked()?).map_err(|error| Unusable(error.to_string()))?;
    let Value::Object(values) = values else { return Ok(Vec::new()) };
    let shown = |(name, value): (String, Value)| Shown { source: source(&figment, &name), name, value };
    Ok(values.into_iter().map(shown).collect())
}

fn source(figment: &Figment, name: &str) -> String {
    let Some(found) = figment.find_metadata(name) else { return "default".to_owned() };
    match &found.source {
        Some(Source::File(path)) => path.display().to_string(),
        _ if found.name == type_name::<Config>() => "default".to_owned(),
        _ if found.name == type_name::<&Flags>() => format!("--{name}"),
        _ => format!("PARLANCE_{}", name.to_uppercase()),
    }
}
