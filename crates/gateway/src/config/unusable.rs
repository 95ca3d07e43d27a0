//! Settings that cannot be used.

use std::fmt;

/// Settings that cannot be used, and why.
#[derive(Debug, thiserror::Error)]
#[error("the configuration cannot be used: {0}")]
pub struct Unusable(pub(super) String);

/// What is wrong with settings that can be read, and which they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Wrong {
    pub(crate) settings: &'static [&'static str],
    pub(crate) reason: String,
}

impl Wrong {
    /// This is wrong with these settings.
    pub(crate) fn new(settings: &'static [&'static str], reason: impl fmt::Display) -> Self {
        Self { settings, reason: reason.to_string() }
    }
}

impl From<figment::Error> for Unusable {
    /// Without the line that it is in: that may hold what no log may show.
    fn from(error: figment::Error) -> Self {
        let text = error.to_string();
        let lines = text.lines().filter(|line| !line.contains('|'));
        Self(lines.map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join(", "))
    }
}
